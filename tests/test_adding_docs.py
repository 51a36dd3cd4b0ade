"""The page on adding things works: what it shows is written into the catalogue, held to its contracts and used."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from catalogue import test_contracts as contracts
from catalogue import test_families as family_contracts
from stepstone.catalogue import lookup
from stepstone.cli.listing import list_rows
from stepstone.core.example import TextExample
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.core.task import HubTable, Task
from stepstone.data.load import load_examples
from stepstone.pipeline.plan import plan
from stepstone.pipeline.rehearse import rehearse
from stepstone.pipeline.twins import stand_ins

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "adding.md").read_text(encoding="utf-8")
SECTIONS = re.findall(
    r"^## (A \w+): (\d) files?, (\d+) lines[^\n]*\n(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL
)
FILE = re.compile(r"`src/(stepstone/[\w/]+\.py)`:\n```python\n(.*?)```", flags=re.DOTALL)
FILES = dict(FILE.findall(PAGE))
ROWS = 'index_id\tcategory\ttext\n7\ttravel\t"""Sit,"" said the guide."\n8\thealth\t{}\n'


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Write a file of the page into its package, as if it lay in the source folder, and import it."""
    added: list[tuple[ModuleType, str]] = []

    def write(path: str) -> ModuleType:
        *names, name = path.removesuffix(".py").split("/")
        package, file = import_module(".".join(names)), tmp_path / "source" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(FILES[path], encoding="utf-8")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(file.parent)])
        added.append((package, name))
        forget()
        return import_module(f"{package.__name__}.{name}")

    yield write
    for package, name in added:
        sys.modules.pop(f"{package.__name__}.{name}", None)
        vars(package).pop(name, None)
    monkeypatch.undo()
    forget()


def forget() -> None:
    """What was looked up is looked up again."""
    for found in vars(lookup).values():
        if hasattr(found, "cache_clear"):
            found.cache_clear()


@pytest.fixture
def sib200(add: Callable[[str], ModuleType]) -> Task:
    add("stepstone/catalogue/tasks/sib200.py")
    return lookup.task("sib200")


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section[0])
def test_a_section_shows_as_many_files_and_lines_as_it_says(section: tuple[str, str, str, str]) -> None:
    _, num_files, num_lines, text = section
    shown = FILE.findall(text)
    assert len(shown) == int(num_files)
    assert sum(code.count("\n") for _, code in shown) == int(num_lines)


def test_there_is_a_section_for_each_thing_and_its_code_is_python() -> None:
    assert [section[0] for section in SECTIONS] == ["A task", "A model", "A family", "A launcher"]
    for code in FILES.values():
        assert ast.get_docstring(ast.parse(code))


def test_the_task_keeps_what_every_task_promises(sib200: Task) -> None:
    promises = [
        found
        for name, found in vars(contracts).items()
        if name.startswith("test_") and list(inspect.signature(found).parameters) == ["task"]
    ]
    assert len(promises) > 10
    for promise in promises:
        promise(sib200)
    (table,) = (source for source in sib200.sources if isinstance(source, HubTable))
    contracts.test_hub_tables_are_pinned_and_say_where_that_was_read(sib200, table)


def test_the_task_reads_rows_as_they_are_released(sib200: Task, tmp_path: Path) -> None:
    for language, folder in (("en", "eng_Latn"), ("ja", "jpn_Jpan")):
        file = tmp_path / "sib-200" / "data" / "annotated" / folder / "train.tsv"
        file.parent.mkdir(parents=True)
        file.write_text(ROWS.format(language), encoding="utf-8")
    place = Place(folders=(tmp_path / "sib-200",), cache=tmp_path / "cache", use_hub=False)
    assert load_examples(sib200, "train", "ja", place) == [
        TextExample("7", '"Sit," said the guide.', None, "travel"),
        TextExample("8", "ja", None, "health"),
    ]


def test_the_task_is_listed(sib200: Task) -> None:
    (row,) = (row for row in list_rows("tasks") if row["name"] == "sib200")
    assert row["sources"] == ["files", "hub"] and row["remembered"] == []


def test_the_task_is_rehearsed_without_a_twin_of_its_own(sib200: Task, tmp_path: Path) -> None:
    study = Study.parse({"name": "topics", "models": ["xlm-roberta-base"], "target": {"sib200": {}}})
    place = Place(cache=tmp_path, use_hub=False)
    planned = plan(rehearse(study), place)
    assert {cell.language for cell in planned.cells} == set(sib200.languages["test"]) and not planned.notes
    assert stand_ins(study)[0].endswith("sorted by the thing that it is about, under its 7 labels")
    examples = load_examples(sib200, "test", "ja", planned.place)
    assert {example.gold_text for example in examples} == set(sib200.labels)
    assert list((tmp_path / "lab").glob("*/declared-*/annotated/jpn_Jpan/test.tsv"))


def test_the_model_keeps_what_every_model_promises(add: Callable[[str], ModuleType]) -> None:
    add("stepstone/catalogue/models/labse.py")
    contracts.test_models_are_pinned_or_pretrained_here("labse")
    (row,) = (row for row in list_rows("models") if row["name"] == "labse")
    assert round(row["parameters"] / 1e6) == 471


def test_the_family_keeps_what_every_family_promises(add: Callable[[str], ModuleType], tmp_path: Path) -> None:
    add("stepstone/catalogue/families/ordinal.py")
    family = add("stepstone/families/ordinal.py").family
    family_contracts.test_a_declaration_and_its_tensors_have_one_name("ordinal")
    family_contracts.test_what_an_own_task_is_scored_by_exists("ordinal")
    files = {split: {"en": f"{split}.csv"} for split in ("train", "test")}
    table = {"family": "ordinal", "labels": ["bad", "fair", "good"], "files": files, "recipe": {"selection": "last"}}
    study = Study.parse({"name": "s", "models": ["xlm-roberta-base"], "task": {"mine": table}, "target": {"mine": {}}})
    for name in ("train.csv", "test.csv"):
        (tmp_path / name).write_text("text,label\nIt broke.,bad\nIt holds.,good\n", encoding="utf-8")
    planned = plan(study, Place(folders=(tmp_path,), cache=tmp_path / "cache"))
    task = planned.place.tasks["mine"]
    examples = load_examples(task, "test", "en", planned.place)
    rows = family.rows(examples, task, [], [[-0.7], [1.2]], None)
    assert [(row["prediction"], row["gold"]) for row in rows] == [("bad", "bad"), ("fair", "good")]
