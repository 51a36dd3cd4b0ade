"""A catalogue task without a twin of its own is told from its declaration, and read by its own reader."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.core.task import Task
from stepstone.data.generated import in_world
from stepstone.data.load import available, data_identity, load_examples
from stepstone.lab import write
from stepstone.lab.files import declared
from stepstone.lab.files.own import SIZES
from stepstone.planning.twins import find_absent, num_in_lab, stand_ins

# Where the split is written: the release's own file, or the plain one of stand-ins.
OFFICIAL = {
    ("pawsx", "dev", "fi"): "x-final/fi/dev_2k.tsv",
    ("jcola", "dev", "ja"): "in_domain_valid-v1.0.json",
    ("marcja", "dev", "ja"): "marc_ja-v1.lab/valid-v1.lab.json",
}
PLAIN = [
    ("xnli", "test", "ja"),  # no one layout of its release has all splits
    ("jsts", "dev", "ja"),
    ("cosmosqa", "dev", "en"),
    ("squad", "dev", "en"),
    ("ud", "dev", "ja"),
    ("tatoeba", "test", "ja"),
]
# Tasks that have no twin at all, with how many labels or options their stand-ins have.
NEVER_A_TWIN = [("sib200", 7), ("belebele", 4), ("global_mmlu", 4)]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(cache=tmp_path, lab_seed=1, use_hub=False)


def without_twin(name: str, monkeypatch: pytest.MonkeyPatch) -> Task:
    monkeypatch.delitem(write._TWINS, name)
    return BUILT_IN.task(name)


@pytest.mark.slow
@pytest.mark.parametrize(("asked", "path"), OFFICIAL.items(), ids=lambda item: item[0])
def test_texts_with_labels_are_written_in_the_layout_of_the_release(
    asked: tuple[str, str, str], path: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = without_twin(asked[0], monkeypatch)
    examples = load_examples(task, *asked[1:], place)
    assert len(examples) == SIZES[asked[1]] == num_in_lab(task, asked[1])
    assert {example.gold_text for example in examples} == set(task.labels)
    assert (next((place.cache / "lab").glob("*/declared-*/*/files")) / path).is_file()
    assert in_world(in_world(task, place), place) == in_world(task, place)


@pytest.mark.slow
@pytest.mark.parametrize("asked", PLAIN, ids=lambda item: item[0])
def test_other_layouts_and_families_are_written_plainly(
    asked: tuple[str, str, str], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = without_twin(asked[0], monkeypatch)
    assert len(load_examples(task, *asked[1:], place)) >= SIZES[asked[1]]
    assert list((place.cache / "lab").glob(f"*/own-*/*/files/own/{task.name}/*"))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "num"), NEVER_A_TWIN)
def test_tasks_without_a_twin_are_read_with_as_many_labels_or_options(name: str, num: int, place: Place) -> None:
    examples = load_examples(BUILT_IN.task(name), "test", "ja", place)
    assert len({example.gold_text for example in examples}) == num


def test_what_it_is_read_from_is_part_of_what_the_data_is(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    before = data_identity(BUILT_IN.task("jcola"), "dev", "ja", place)
    task = without_twin("jcola", monkeypatch)
    other = task.model_copy(update={"labels": ("0", "1", "2")})
    assert len({before, data_identity(task, "dev", "ja", place), data_identity(other, "dev", "ja", place)}) == 3


@pytest.mark.parametrize("name", ["bucc2018", "mewslix", "ccg"])
def test_families_without_a_stand_in_and_open_labels_have_no_twin(
    name: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = without_twin(name, monkeypatch)
    assert find_absent(task) == (name,)
    split, languages = next(iter(task.languages.items()))
    assert "the lab has no task" in str(available(task, split, languages[0], place))


def test_a_row_that_is_no_row_of_texts_has_no_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    task = without_twin("jcola", monkeypatch)
    task = task.resolve(replace(task.resolved, to_example=lambda row, language: row["sentence"] / 2))
    assert not declared.has_stand_in(task)


def test_what_stands_in_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    study = Study.parse({"name": "s", "models": ["alpha"], "target": {"pawsx": {}}})
    assert stand_ins(study) == ()
    without_twin("pawsx", monkeypatch)
    (line,) = stand_ins(study)
    assert line.startswith("pawsx has no twin of its own") and line.endswith("say the same or not, under its 2 labels")
