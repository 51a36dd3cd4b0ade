"""Loading: examples in order, identities that follow the bytes, and every mistake told with its place."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.example import Answer, SentenceExample, SpanExample, TextExample
from stepstone.core.place import Place
from stepstone.data.formats.log import Log
from stepstone.data.load import available, data_identity, load_examples
from stepstone.data.running_text import load_text, text_content
from stepstone.store.stamped import read_stamped, write_stamped

from .conftest import DataFolder

MNLI = "multinli_1.0_train.jsonl"


def inference_row(label: str = "neutral", **more: object) -> dict[str, object]:
    return {"sentence1": "It rains.", "sentence2": "It is wet.", "gold_label": label, **more}


def refusal(data: DataFolder, task: str, split: str, language: str) -> str:
    with pytest.raises(UserError) as caught:
        load_examples(BUILT_IN.task(task), split, language, data.place)
    return str(caught.value)


def test_examples_come_in_order_and_are_numbered_without_the_dropped(data: DataFolder) -> None:
    data.write_lines(MNLI, inference_row("neutral"), inference_row("-"), inference_row("entailment"))
    log = Log()
    examples = load_examples(BUILT_IN.task("mnli"), "train", "en", data.place, log)
    assert examples == [
        TextExample("0", "It rains.", "It is wet.", "neutral"),
        TextExample("1", "It rains.", "It is wet.", "entailment"),
    ]
    assert log.skipped == {"rows that are no examples": 1}


def test_two_layouts_of_one_release_give_the_same_examples(data: DataFolder, tmp_path: Path) -> None:
    glue = DataFolder(tmp_path / "glue", tmp_path / "cache")
    glue.write("MNLI/train.tsv", "index\tsentence1\tsentence2\tgold_label\n7\tIt rains.\tIt is wet.\tneutral\n")
    data.write_lines(MNLI, inference_row("-"), inference_row("neutral"))
    task = BUILT_IN.task("mnli")
    assert load_examples(task, "train", "en", glue.place) == load_examples(task, "train", "en", data.place)


def test_a_file_of_all_languages_gives_each_its_own(data: DataFolder) -> None:
    header = "language\tgold_label\tsentence1\tsentence2\n"
    rows = "de\tneutral\tA\tB\nfr\tneutral\tC\tD\nde\tentailment\tE\tF\n"
    data.write("XNLI-1.0/xnli.dev.tsv", header + rows)
    log = Log()
    examples = load_examples(BUILT_IN.task("xnli"), "dev", "de", data.place, log)
    assert [(example.id, getattr(example, "text", "")) for example in examples] == [("0", "A"), ("1", "E")]
    assert not log.skipped  # another language's rows are not left out of this one
    assert 'xnli.dev.tsv (xnli dev, sw): holds no example in "sw"' in refusal(data, "xnli", "dev", "sw")


def test_ids_part_the_languages_of_tydiqa(data: DataFolder) -> None:
    answer = {"text": "red", "answer_start": 0}
    questions = [{"id": f"{name}-1-0", "question": "?", "answers": [answer]} for name in ("finnish", "korean")]
    data.write_squad("tydiqa-goldp-v1.1-dev.json", "red one", *questions)
    (example,) = load_examples(BUILT_IN.task("tydiqa"), "test", "ko", data.place)
    assert example == SpanExample("korean-1-0", "?", "red one", (Answer("red", 0),))


def test_a_labelled_test_file_goes_before_a_stripped_one(data: DataFolder) -> None:
    data.write("xnli/test-de.tsv", "A\tB\n")
    task = BUILT_IN.task("xnli")
    (stripped,) = load_examples(task, "test", "de", data.place)
    assert stripped == TextExample("0", "A", "B", None)
    data.write("xnli/test_labelled/test-de.tsv", "A\tB\tneutral\n")
    (labelled,) = load_examples(task, "test", "de", data.place)
    assert labelled == TextExample("0", "A", "B", "neutral")


def test_stripped_answers_are_unknown_and_not_unanswerable(data: DataFolder) -> None:
    question = {"id": "1", "question": "?", "answers": [{"text": "", "answer_start": 0}]}
    data.write_squad("MLQA_V1/test/test-context-de-question-de.json", "text", question)
    (example,) = load_examples(BUILT_IN.task("mlqa"), "test", "de", data.place)
    assert isinstance(example, SpanExample) and example.answers is None
    data.write_squad("dev-v2.0.json", "text", {"id": "1", "question": "?", "answers": [], "is_impossible": True})
    (unanswerable,) = load_examples(BUILT_IN.task("squad2"), "dev", "en", data.place)
    assert isinstance(unanswerable, SpanExample) and unanswerable.answers == ()


def test_joined_tasks_keep_their_parts_apart_by_id(data: DataFolder) -> None:
    for part in ("R1", "R2", "R3"):
        data.write_lines(
            f"anli_v1.0/{part}/train.jsonl", {"uid": "u", "context": part, "hypothesis": "h", "label": "e"}
        )
    data.write_lines(MNLI, inference_row())
    task = BUILT_IN.task("anli_plus")
    assert "snli_1.0_train.jsonl" in str(available(task, "train", "en", data.place))
    data.write_lines("snli_1.0_train.jsonl", inference_row("-"), inference_row("contradiction"))
    assert available(task, "train", "en", data.place) is None
    examples = load_examples(task, "train", "en", data.place)
    assert [example.id for example in examples] == ["anli_r1/0", "anli_r2/0", "anli_r3/0", "mnli/0", "snli/0"]
    assert data_identity(task, "train", "en", data.place).count("files:") == 5


# What is refused


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"sentence1": "a", "gold_label": "neutral"}', 'the row has no field "hypothesis"'),
        ('{"sentence1": "a", "sentence2": 3, "gold_label": "neutral"}', 'the field "hypothesis" is 3, not a text'),
        ('{"sentence1": "a", "sentence2": "b", "gold_label": "maybe"}', '"maybe" is not a label of this task'),
        ('{"sentence1": "a", "sentence2": "b"}', "the example has no label"),
        ('{"sentence1": "a", "sent', "is not JSON"),
    ],
)
def test_a_bad_row_is_told_with_file_line_task_and_language(data: DataFolder, line: str, message: str) -> None:
    path = data.write(MNLI, json.dumps(inference_row()) + "\n" + line + "\n")
    told = refusal(data, "mnli", "train", "en")
    assert told.startswith(f"{path}, line 2 (mnli train, en): ") and message in told


def test_a_long_text_is_cut_short_in_a_message(data: DataFolder) -> None:
    data.write_lines(MNLI, inference_row("x" * 500))
    assert len(refusal(data, "mnli", "train", "en").replace(str(data.folder), "")) < 300


def test_an_answer_elsewhere_than_its_offset_is_told_with_its_path(data: DataFolder) -> None:
    question = {"id": "1", "question": "?", "answers": [{"text": "fox", "answer_start": 3}]}
    path = data.write_squad("train-v1.1.json", "the fox", question)
    told = refusal(data, "squad", "train", "en")
    assert told.startswith(f"{path}, data[0].paragraphs[0].qas[0] (squad train, en): ")
    assert 'the answer "fox" is not at offset 3, where " fo" stands' in told


@pytest.mark.parametrize(
    "answers",
    [None, "fox", [{"text": "fox"}], [{"text": "fox", "answer_start": -4}], [["fox", 4]], [{"answer_start": 4}]],
)
def test_answers_of_another_shape_are_refused(data: DataFolder, answers: object) -> None:
    data.write_squad("train-v1.1.json", "the fox", {"id": "1", "question": "?", "answers": answers})
    assert "data[0].paragraphs[0].qas[0]" in refusal(data, "squad", "train", "en")


def test_an_id_that_stands_twice_is_refused(data: DataFolder) -> None:
    question = {"id": "1", "question": "?", "answers": [{"text": "fox", "answer_start": 4}]}
    data.write_squad("train-v1.1.json", "the fox", question, question)
    assert re.search(r'the id "1" was seen before, at .*qas\[0\]', refusal(data, "squad", "train", "en"))


def test_training_data_must_be_labelled_and_test_data_need_not(data: DataFolder) -> None:
    data.write("pawsx/dev-de.tsv", "A\tB\n")
    data.write("pawsx/test-de.tsv", "A\tB\n")
    assert "the example has no label" in refusal(data, "pawsx", "dev", "de")
    assert len(load_examples(BUILT_IN.task("pawsx"), "test", "de", data.place)) == 1


def test_missing_data_tells_patterns_folders_and_the_hub_table(data: DataFolder) -> None:
    told = refusal(data, "xnli", "test", "de")
    assert "XNLI-1.0/xnli.test.tsv, xnli/test_labelled/test-de.tsv, xnli/test-de.tsv" in told
    assert f"in: {data.folder}" in told
    assert re.search(r"hub table: facebook/xnli@[0-9a-f]{40} \(the hub is switched off\)", told)
    assert available(BUILT_IN.task("xnli"), "test", "de", data.place) == told
    with_hub = data.place.model_copy(update={"use_hub": True})
    assert available(BUILT_IN.task("xnli"), "test", "de", with_hub) is None


def test_splits_and_languages_that_a_task_lacks_are_told(data: DataFolder) -> None:
    assert 'xnli has no test in "ja"' in refusal(data, "xnli", "test", "ja")
    assert 'did you mean "test"' in refusal(data, "xnli", "tests", "de")


# Identity


def test_content_follows_bytes_and_not_names_or_folders(data: DataFolder, tmp_path: Path) -> None:
    path = data.write_lines(MNLI, inference_row())
    task = BUILT_IN.task("mnli")
    before = data_identity(task, "train", "en", data.place)
    assert re.fullmatch("files:[0-9a-f]{64}", before)
    moved = tmp_path / "moved" / "deep"
    moved.mkdir(parents=True)
    shutil.copy(path, moved)
    other = data.place.model_copy(update={"folders": (tmp_path / "moved",), "cache": tmp_path / "other"})
    assert data_identity(task, "train", "en", other) == before
    data.write_lines(MNLI, inference_row("entailment"))
    assert data_identity(task, "train", "en", data.place) != before


def test_content_is_remembered_until_the_file_changes(data: DataFolder) -> None:
    path = data.write_lines(MNLI, inference_row())
    task = BUILT_IN.task("mnli")
    before = data_identity(task, "train", "en", data.place)
    (note,) = (data.place.cache / "digests").iterdir()
    known = json.loads(read_stamped(note))
    write_stamped(note, json.dumps(known | {"sha256": "0" * 64}).encode())
    assert data_identity(task, "train", "en", data.place) != before
    os.utime(path, ns=(1, 1))
    assert data_identity(task, "train", "en", data.place) == before
    note.write_text("{ damaged")
    assert data_identity(task, "train", "en", data.place) == before


def test_companions_are_part_of_the_content(data: DataFolder) -> None:
    data.write("tatoeba.deu-eng.deu", "eins\n")
    data.write("tatoeba.deu-eng.eng", "one\n")
    task = BUILT_IN.task("tatoeba")
    before = data_identity(task, "test", "de", data.place)
    data.write("tatoeba.deu-eng.eng", "two\n")
    assert data_identity(task, "test", "de", data.place) != before


def test_the_hub_is_named_by_its_revision(data: DataFolder) -> None:
    place = Place(folders=(data.folder,), cache=data.place.cache)
    named = data_identity(BUILT_IN.task("xnli"), "test", "de", place)
    assert re.fullmatch("hub:facebook/xnli@[0-9a-f]{40}:de", named)


# Running text


def test_text_is_read_by_language_and_corpus(data: DataFolder) -> None:
    data.write("mlm/news/de.txt", "a.1\teins\na.2\tzwei\n")
    data.write("mlm/news/en.txt", "a.1\tone\n")
    data.write("mlm/talk/en.txt", "a.1\tother\n")
    task = BUILT_IN.task("text")
    sentences = load_text(task, ("de", "en"), (), data.place)
    assert sentences[0] == SentenceExample("a.1", "news", "news/a", "eins", "de")
    assert [sentence.text for sentence in sentences] == ["eins", "zwei", "one", "other"]
    assert [sentence.text for sentence in load_text(task, ("en",), ("talk",), data.place)] == ["other"]


def test_text_that_is_missing_is_told(data: DataFolder) -> None:
    data.write("mlm/news/de.txt", "a\teins\n")
    task = BUILT_IN.task("text")
    with pytest.raises(UserError, match=r'no text in "en"\n  looked for: mlm/\*/en.txt'):
        load_text(task, ("de", "en"), (), data.place)
    with pytest.raises(UserError, match='the corpus "talk" is in none of de'):
        load_text(task, ("de",), ("news", "talk"), data.place)


def test_text_content_follows_the_corpora_asked_for(data: DataFolder) -> None:
    data.write("mlm/news/de.txt", "a\teins\n")
    data.write("mlm/talk/de.txt", "a\tzwei\n")
    task = BUILT_IN.task("text")
    assert text_content(task, ("de",), ("news",), data.place) != text_content(task, ("de",), (), data.place)
