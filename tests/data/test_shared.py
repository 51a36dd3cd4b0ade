"""Every real file that a task covers is read, and holds the rows that its manifest says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from stepstone.catalogue import lookup
from stepstone.core.place import Place
from stepstone.data.convert import convert, is_labelled, read_rows
from stepstone.data.find import find
from stepstone.data.load import load_examples, load_text

# Files that no task reads, and why.
UNREAD = {
    "_format_samples/": "tiny samples, read by their own test",
    "k-shot/": "samples for few-shot learning",
    "xtreme_style/": "the pairing is withheld",
    "de.dev.gold": "gold without its corpora",
    "mlm": "read by its own test",
}


class Read(NamedTuple):
    """How many rows and labelled examples a split of a task gave, and from which files."""

    task: str
    split: str
    language: str
    files: tuple[str, ...]
    num_rows: int
    num_labelled: int


@pytest.fixture(scope="session")
def everything(shared_data: Path, shared_place: Place) -> list[Read]:
    return list(_read_everything(shared_data, shared_place))


def _read_everything(shared: Path, place: Place) -> Iterator[Read]:
    for name in lookup.tasks():
        task = lookup.task(name)
        if task.family == "mlm" or name == "ud_ja_gsd":
            continue
        for split, languages in task.languages.items():
            for language in languages:
                found = find(task, split, language, place)
                if found is None:
                    continue
                files = tuple(str(path.relative_to(shared)) for path in found.paths())
                num_rows = num_labelled = 0
                for number, row in enumerate(read_rows(found, language)):
                    example = convert(task, row, number, language)
                    num_rows += 1
                    num_labelled += example is not None and is_labelled(example)
                yield Read(name, split, language, files, num_rows, num_labelled)


@pytest.fixture(scope="session")
def manifest(shared_data: Path) -> dict[str, dict[str, object]]:
    lines = (shared_data / "MANIFEST.jsonl").read_text("utf-8").splitlines()
    return {entry["file"]: entry for entry in map(json.loads, lines)}


def test_rows_are_as_many_as_the_manifest_says(everything: list[Read], manifest: dict[str, dict[str, object]]) -> None:
    assert len(everything) > 150
    wrong = {}
    for read in everything:
        # BUCC counts lines of three files and XQuAD-R questions; both are checked below.
        if read.task in ("bucc2018", "lareqa"):
            continue
        files = read.files[:1] if read.task == "tatoeba" else read.files
        expected = sum(int(str(manifest[name]["examples"])) for name in files)
        if read.num_rows != expected:
            wrong[read.task, read.split, read.language] = (read.num_rows, expected)
    assert wrong == {}


def test_both_sides_of_a_mining_corpus_are_rows(everything: list[Read], manifest: dict[str, dict[str, object]]) -> None:
    (read,) = (read for read in everything if read.task == "bucc2018")
    sides = [int(str(manifest[name]["examples"])) for name in read.files if not name.endswith(".gold")]
    assert read.num_rows == sum(sides)


def test_every_question_of_xquad_r_is_a_query(shared_place: Place) -> None:
    sides = Counter(example.side for example in load_examples(lookup.task("lareqa"), "test", "en", shared_place))
    assert sides["query"] == 1190 and sides["candidate"] > 1000


def test_every_file_of_the_manifest_is_read_or_known_to_be_unread(
    everything: list[Read], manifest: dict[str, dict[str, object]]
) -> None:
    read = {name for item in everything for name in item.files}
    left = [name for name in manifest if name not in read and not any(mark in name for mark in UNREAD)]
    # What is left: copies that a better file goes before.
    unexplained = [name for name in left if not _is_explained(name, manifest)]
    assert unexplained == []


def _is_explained(name: str, manifest: dict[str, dict[str, object]]) -> bool:
    note = str(manifest[name]["note"])
    stripped = "stripped" in note
    return stripped or "gold files" in note or name.endswith(
        ("annotated-v1.0.json", "train_heldout.jsonl", ".dev.gold", "test-en.jsonl", "pawsx/test_labelled/test-de.tsv",
         "pawsx/test_labelled/test-zh.tsv")
    )  # fmt: skip


def test_complete_files_hold_what_the_tasks_declare(
    everything: list[Read], manifest: dict[str, dict[str, object]]
) -> None:
    compared = 0
    for read in everything:
        entries = [manifest[name] for name in read.files]
        declared = lookup.task(read.task).num_rows(read.split, read.language)
        if declared is None or not all(entry["complete"] and not entry["derived"] for entry in entries):
            continue
        compared += 1
        assert read.num_rows == declared, read
    assert compared > 80


def test_only_test_files_are_stripped(everything: list[Read]) -> None:
    stripped = {(read.task, read.language) for read in everything if read.num_labelled == 0}
    assert all(read.num_labelled == read.num_rows for read in everything if read.split != "test")
    assert {("pawsx", "ja"), ("panx", "en"), ("udpos", "th"), ("commonsenseqa", "en")} <= stripped
    assert ("pawsx", "en") not in stripped and ("xnli", "en") not in stripped


def test_texts_are_read_out_of_their_archive(shared_place: Place) -> None:
    sentences = load_text(lookup.task("text"), ("en", "ja"), ("ntrex", "tanaka_enja"), shared_place)
    counts = Counter((sentence.corpus, sentence.language) for sentence in sentences)
    assert counts == {
        ("ntrex", "en"): 1997,
        ("ntrex", "ja"): 1997,
        ("tanaka_enja", "en"): 50_000,
        ("tanaka_enja", "ja"): 50_000,
    }


SAMPLES = [
    ("xnli/en_1.1.0", "xnli", "dev", "ar", 1),
    ("xnli/en_1.1.0", "xnli", "train", "de", 4),
    ("multi_nli/0.0.0", "mnli", "dev", "en", 5),
    ("glue/mnli_1.0.0", "mnli", "train", "en", 3),
    ("glue/qqp_1.0.0", "qqp", "dev", "en", 2),
    ("anli/plain_text_0.1.0", "anli_r2", "test", "en", 3),
    ("anli/plain_text_0.1.0", "anli", "train", "en", 9),
    ("commonsense_qa/1.0.0", "commonsenseqa", "test", "en", 2),
    ("paws-x/ja_1.1.0", "pawsx", "train", "ja", 4),
    ("hellaswag/0.1.0", "hellaswag", "test", "en", 2),
    ("snli/plain_text_1.0.0", "snli", "train", "en", 3),
    ("squad_v2/squad_v2_2.0.0", "squad2", "dev", "en", 2),
    ("squad_v2/1.0.0", "xquad", "test", "el", 2),
    ("mlqa/mlqa.en.en_1.0.0", "mlqa", "test", "en", 1),
    ("xtreme/tydiqa_1.0.0", "tydiqa", "train", "fi", 2),
    ("wikiann/ja_1.1.0", "panx", "test", "ja", 1),
]


@pytest.mark.parametrize(("folder", "name", "split", "language", "num"), SAMPLES)
def test_official_layouts_are_read_inside_archives(
    shared_data: Path, tmp_path: Path, folder: str, name: str, split: str, language: str, num: int
) -> None:
    place = Place(folders=(shared_data / "_format_samples" / folder,), cache=tmp_path, use_hub=False)
    assert len(load_examples(lookup.task(name), split, language, place)) == num
