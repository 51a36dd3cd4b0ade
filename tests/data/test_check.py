"""The check counts what is there, gathers every error, and finds what a model would have seen before."""

from __future__ import annotations

import json

import pytest

from stepstone.audit.check import SplitReport, TaskReport, check_task
from stepstone.audit.compare import empty_fields, label_counts, num_duplicates
from stepstone.audit.findings import is_spotless
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.example import ChoiceExample, TaggingExample, TextExample
from stepstone.core.place import Place

from .conftest import DataFolder


def row(text: str, label: str = "neutral") -> dict[str, object]:
    return {"sentence1": text, "sentence2": "It is wet.", "gold_label": label}


def part(report: TaskReport, split: str, language: str) -> SplitReport:
    (found,) = (item for item in report.splits if (item.split, item.language) == (split, language))
    return found


def test_rows_labels_and_what_is_dropped_are_counted(data: DataFolder) -> None:
    path = data.write_lines("snli_1.0_train.jsonl", row("A"), row("A", "entailment"), row("B", "-"), row(" "))
    report = check_task(BUILT_IN.task("snli"), data.place)
    train = part(report, "train", "en")
    assert (train.num_examples, train.num_dropped, train.num_declared) == (3, 1, 549_367)
    assert train.labels == {"neutral": 2, "entailment": 1}
    assert (train.num_duplicates, train.num_contradicting) == (1, 1)
    assert train.empty == {"text": 1} and train.files == {str(path): 4}
    assert train.content.startswith("files:") and not report.num_errors
    assert "no data of dev" in part(report, "dev", "en").missing


def test_every_error_is_gathered_with_its_line(data: DataFolder) -> None:
    bad = [json.dumps(row("A", label)) for label in ("neutral", "maybe", "perhaps")]
    path = data.write("snli_1.0_dev.jsonl", "\n".join([*bad, '{"cut']) + "\n")
    report = check_task(BUILT_IN.task("snli"), data.place)
    dev = part(report, "dev", "en")
    assert (dev.num_examples, dev.num_errors) == (1, 3)
    assert [error.split(" (")[0] for error in dev.errors] == [f"{path}, line {line}" for line in (2, 3, 4)]


def test_stripped_labels_are_counted(data: DataFolder) -> None:
    data.write("pawsx/test-ja.tsv", "A\tB\nC\tD\n")
    test = part(check_task(BUILT_IN.task("pawsx"), data.place), "test", "ja")
    assert (test.num_unlabelled, test.labels, test.num_errors) == (2, {"(none)": 2}, 0)


def test_test_examples_that_training_held_are_found(data: DataFolder) -> None:
    data.write_lines("snli_1.0_train.jsonl", row("A"), row("B"))
    data.write_lines("snli_1.0_test.jsonl", row("A", "entailment"), row("C"))
    report = check_task(BUILT_IN.task("snli"), data.place)
    (overlap,) = report.overlaps
    assert (overlap.evaluated, overlap.known) == ("snli test en", "snli train en")
    assert (overlap.num_shared, overlap.num_evaluated) == (1, 2) and not is_spotless(report)


def test_passages_that_another_tasks_selection_saw_are_found(data: DataFolder) -> None:
    answers = [{"text": "fox", "answer_start": 4}]
    data.write_squad("dev-v1.1.json", "the fox", {"id": "1", "question": "Who?", "answers": answers})
    data.write_squad("xquad.en.json", "the fox", {"id": "1", "question": "What?", "answers": answers})
    (overlap,) = check_task(BUILT_IN.task("xquad"), data.place).overlaps
    assert (overlap.known, overlap.num_shared, overlap.num_shared_passages) == ("squad dev en", 0, 1)


def test_passages_in_the_text_for_pretraining_are_found(data: DataFolder) -> None:
    answers = [{"text": "fox", "answer_start": 4}]
    data.write_squad(
        "xquad.de.json", "the  fox", {"id": "1", "question": "?", "answers": [{**answers[0], "answer_start": 5}]}
    )
    data.write("mlm/wiki/de.txt", "a\tthe fox\n")
    data.write("mlm/news/de.txt", "a\ta fox\n")
    (overlap,) = check_task(BUILT_IN.task("xquad"), data.place).overlaps
    assert (overlap.known, overlap.num_shared_passages) == ("text wiki de", 1)


def test_a_report_is_plain_json(data: DataFolder) -> None:
    data.write_lines("snli_1.0_train.jsonl", row("A"))
    report = check_task(BUILT_IN.task("snli"), data.place)
    assert TaskReport.model_validate(json.loads(json.dumps(report.model_dump(mode="json")))) == report


def test_joined_tasks_are_checked_by_their_parts(data: DataFolder) -> None:
    for number in (1, 2, 3):
        data.write_lines(f"anli_v1.0/R{number}/dev.jsonl", {"context": "a", "hypothesis": "b", "label": "c"})
    data.write_lines("multinli_1.0_dev_matched.jsonl", row("A"))
    data.write_lines("snli_1.0_dev.jsonl", row("A", "-"), row("B"))
    dev = part(check_task(BUILT_IN.task("anli_plus"), data.place), "dev", "en")
    assert (dev.num_examples, dev.num_dropped, len(dev.files)) == (5, 1, 5)


def test_texts_are_those_that_a_model_reads() -> None:
    choice = ChoiceExample("0", "", "Why?", ("a", "b"), 1)
    assert choice.texts == {"context and question": "Why?", "option 0": "a", "option 1": "b"}
    assert empty_fields([choice, TextExample("1", "\t", None, "x")]) == {"text": 1}
    assert label_counts([TaggingExample("0", ("a", "b"), ("X", "X"))]) == {"X": 2}
    assert num_duplicates([choice, choice]) == (1, 0)


@pytest.mark.slow
def test_xquad_is_found_inside_squads_dev_set(shared_place: Place) -> None:
    task = BUILT_IN.task("xquad")
    english = task.model_copy(update={"languages": {"test": ("en",)}})
    overlaps = {item.known: item.num_shared_passages for item in check_task(english, shared_place).overlaps}
    assert overlaps == {"squad train en": 0, "squad dev en": 1190}


@pytest.mark.slow
def test_mlqas_passages_are_found_in_the_text(shared_place: Place) -> None:
    german = BUILT_IN.task("mlqa").model_copy(update={"languages": {"dev": ("de",)}})
    (overlap,) = check_task(german, shared_place).overlaps
    assert (overlap.known, overlap.num_shared_passages) == ("text wiki_contexts de", 512)


@pytest.mark.slow
def test_the_article_in_both_halves_of_a_sample_is_found(shared_place: Place) -> None:
    (overlap,) = check_task(BUILT_IN.task("squad2"), shared_place).overlaps
    assert 0 < overlap.num_shared_passages < overlap.num_evaluated


def test_a_language_that_a_file_of_many_lacks_is_missing_and_not_wrong(data: DataFolder) -> None:
    answers = [{"text": "fox", "answer_start": 4}]
    data.write_squad("tydiqa-goldp-v1.1-dev.json", "the fox", {"id": "finnish-1", "question": "?", "answers": answers})
    report = check_task(BUILT_IN.task("tydiqa"), data.place)
    assert part(report, "test", "fi").num_examples == 1 and report.num_errors == 0
    assert 'holds no example in "ko"' in part(report, "test", "ko").missing


def test_a_file_without_any_example_is_an_error(data: DataFolder) -> None:
    data.write("dev-v1.1.json", '{"data": []}')
    dev = part(check_task(BUILT_IN.task("squad"), data.place), "dev", "en")
    assert not dev.missing and dev.num_errors == 1 and "holds no example" in dev.errors[0]


def test_the_check_refuses_what_loading_refuses(data: DataFolder) -> None:
    question = {"id": "1", "question": "?", "answers": [{"text": "fox", "answer_start": 4}]}
    data.write_squad("dev-v1.1.json", "the fox", question, question)
    dev = part(check_task(BUILT_IN.task("squad"), data.place), "dev", "en")
    assert dev.num_examples == 1 and 'the id "1" was seen before' in dev.errors[0]


def test_files_that_cannot_be_used_are_errors_and_not_missing(data: DataFolder) -> None:
    data.write("de-en.sample.gold", "de-1\ten-1\n")
    data.write("fr-en.sample.fr", "fr-1\tun\n")
    report = check_task(BUILT_IN.task("bucc2018"), data.place)
    told = {item.language: (item.missing, item.errors) for item in report.splits if item.split == "dev"}
    assert "de-en.sample.gold: is read together with a file that is not there" in told["de"][1][0]
    assert (
        "fr-en.sample.en (bucc2018 dev, fr): is read together with fr-en.sample.fr, but is missing" in told["fr"][1][0]
    )
    assert told["ru"][0] and not told["ru"][1]


def test_files_that_are_passed_over_are_compared_with_those_that_are_read(data: DataFolder) -> None:
    data.write("pawsx/test_labelled/test-de.tsv", "A\tB\t1\nC\tD\t0\n")
    path = data.write("pawsx/test-de.tsv", "A\tB\nC\tX\n")
    (copy,) = part(check_task(BUILT_IN.task("pawsx"), data.place), "test", "de").passed_over
    assert copy.files == (str(path),)
    assert (copy.num_rows, copy.num_unlabelled, copy.num_other_texts, copy.num_other_labels) == (2, 2, 1, 0)


def test_labels_that_differ_between_translations_are_counted_and_unrelated_rows_are_not(data: DataFolder) -> None:
    for language, labels in {"en": "0101010101", "de": "1101010101", "fr": "1010101010", "ja": "0101010101"}.items():
        rows = (f"{language} {number}\tB\t{label}\n" for number, label in enumerate(labels))
        data.write(f"pawsx/dev-{language}.tsv", "".join(rows))
    (found,) = check_task(BUILT_IN.task("pawsx"), data.place).differences
    assert (found.language, found.other, found.num_compared, found.num_different) == ("de", "en", 10, 1)


def test_a_label_that_a_language_never_has_is_told(data: DataFolder) -> None:
    data.write("pawsx/dev-de.tsv", "A\tB\t1\n")
    assert part(check_task(BUILT_IN.task("pawsx"), data.place), "dev", "de").absent_labels == ("0",)


def test_damaged_text_for_pretraining_is_the_texts_error_and_nobody_elses(data: DataFolder) -> None:
    data.write("mlm/news/de.txt", "no id\n")
    data.write("pawsx/dev-de.tsv", "A\tB\t1\nC\tD\t0\n")
    assert check_task(BUILT_IN.task("pawsx"), data.place).num_errors == 0
    assert "news/de.txt, line 1" in part(check_task(BUILT_IN.task("text"), data.place), "train", "de").errors[0]


def test_words_of_a_language_without_blanks_are_found_in_its_text(data: DataFolder) -> None:
    data.write("panx/dev-ja.tsv", "京\tB-LOC\n都\tI-LOC\nへ\tO\n")
    data.write("mlm/news/ja.txt", "a\t京都へ\n")
    (overlap,) = check_task(BUILT_IN.task("panx"), data.place).overlaps
    assert (overlap.known, overlap.num_shared_passages) == ("text news ja", 1)
