"""Hub tables, read from a local mirror in the hub's layout: pinned, checked, never guessed."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.example import Answer, ChoiceExample, SpanExample, TaggingExample, TextExample
from stepstone.core.task import HubTable, Task

from .conftest import Mirror


def small(name: str, **rows: int | None) -> Task:
    """A task of the catalogue that declares so many rows, for tables that are made up."""
    return BUILT_IN.task(name).model_copy(
        update={"rows": {split: num for split, num in rows.items() if num is not None}}
    )


XNLI = {"premise": ["a", "b", "c"], "hypothesis": ["d", "e", "f"]}
LABELS = ("entailment", "neutral", "contradiction")


def put_xnli(mirror: Mirror, labels: Sequence[int], names: Sequence[str] = LABELS) -> None:
    mirror.put("facebook/xnli", "de/test-00000-of-00001.parquet", {**XNLI, "label": labels})
    mirror.name("facebook/xnli", "test", ("premise", "hypothesis"), "de", names)


def test_a_configuration_is_loaded_and_labels_get_their_names(mirror: Mirror) -> None:
    put_xnli(mirror, [2, 0, 1])
    assert mirror.load(small("xnli", test=3), "test", "de") == [
        TextExample("0", "a", "d", "contradiction"),
        TextExample("1", "b", "e", "entailment"),
        TextExample("2", "c", "f", "neutral"),
    ]


def test_belebele_is_read_from_a_file_for_each_language(mirror: Mirror) -> None:
    row = {"link": "https://a", "question_number": 1, "flores_passage": "p", "question": "q", "correct_answer_num": "2"}
    answers = {f"mc_answer{number}": f"answer {number}" for number in range(1, 5)}
    folder = mirror.folder / "facebook" / "belebele" / "data"
    folder.mkdir(parents=True)
    for code in ("jpn_Jpan", "eng_Latn"):
        (folder / f"{code}.jsonl").write_text(json.dumps({**row, **answers, "question": code}) + "\n")
    (example,) = mirror.load(small("belebele", test=1), "test", "ja")
    assert example == ChoiceExample("0", "p", "jpn_Jpan", tuple(answers.values()), 1)


def test_global_mmlu_keeps_the_ids_that_its_languages_share(mirror: Mirror) -> None:
    options = {f"option_{letter}": [letter] for letter in "abcd"}
    table = {"sample_id": ["anatomy/test/0"], "question": ["q"], "answer": ["C"], **options}
    mirror.put_table("CohereLabs/Global-MMLU", "fil", "test", table)
    (example,) = mirror.load(small("global_mmlu", test=1), "test", "tl")
    assert example == ChoiceExample("anatomy/test/0", "", "q", ("a", "b", "c", "d"), 2)


def test_a_table_that_orders_labels_otherwise_than_declared_is_refused(mirror: Mirror) -> None:
    put_xnli(mirror, [2, 0, 1], ("entailment", "contradiction", "neutral"))
    with pytest.raises(
        UserError, match="orders its labels entailment, contradiction, neutral, not entailment, neutral"
    ):
        mirror.load(small("xnli", test=3), "test", "de")


def test_another_number_of_rows_than_declared_is_refused_with_both(mirror: Mirror) -> None:
    put_xnli(mirror, [2, 0, 1])
    with pytest.raises(UserError, match=r"facebook/xnli@[0-9a-f]{40}:de test: has 3 rows, not the declared 5,010"):
        mirror.load(BUILT_IN.task("xnli"), "test", "de")


def test_a_configuration_that_is_not_there_is_told(mirror: Mirror) -> None:
    put_xnli(mirror, [2, 0, 1])
    with pytest.raises(UserError, match=r"cannot be loaded .*'fr' not found"):
        mirror.load(small("xnli", test=3), "test", "fr")


def test_a_repository_that_the_mirror_lacks_is_told_and_not_fetched(mirror: Mirror) -> None:
    with pytest.raises(UserError, match="the hub mirror has no nyu-mll/glue"):
        mirror.load(BUILT_IN.task("mnli"), "train", "en")


def test_stripped_labels_are_unknown_in_test_and_refused_in_training(mirror: Mirror) -> None:
    put_xnli(mirror, [-1, -1, -1])
    assert [example.label for example in mirror.load(small("xnli", test=3), "test", "de")] == [None] * 3
    put_xnli(mirror, [2, -1, 1])
    with pytest.raises(UserError, match=r"row 1 \(xnli test, de\): the example has no label, where 2 of 3 have one"):
        mirror.load(small("xnli", test=3), "test", "de")
    task = small("xnli")
    switched = task.sources[-1].model_copy(update={"splits": {"train": "test"}})
    with pytest.raises(UserError, match=r"row 1 \(xnli train, de\): the example has no label"):
        mirror.load(task.model_copy(update={"sources": (switched,)}), "train", "de")


def test_rows_without_consensus_are_dropped(mirror: Mirror) -> None:
    columns = {**XNLI, "label": [1, -1, 0]}
    mirror.put("stanfordnlp/snli", "plain_text/train-0.parquet", columns)
    mirror.name("stanfordnlp/snli", "train", ("premise", "hypothesis"), "plain_text", LABELS)
    task = BUILT_IN.task("snli")
    (table,) = (source for source in task.sources if isinstance(source, HubTable))
    options = {**table.options, "rows": {"train": 3}}
    task = task.model_copy(update={"sources": (table.model_copy(update={"options": options}),)})
    assert [example.id for example in mirror.load(task, "train", "en")] == ["0", "1"]


def test_a_convert_branch_is_read_by_its_files_and_not_all_at_once(mirror: Mirror) -> None:
    for folder, text in (("default", "red"), ("other", "blue")):
        columns = {"id": [text], "context": [f"a {text} one"], "question": ["?"]}
        answers = [{"text": [text], "answer_start": [2]}]
        mirror.put("SkelterLabsInc/JaQuAD", f"{folder}/validation/0000.parquet", {**columns, "answers": answers})
    assert mirror.load(small("jaquad", dev=1), "dev", "ja") == [
        SpanExample("red", "?", "a red one", (Answer("red", 2),))
    ]


def test_one_table_of_all_languages_gives_each_its_own(mirror: Mirror) -> None:
    ids = ["korean-1-0", "finnish-1-0", "korean-2-0"]
    answers = [{"text": ["x"], "answer_start": [0]}] * 3
    columns = {"id": ids, "title": ["t"] * 3, "context": ["x"] * 3, "question": ["?"] * 3, "answers": answers}
    mirror.put("google-research-datasets/tydiqa", "secondary_task/validation-0.parquet", columns)
    (mirror.folder / "google-research-datasets/tydiqa/README.md").write_text(
        "---\nconfigs:\n- config_name: secondary_task\n  data_files:\n  - split: validation\n"
        "    path: secondary_task/validation-*\n---\n"
    )
    assert [item.id for item in mirror.load(small("tydiqa", test=2), "test", "ko")] == ["korean-1-0", "korean-2-0"]


def test_tags_get_their_names(mirror: Mirror) -> None:
    columns = {"tokens": [["Ann", "ran"]], "ner_tags": [[1, 0]], "langs": [["en", "en"]]}
    mirror.put("google/xtreme", "PAN-X.en/train-0.parquet", columns)
    (mirror.folder / "google/xtreme/README.md").write_text(
        "---\nconfigs:\n- config_name: PAN-X.en\n  data_files:\n  - split: train\n    path: PAN-X.en/train-*\n---\n"
    )
    assert mirror.load(small("panx", train=1), "train", "en") == [TaggingExample("0", ("Ann", "ran"), ("B-PER", "O"))]
    # Languages that XTREME lacks come from WikiAnn's own table.
    with pytest.raises(UserError, match="the hub mirror has no unimelb-nlp/wikiann"):
        mirror.load(small("panx"), "train", "uk")


def test_other_columns_than_declared_are_told_with_those_there_are(mirror: Mirror) -> None:
    mirror.put("nyu-mll/glue", "mnli/train-0.parquet", {"sentence1": ["a"], "label": [0]})
    (mirror.folder / "nyu-mll/glue/README.md").write_text(
        "---\nconfigs:\n- config_name: mnli\n  data_files:\n  - split: train\n    path: mnli/train-*\n---\n"
    )
    with pytest.raises(UserError, match=r'has no column "premise"\n.*sentence1'):
        mirror.load(small("mnli"), "train", "en")


def test_a_table_that_is_no_parquet_is_refused(mirror: Mirror) -> None:
    folder = mirror.folder / "nyu-mll/glue"
    folder.mkdir(parents=True)
    (folder / "train.csv").write_text("premise,hypothesis,label\na,b,0\n")
    task = small("mnli")
    table = task.sources[-1].model_copy(update={"config": None})
    with pytest.raises(UserError, match="is csv, not parquet"):
        mirror.load(task.model_copy(update={"sources": (table,)}), "train", "en")


def test_a_loading_script_is_never_run(mirror: Mirror, tmp_path: Path) -> None:
    folder = mirror.folder / "nyu-mll/glue"
    folder.mkdir(parents=True)
    (folder / "glue.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.raises(UserError, match="cannot be loaded"):
        mirror.load(small("mnli"), "train", "en")
    assert not (tmp_path / "ran").exists()


def test_a_table_that_changed_is_read_anew_and_one_that_is_gone_is_told(mirror: Mirror) -> None:
    put_xnli(mirror, [2, 0, 1])
    task = small("xnli", test=3)
    assert mirror.load(task, "test", "de")[0].label == "contradiction"
    put_xnli(mirror, [0, 0, 1])
    path = mirror.folder / "facebook/xnli/de/test-00000-of-00001.parquet"
    os.utime(path, ns=(1, 1))
    assert mirror.load(task, "test", "de")[0].label == "entailment"
    path.unlink()
    with pytest.raises(UserError, match=r"facebook/xnli.*cannot be loaded"):
        mirror.load(task, "test", "de")


@pytest.mark.parametrize("harm", ["cut", "empty", "text"])
def test_a_damaged_table_is_told(mirror: Mirror, harm: str) -> None:
    put_xnli(mirror, [2, 0, 1])
    path = mirror.folder / "facebook/xnli/de/test-00000-of-00001.parquet"
    whole = path.read_bytes()
    path.write_bytes({"cut": whole[: len(whole) // 2], "empty": b"", "text": b"premise,hypothesis\n"}[harm])
    with pytest.raises(UserError, match=r"facebook/xnli@[0-9a-f]{40}:de test: cannot be loaded"):
        mirror.load(small("xnli", test=3), "test", "de")


def test_a_split_that_is_not_there_is_told(mirror: Mirror) -> None:
    put_xnli(mirror, [2, 0, 1])
    with pytest.raises(UserError, match="de validation: cannot be loaded"):
        mirror.load(small("xnli", dev=3), "dev", "de")
