"""The lab's files: every task of the catalogue, read by the catalogue's own readers; the same bytes every time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.data.load import load_examples
from stepstone.lab.write import LAB_VERSION, generates, lab_languages, lab_size, tasks, write_task, write_text

GOLDEN = Path(__file__).parent / "golden.json"
PINNED = [
    ("mnli", "dev", "en"),
    ("xnli", "test", "ja"),
    ("xquad", "test", "ko"),
    ("tydiqa", "test", "fi"),
    ("pawsx", "dev", "zh"),
    ("tatoeba", "test", "sw"),
    ("xcopa", "test", "th"),
    ("hellaswag", "dev", "en"),
    ("panx", "test", "ar"),
    ("ud", "test", "ru"),
]
# Tasks whose smallest split is written in a quarter of a second, of several families; the others are slow.
QUICK = {"anli", "commonsenseqa", "copa", "jaquad", "jcola", "jnli", "jsquad", "mewslix", "mnli", "squad", "xnli"}


def digests(folder: Path) -> dict[str, str]:
    """Of the pinned files and of some text, by path."""
    paths = [path for task in PINNED for path in write_task(folder, *task, seed=7)]
    paths += write_text(folder, ["en", "hi"], 7, 20)
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.mark.slow
def test_files_are_those_of_this_version(tmp_path: Path) -> None:
    """A change of any text must raise LAB_VERSION, or old checkpoints would meet new data. Then pin anew:

    STEPSTONE_PIN=1 pytest tests/lab/test_write.py
    """
    found = {"version": LAB_VERSION, "files": digests(tmp_path)}
    if os.environ.get("STEPSTONE_PIN"):
        GOLDEN.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    assert found == json.loads(GOLDEN.read_text("utf-8"))


@pytest.mark.slow
def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from stepstone.lab.write import write_task as w; "
    code += "w(Path(sys.argv[1]), 'xquad', 'test', 'ta', 3)"
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", code, str(tmp_path / seed)], env=environment, check=True)
    one, other = ((tmp_path / seed / "xquad/xquad.ta.json").read_bytes() for seed in ("1", "2"))
    assert one == other


def test_every_task_of_the_catalogue_can_be_rehearsed() -> None:
    assert set(tasks()) <= set(BUILT_IN.tasks())
    # Running text of any kind is rehearsed with the lab's own.
    labelled = [task for task in map(BUILT_IN.task, BUILT_IN.tasks()) if task.family_declaration.is_labelled]
    assert [task.name for task in labelled if not generates(task)] == []


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (name not in QUICK)) for name in sorted(set(tasks()) - {"text"})],
)
def test_the_catalogue_reads_what_the_lab_writes(name: str, tmp_path: Path) -> None:
    """Its smallest split, in the first and the last language."""
    task = BUILT_IN.task(name)
    place = Place(cache=tmp_path, lab_seed=1, use_hub=False)
    splits = [split for split in task.languages if _has(name, split)]
    split = min(splits, key=lambda split: lab_size(name, split))
    known = [code for code in task.languages[split] if code in lab_languages()]
    for language in {known[0], known[-1]}:
        assert len(load_examples(task, split, language, place)) >= lab_size(name, split)


def _has(name: str, split: str) -> bool:
    try:
        return lab_size(name, split) > 0
    except UserError:
        return False


@pytest.mark.slow
def test_all_files_of_the_lab_can_lie_in_one_folder(tmp_path: Path) -> None:
    """Two tasks that write one file write the same, and no two files are taken for each other."""
    place = Place(cache=tmp_path, lab_seed=1, use_hub=False)
    for name in ("anli_r1", "anli", "ud", "ud_ja_gsd", "squad", "squad2", "jsquad", "jnli", "jsts", "marcja"):
        task = BUILT_IN.task(name)
        load_examples(task, "dev", task.languages["dev"][0], place)
    whole = load_examples(BUILT_IN.task("anli"), "dev", "en", place)
    assert [example.text for example in load_examples(BUILT_IN.task("anli_r1"), "dev", "en", place)] == [
        example.text for example in whole[: lab_size("anli_r1", "dev")]
    ]


@pytest.mark.slow
def test_translated_splits_are_parallel(tmp_path: Path) -> None:
    en, ja = (write_task(tmp_path, "xnli", "dev", code, 1)[0].read_text("utf-8").splitlines() for code in ("en", "ja"))
    assert [row.split("\t")[2] for row in en] == [row.split("\t")[2] for row in ja]
    train = write_task(tmp_path, "xnli", "train", "en", 1)[0].read_text("utf-8").splitlines()[1:]
    mnli = [
        json.loads(row) for row in write_task(tmp_path, "mnli", "train", "en", 1)[0].read_text("utf-8").splitlines()
    ]
    assert [row.split("\t")[0] for row in train] == [row["sentence1"] for row in mnli]


@pytest.mark.slow
def test_mlqa_asks_the_same_in_every_pair_of_languages(tmp_path: Path) -> None:
    place = Place(cache=tmp_path, lab_seed=1, use_hub=False)

    def read(name: str, language: str) -> list[Any]:
        return load_examples(BUILT_IN.task(name), "dev", language, place)

    assert read("mlqa_question_de", "de") == read("mlqa", "de")
    for crossed, own, asked in zip(read("mlqa_question_es", "de"), read("mlqa", "de"), read("mlqa", "es"), strict=True):
        assert (crossed.context, crossed.answers, crossed.question) == (own.context, own.answers, asked.question)


def test_mewslix_marks_a_mention_and_describes_whom_it_means(tmp_path: Path) -> None:
    place = Place(cache=tmp_path, lab_seed=1, use_hub=False)
    examples = load_examples(BUILT_IN.task("mewslix"), "dev", "ja", place)
    queries = [example for example in examples if example.side == "query"]
    names = {example.id for example in examples if example.side == "candidate"}
    assert len(queries) == len(names) == lab_size("mewslix", "dev")
    assert {gold for query in queries for gold in query.gold} == names
    assert all(query.text.count("{") == query.text.count("}") == 1 for query in queries)


@pytest.mark.slow
def test_tydiqa_asks_each_language_its_own_questions(tmp_path: Path) -> None:
    def answers(code: str) -> list[int]:
        data = json.loads(write_task(tmp_path, "tydiqa", "test", code, 1)[0].read_text("utf-8"))["data"]
        return [len(part["context"].split()) for article in data for part in article["paragraphs"]]

    assert answers("id") != answers("ms")


@pytest.mark.slow
def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    write_task(tmp_path, "bucc2018", "dev", "de", 1)
    found = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert found == ["de-en.sample.de", "de-en.sample.en", "de-en.sample.gold"]


@pytest.mark.parametrize(
    ("task", "split", "language", "message"),
    [
        ("xnly", "dev", "en", 'no task "xnly"'),
        ("xnli", "devel", "en", 'no split "devel" of xnli'),
        ("xnli", "dev", "jp", 'no language "jp"'),
        ("mnli", "dev", "de", 'mnli has no data in "de"'),
        ("tatoeba", "test", "en", 'tatoeba has no data in "en"'),
        ("text", "dev", "en", 'no split "dev" of text'),
        ("marcja", "test", "ja", 'no split "test" of marcja'),
    ],
)
def test_what_the_lab_lacks_is_told(task: str, split: str, language: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        write_task(tmp_path, task, split, language, 1)
    assert not list(tmp_path.rglob("*"))
