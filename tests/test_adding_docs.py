"""The page on adding things works: it shows a user's folder that keeps the catalogue's promises."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from adding import FILE, PAGE, SHOWN
from catalogue import test_contracts as contracts
from stepstone.catalogue.catalogue import BUILT_IN, Catalogue
from stepstone.cli.listing import list_rows
from stepstone.core.example import TextExample
from stepstone.core.model import HubModel
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.core.task import Task
from stepstone.data.load import load_examples
from stepstone.launchers.find import find_launcher
from stepstone.planning.plan import plan
from stepstone.planning.rehearse import rehearse
from stepstone.planning.twins import stand_ins

ROOT = Path(__file__).resolve().parent.parent
SECTIONS = re.findall(
    r"^## (A [\w ]+): (\d) files?, (\d+) lines[^\n]*\n(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL
)
ROWS = 'sentence1\tsentence2\tgold_label\n"Sit," she said.\tHe sat.\tneutral\na\tb\tentailment\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's folder with all files of the page."""
    for name, code in SHOWN.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, encoding="utf-8")
    return tmp_path / "my_catalogue"


@pytest.fixture
def catalogue(folder: Path) -> Catalogue:
    return Catalogue.open([folder])


@pytest.fixture
def kornli(catalogue: Catalogue) -> Task:
    return catalogue.task("kornli")


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section[0])
def test_a_section_shows_as_many_files_and_lines_as_it_says(section: tuple[str, str, str, str]) -> None:
    _, num_files, num_lines, text = section
    shown = FILE.findall(text)
    assert len(shown) == int(num_files)
    assert sum(code.count("\n") for *_, code in shown) == int(num_lines)


def test_there_is_a_section_for_each_thing_and_its_code_is_python() -> None:
    assert [section[0] for section in SECTIONS] == ["A task", "A model", "A family", "A kind of stage", "A launcher"]
    for code in SHOWN.values():
        assert ast.get_docstring(ast.parse(code))


def test_what_is_added_is_not_there_yet() -> None:
    own = [name for name in SHOWN if name.startswith("src/")]
    assert own and not any((ROOT / name).exists() for name in own)
    assert {"kornli", "labse", "ordinal"}.isdisjoint({*BUILT_IN.tasks(), *BUILT_IN.models(), *BUILT_IN.families()})


def test_the_task_keeps_what_every_task_promises(kornli: Task, catalogue: Catalogue, folder: Path) -> None:
    promises = [
        found
        for name, found in vars(contracts).items()
        if name.startswith("test_") and list(inspect.signature(found).parameters) == ["task"]
    ]
    assert len(promises) > 9
    for promise in promises:
        promise(kornli)
    assert not list(folder.rglob("__pycache__"))


def test_the_task_reads_rows_as_they_are_released(kornli: Task, tmp_path: Path) -> None:
    file = tmp_path / "clone" / "KorNLI" / "xnli.dev.ko.tsv"
    file.parent.mkdir(parents=True)
    file.write_text(ROWS, encoding="utf-8")
    place = Place(folders=(tmp_path / "clone",), cache=tmp_path / "cache", use_hub=False)
    assert load_examples(kornli, "dev", "ko", place) == [
        TextExample("0", '"Sit," she said.', "He sat.", "neutral"),
        TextExample("1", "a", "b", "entailment"),
    ]


def test_the_task_is_listed(catalogue: Catalogue) -> None:
    (row,) = (row for row in list_rows("tasks", catalogue) if row["name"] == "kornli")
    assert row["sources"] == ["files"] and row["remembered"] == []


def test_the_task_is_rehearsed_without_a_twin_of_its_own(folder: Path, kornli: Task, tmp_path: Path) -> None:
    table = {"name": "pairs", "catalogue": str(folder), "models": ["labse"], "target": {"kornli": {}}}
    study = Study.parse(table)
    place = Place(cache=tmp_path, use_hub=False)
    planned = plan(rehearse(study), place)
    assert {cell.language for cell in planned.cells} == {"ko"} and not planned.notes
    assert stand_ins(study)[0].endswith("premise and hypothesis, under its 3 labels")
    examples = load_examples(planned.catalogue.task("kornli"), "test", "ko", planned.place)
    assert {example.gold_text for example in examples} == set(kornli.labels)
    assert list((tmp_path / "lab").rglob("KorNLI/xnli.test.ko.tsv"))


def test_the_model_keeps_what_every_model_promises(catalogue: Catalogue) -> None:
    model = catalogue.model("labse")
    assert isinstance(model, HubModel)
    contracts.promises_of_a_model(model)
    (row,) = (row for row in list_rows("models", catalogue) if row["name"] == "labse")
    assert round(row["parameters"] / 1e6) == 471


@pytest.mark.slow
def test_the_family_trains_and_scores_a_study_s_own_task(folder: Path, tmp_path: Path) -> None:
    from stepstone.families.family import TrainedFamily, find_family  # opens torch, for this test alone

    files = {split: {"en": f"{split}.csv"} for split in ("train", "test")}
    table = {"family": "ordinal", "labels": ["bad", "fair", "good"], "files": files, "recipe": {"selection": "last"}}
    asked = {"name": "s", "catalogue": str(folder), "models": ["xlm-roberta-base"], "task": {"mine": table}}
    for name in ("train.csv", "test.csv"):
        (tmp_path / name).write_text("text,label\nIt broke.,bad\nIt holds.,good\n", encoding="utf-8")
    place = Place(folders=(tmp_path,), cache=tmp_path / "cache")
    planned = plan(Study.parse({**asked, "target": {"mine": {}}}), place)
    task = planned.catalogue.task("mine")
    family = find_family(task.family_declaration)
    assert isinstance(family, TrainedFamily) and family.name == "ordinal"
    examples = load_examples(task, "test", "en", planned.place)
    rows = family.rows(examples, task, [], [[-0.7], [1.2]], None)  # type: ignore[arg-type]
    assert [(row["prediction"], row["gold"]) for row in rows] == [("bad", "bad"), ("fair", "good")]


def test_a_family_without_a_stand_in_is_left_out_of_a_rehearsal(folder: Path, tmp_path: Path) -> None:
    files = {split: {"en": f"{split}.csv"} for split in ("train", "test")}
    table = {"family": "ordinal", "labels": ["bad", "fair", "good"], "files": files, "recipe": {"selection": "last"}}
    asked = {"name": "s", "catalogue": str(folder), "models": ["xlm-roberta-base"], "task": {"mine": table}}
    study = Study.parse({**asked, "target": {"mine": {}, "kornli": {}}})
    planned = plan(rehearse(study), Place(cache=tmp_path, use_hub=False))
    assert planned.notes == ("the lab has no twin of mine; left out: target mine",)
    assert {cell.target for cell in planned.cells} == {"kornli"} and len(stand_ins(study)) == 1


def test_the_launcher_is_found_by_its_file_s_name(catalogue: Catalogue, tmp_path: Path) -> None:
    assert find_launcher("remote", catalogue)(3, tmp_path).num_slots == 3
