"""Every real file is read by a task's reader and holds the rows that its manifest says, or is refused with a reason."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.example_sides import MiningExample, RankingExample
from stepstone.core.place import Place
from stepstone.data.convert import convert, read_file_rows
from stepstone.data.find import FoundFiles, candidate_files
from stepstone.data.formats.log import Log
from stepstone.data.load import load_examples
from stepstone.data.running_text import load_text

Manifest = dict[str, dict[str, Any]]

# Samples under names that no release has: they are read under the names of the release.
RENAMED = {
    "mnli/k-shot/*/train.tsv": ("mnli", "train", "MNLI/train.tsv"),
    "mnli/k-shot/*/dev_matched.tsv": ("mnli", "dev", "MNLI/dev_matched.tsv"),
    "snli/k-shot/*/train.tsv": ("snli", "train", "SNLI/train.tsv"),
    "snli/k-shot/*/dev.tsv": ("snli", "dev", "SNLI/dev.tsv"),
    "qqp/k-shot/*/train.tsv": ("qqp", "train", "QQP/train.tsv"),
    "qqp/k-shot/*/dev.tsv": ("qqp", "dev", "QQP/dev.tsv"),
    "snli/derived/snli_1.0_train_heldout.jsonl": ("snli", "dev", "snli_1.0_dev.jsonl"),
    "jcola/data/jcola-v1.0/out_of_domain_valid_annotated-v1.0.json": ("jcola", "test", "out_of_domain_valid-v1.0.json"),
}

# Files that must not be scored: the task, split and language that they seem to be of, what loading their folder
# says, and the words of the task's declaration that give the reason.
REFUSED = {
    "bucc2018/de-en.dev.gold": ("bucc2018", "dev", "de", "is read together with a file that is not there", ""),
    "bucc2018/fr-en.dev.gold": ("bucc2018", "dev", "fr", "is read together with a file that is not there", ""),
    "bucc2018/ru-en.dev.gold": ("bucc2018", "dev", "ru", "is read together with a file that is not there", ""),
    "tatoeba/xtreme_style/ja-en.*": ("tatoeba", "test", "ja", "no data of test", "withhold the pairing"),
    "tatoeba/xtreme_style/sw-en.*": ("tatoeba", "test", "sw", "no data of test", "withhold the pairing"),
    "xcopa/copa_en/test-en.jsonl": ("copa", "test", "en", 'copa has no split "test"', "dummies"),
}

# The official layouts in archives: the task that reads them, its language, and examples per split.
SAMPLES: dict[str, tuple[str, str, dict[str, int]]] = {
    "anli/plain_text_0.1.0": ("anli", "en", {"train": 9, "dev": 9, "test": 9}),
    "commonsense_qa/1.0.0": ("commonsenseqa", "en", {"train": 5, "dev": 2, "test": 2}),
    "glue/mnli_1.0.0": ("mnli", "en", {"train": 3, "dev": 2}),
    "glue/qqp_1.0.0": ("qqp", "en", {"train": 3, "dev": 2}),
    "hellaswag/0.1.0": ("hellaswag", "en", {"train": 2, "dev": 2, "test": 2}),
    "mlqa/mlqa.en.de_1.0.0": ("mlqa_question_de", "en", {"dev": 1, "test": 1}),
    "mlqa/mlqa.en.en_1.0.0": ("mlqa", "en", {"dev": 1, "test": 1}),
    "multi_nli/0.0.0": ("mnli", "en", {"train": 5, "dev": 5}),
    "paws-x/en_1.1.0": ("pawsx", "en", {"train": 4, "dev": 4, "test": 4}),
    "paws-x/ja_1.1.0": ("pawsx", "ja", {"train": 4, "dev": 4, "test": 4}),
    "snli/plain_text_1.0.0": ("snli", "en", {"train": 3, "dev": 2, "test": 1}),
    "squad_v2/1.0.0": ("xquad", "de", {"test": 4}),
    "squad_v2/squad_v2_2.0.0": ("squad2", "en", {"train": 2, "dev": 2}),
    "tydiqa/secondary_task_1.0.0": ("tydiqa", "fi", {"train": 2}),
    "wikiann/en_1.1.0": ("panx", "en", {"train": 1, "dev": 1, "test": 1}),
    "wikiann/ja_1.1.0": ("panx", "ja", {"train": 1, "dev": 1, "test": 1}),
    "wikiann/sw_1.1.0": ("panx", "sw", {"train": 1, "dev": 1, "test": 1}),
    **{
        f"xnli/{code}_1.1.0": ("xnli", code if len(code) == 2 else "ur", {"train": 4, "dev": 1, "test": 1})
        for code in (*BUILT_IN.task("xnli").languages["dev"], "all_languages")
    },
    "xtreme/MLQA.en.de_1.0.0": ("mlqa_question_de", "en", {"dev": 1, "test": 1}),
    "xtreme/PAN-X.en_1.1.0": ("panx", "en", {"train": 1, "dev": 1, "test": 1}),
    "xtreme/PAN-X.ja_1.1.0": ("panx", "ja", {"train": 1, "dev": 1, "test": 1}),
    "xtreme/XNLI_1.0.0": ("xnli", "ar", {"dev": 2, "test": 2}),
    "xtreme/tydiqa_1.0.0": ("tydiqa", "fi", {"train": 2}),
}
UNUSABLE_SAMPLES = {
    "squad/plain_text_1.0.0": ("squad", "train", "en", "is not at offset"),
    "tydiqa/primary_task_1.0.0": ("tydiqa", "train", "en", 'holds no list "data"'),
}
# Names as plain as train.csv are read inside a folder of the task's own.
UNPACKED_SAMPLES = {"cosmos_qa/0.1.0": ("cosmosqa", "en", {"train": 2, "dev": 2, "test": 2})}


class Read(NamedTuple):
    """How many rows and labelled examples a split of a task gave, and from which files."""

    task: str
    split: str
    language: str
    preferred: bool
    files: tuple[str, ...]
    num_rows: int
    num_labelled: int


@pytest.fixture(scope="session")
def everything(shared_data: Path, shared_place: Place) -> list[Read]:
    """All that the catalogue finds, files that others go before among them."""
    return list(_read_everything(shared_data, shared_place))


def _read_everything(shared: Path, place: Place) -> Iterator[Read]:
    counts: dict[tuple[Any, str], tuple[int, int]] = {}
    for name in BUILT_IN.tasks():
        task = BUILT_IN.task(name)
        for split, language in ((split, code) for split, codes in task.languages.items() for code in codes):
            if task.family == "mlm":
                continue
            groups = []
            for found in candidate_files(task, split, language, place):
                if found.groups in groups:
                    continue
                groups.append(found.groups)
                # Several tasks read some files by one reader: pairs of MLQA, one treebank of UD.
                if (found.groups, language) not in counts:
                    counts[found.groups, language] = _count(name, found, language)
                files = tuple(str(path.relative_to(shared)) for path in found.paths())
                yield Read(name, split, language, len(groups) == 1, files, *counts[found.groups, language])


def _count(name: str, found: FoundFiles, language: str) -> tuple[int, int]:
    num_rows = num_labelled = 0
    task = BUILT_IN.task(name)
    for row in read_file_rows(found, language, Log()):
        example = convert(task, row, num_rows, language)
        num_rows += 1
        num_labelled += example is not None and example.is_known
    return num_rows, num_labelled


@pytest.fixture(scope="session")
def manifest(shared_data: Path) -> Manifest:
    lines = (shared_data / "MANIFEST.jsonl").read_text("utf-8").splitlines()
    return {entry["file"]: entry for entry in map(json.loads, lines)}


def matching(names: Iterable[str], manifest: Manifest) -> dict[str, str]:
    """File of the manifest -> the name or pattern that it matches."""
    return {file: name for name in names for file in manifest if fnmatch(file, name)}


# That nothing is forgotten


@pytest.mark.slow
def test_every_file_of_the_manifest_is_read_or_refused(everything: list[Read], manifest: Manifest) -> None:
    read = {name for item in everything for name in item.files}
    samples = {f"_format_samples/{name}/*" for name in (*SAMPLES, *UNUSABLE_SAMPLES, *UNPACKED_SAMPLES)}
    known = matching((*RENAMED, *REFUSED, *samples), manifest)
    assert len(manifest) == 341
    assert set(manifest) - read - set(known) == set(), "neither read nor refused"
    assert set(known) & read == set(), "said to be unread, but read"
    unused = {*RENAMED, *REFUSED, *samples} - set(known.values())
    assert unused == set(), "no file matches"


def test_every_file_is_as_its_manifest_says(shared_data: Path, manifest: Manifest) -> None:
    sizes = {name: (shared_data / name).stat().st_size for name in manifest}
    assert sizes == {name: entry["bytes"] for name, entry in manifest.items()}


# That what is read is whole


@pytest.mark.slow
def test_rows_are_as_many_as_the_manifest_says(everything: list[Read], manifest: Manifest) -> None:
    assert len(everything) > 200
    wrong = {}
    for read in everything:
        # BUCC's three files count lines, and XQuAD-R's questions: both have tests of their own.
        if read.task in ("bucc2018", "lareqa"):
            continue
        files = read.files[:1] if read.task in ("tatoeba", "tatoeba_laser") else read.files
        expected = sum(manifest[name]["examples"] for name in files)
        if read.num_rows != expected:
            wrong[read.task, read.split, read.language] = (read.num_rows, expected)
    assert wrong == {}


@pytest.mark.slow
def test_both_sides_and_all_gold_pairs_of_a_mining_corpus_are_read(shared_place: Place, manifest: Manifest) -> None:
    sides: Counter[str] = Counter()
    golds: Counter[str] = Counter()
    for example in load_examples(BUILT_IN.task("bucc2018"), "dev", "zh", shared_place):
        assert isinstance(example, MiningExample) and example.gold is not None
        sides[example.side] += 1
        golds[example.side] += len(example.gold)
    lines = {name[-2:]: entry["examples"] for name, entry in manifest.items() if name.startswith("bucc2018/zh")}
    assert sides == {"source": lines["zh"], "target": lines["en"]}
    assert golds == {"source": lines["ld"], "target": lines["ld"]}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["de", "en", "es", "zh"])
def test_every_question_of_xquad_r_is_a_query(shared_place: Place, manifest: Manifest, language: str) -> None:
    examples = load_examples(BUILT_IN.task("lareqa"), "test", language, shared_place)
    sides = Counter(example.side for example in examples if isinstance(example, RankingExample))
    assert sides["query"] == manifest[f"lareqa/xquad-r/{language}.json"]["examples"]
    assert sides["candidate"] > 1000


@pytest.mark.parametrize("pattern", RENAMED)
def test_samples_under_other_names_are_read_under_the_releases(
    shared_data: Path, tmp_path: Path, manifest: Manifest, pattern: str
) -> None:
    name, split, released = RENAMED[pattern]
    language = BUILT_IN.task(name).languages[split][0]
    for number, file in enumerate(matching([pattern], manifest)):
        path = tmp_path / str(number) / released
        path.parent.mkdir(parents=True)
        path.symlink_to(shared_data / file)
        place = Place(folders=(tmp_path / str(number),), cache=tmp_path / "cache", use_hub=False)
        examples = load_examples(BUILT_IN.task(name), split, language, place)
        assert len(examples) == manifest[file]["examples"] and all(example.is_known for example in examples)


@pytest.mark.slow
def test_complete_files_hold_what_the_tasks_declare(everything: list[Read], manifest: Manifest) -> None:
    compared = 0
    for read in everything:
        entries = [manifest[name] for name in read.files]
        declared = BUILT_IN.task(read.task).num_rows(read.split, read.language)
        if declared is None or not all(entry["complete"] and not entry["derived"] for entry in entries):
            continue
        compared += 1
        assert read.num_rows == declared, read
    assert compared > 80


@pytest.mark.slow
def test_texts_are_read_out_of_their_archive(shared_place: Place) -> None:
    sentences = load_text(BUILT_IN.task("text"), ("en", "ja"), ("ntrex", "tanaka_enja"), shared_place)
    counts = Counter((sentence.corpus, sentence.language) for sentence in sentences)
    assert counts == {
        ("ntrex", "en"): 1997,
        ("ntrex", "ja"): 1997,
        ("tanaka_enja", "en"): 50_000,
        ("tanaka_enja", "ja"): 50_000,
    }


# That nothing is scored which must not be


@pytest.mark.slow
def test_only_test_files_are_stripped(everything: list[Read]) -> None:
    stripped = {(read.task, read.language) for read in everything if read.num_labelled == 0 and read.preferred}
    assert all(read.num_labelled == read.num_rows for read in everything if read.split != "test")
    assert {("pawsx", "ja"), ("panx", "en"), ("udpos", "th"), ("commonsenseqa", "en")} <= stripped
    assert ("pawsx", "en") not in stripped and ("xnli", "en") not in stripped


@pytest.mark.slow
def test_every_file_that_the_manifest_calls_stripped_is_read_without_labels(
    everything: list[Read], manifest: Manifest
) -> None:
    marked = {name for name, entry in manifest.items() if "stripped" in entry["note"]}
    read = {name: item for item in everything for name in item.files if name in marked}
    assert set(read) == marked and len(marked) == 11
    assert {name: item.num_labelled for name, item in read.items()} == dict.fromkeys(marked, 0)


@pytest.mark.slow
def test_a_stripped_file_goes_after_a_labelled_one(everything: list[Read]) -> None:
    passed_over = {name for read in everything if not read.preferred for name in read.files}
    assert {"xnli/test-en.tsv", "xnli/test-sw.tsv"} <= passed_over
    assert "tydiqa/tydiqa-goldp-v1.1-dev/tydiqa.goldp.ko.dev.json" in passed_over


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_must_not_be_scored_is_refused_with_the_reason(
    shared_data: Path, tmp_path: Path, manifest: Manifest, pattern: str
) -> None:
    name, split, language, message, reason = REFUSED[pattern]
    task = BUILT_IN.task(name)
    assert matching([pattern], manifest)
    place = Place(folders=((shared_data / pattern).parent,), cache=tmp_path, use_hub=False)
    with pytest.raises(UserError, match=message):
        load_examples(task, split, language, place)
    assert any(reason in trap for trap in task.traps)


# Archives in the official layouts


@pytest.mark.parametrize("folder", SAMPLES)
def test_official_layouts_are_read_inside_archives(shared_data: Path, tmp_path: Path, folder: str) -> None:
    name, language, expected = SAMPLES[folder]
    place = Place(folders=(shared_data / "_format_samples" / folder,), cache=tmp_path, use_hub=False)
    task = BUILT_IN.task(name)
    assert {split: len(load_examples(task, split, language, place)) for split in expected} == expected


@pytest.mark.parametrize("folder", UNUSABLE_SAMPLES)
def test_samples_that_are_not_what_they_seem_are_refused(shared_data: Path, tmp_path: Path, folder: str) -> None:
    name, split, language, message = UNUSABLE_SAMPLES[folder]
    place = Place(folders=(shared_data / "_format_samples" / folder,), cache=tmp_path, use_hub=False)
    with pytest.raises(UserError, match=message):
        load_examples(BUILT_IN.task(name), split, language, place)


@pytest.mark.parametrize("folder", UNPACKED_SAMPLES)
def test_plain_names_are_read_in_a_folder_of_the_tasks_own(shared_data: Path, tmp_path: Path, folder: str) -> None:
    name, language, expected = UNPACKED_SAMPLES[folder]
    (archive,) = (shared_data / "_format_samples" / folder).glob("*.zip")
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            if not member.is_dir():
                path = tmp_path / "data" / name / Path(member.filename).name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(opened.read(member))
    place = Place(folders=(tmp_path / "data",), cache=tmp_path / "cache", use_hub=False)
    task = BUILT_IN.task(name)
    assert {split: len(load_examples(task, split, language, place)) for split in expected} == expected
