"""The lab's data is written once, in the official formats, and read by the readers of the official files."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepstone.audit.check import check_task
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.data.load import available, data_identity, load_examples
from stepstone.data.running_text import load_text, text_content
from stepstone.lab import write


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(cache=tmp_path_factory.mktemp("cache"), lab_seed=1)


def test_a_generated_split_is_as_large_as_the_lab_says(place: Place) -> None:
    examples = load_examples(BUILT_IN.task("xnli"), "dev", "de", place)
    assert len(examples) == write.lab_size("xnli", "dev")
    assert {getattr(example, "label", None) for example in examples} == set(BUILT_IN.task("xnli").labels)


def test_the_lab_tells_a_task_in_languages_that_the_release_lacks(place: Place) -> None:
    task = BUILT_IN.task("xnli")
    assert "ja" not in task.languages["dev"]
    assert available(task, "dev", "ja", place) is None
    assert len(load_examples(task, "dev", "ja", place)) == write.lab_size("xnli", "dev")


def test_a_language_of_two_words_is_written_and_found(place: Place) -> None:
    assert load_examples(BUILT_IN.task("tydiqa"), "test", "ht", place)


def test_files_are_written_once(place: Place) -> None:
    load_examples(BUILT_IN.task("xquad"), "test", "de", place)
    (path,) = place.cache.rglob("xquad.de.json")
    before = path.stat().st_mtime_ns
    load_examples(BUILT_IN.task("xquad"), "test", "de", place)
    assert path.stat().st_mtime_ns == before


@pytest.mark.slow
def test_version_and_seed_are_the_identity(place: Place, tmp_path: Path) -> None:
    named = data_identity(BUILT_IN.task("xnli"), "dev", "de", place)
    assert named == f"lab:{write.LAB_VERSION}:1:xnli:dev:de"
    assert not list(tmp_path.iterdir())
    other = place.model_copy(update={"lab_seed": 2, "cache": tmp_path})
    assert load_examples(BUILT_IN.task("xnli"), "dev", "de", place) != load_examples(
        BUILT_IN.task("xnli"), "dev", "de", other
    )


def test_what_the_lab_has_not_is_told_before_it_is_written(place: Place) -> None:
    told = available(BUILT_IN.task("hellaswag"), "test", "en", place)
    assert told is not None and 'no split "test" of hellaswag' in told
    unknown = BUILT_IN.task("ccg").model_copy(update={"name": "one_of_our_own"})
    with pytest.raises(UserError, match='the lab has no task "one_of_our_own"'):
        data_identity(unknown, "train", "en", place)


def test_text_is_as_long_as_asked_for(place: Place) -> None:
    task = BUILT_IN.task("text")
    few, more = (load_text(task, ("en", "ja"), (), place, num) for num in (3, 5))
    assert len({sentence.document for sentence in few}) == 3
    assert {(s.id, s.language) for s in few} < {(s.id, s.language) for s in more}
    assert text_content(task, ("en", "ja"), (), place, 3) != text_content(task, ("en", "ja"), (), place, 5)


@pytest.mark.slow
def test_the_lab_is_checked_as_files_are(place: Place) -> None:
    report = check_task(BUILT_IN.task("jaquad"), place)
    assert [(split.num_examples > 0, split.num_errors) for split in report.splits] == [(True, 0), (True, 0)]


def _answer(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("entailment", "neutral"), encoding="utf-8")


# What a stranger, a full disk or a loss of power leaves of a file of the lab, under whose key nothing else says so.
HARM = {
    "changed": _answer,
    "emptied": lambda path: path.write_text(""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-200]),
    "gone": Path.unlink,
    "a link": lambda path: (path.rename(path.parents[4] / "moved"), path.symlink_to(path.parents[4] / "moved")),
    "another beside it": lambda path: path.with_name("xnli.test.tsv").write_bytes(path.read_bytes()[:900]),
}


@pytest.mark.parametrize("name", HARM)
def test_a_file_of_the_lab_that_is_not_what_was_written_is_written_again(tmp_path: Path, name: str) -> None:
    place, task = Place(cache=tmp_path, lab_seed=1), BUILT_IN.task("xnli")
    before = load_examples(task, "dev", "de", place)
    (path,) = (path for path in tmp_path.rglob("*.tsv") if path.is_file())
    content = path.read_bytes()
    HARM[name](path)
    assert load_examples(task, "dev", "de", place) == before
    (again,) = (path for path in tmp_path.rglob("*.tsv"))
    assert again.read_bytes() == content and not again.is_symlink()


@pytest.mark.parametrize("note", [b"", b"{}", b"[" * 100_000, b"\xff"])
def test_a_spoilt_note_of_the_lab_s_files_makes_them_again(tmp_path: Path, note: bytes) -> None:
    task = BUILT_IN.task("text")
    place = Place(cache=tmp_path, lab_seed=1)
    before = load_text(task, ("en",), (), place, 3)
    (stamps,) = tmp_path.rglob("stamps")
    stamps.write_bytes(note)
    (path,) = tmp_path.rglob("en.txt")
    path.write_text("d000000.0\tAnother sentence.\n")
    assert load_text(task, ("en",), (), place, 3) == before
