"""XTREME's files: what a line is, which files must be there."""

from __future__ import annotations

import json

import pytest

from scoring.driver import file_name, score_files, score_submission
from scoring.xtreme import benchmark
from stepstone.core.benchmark import Benchmark, BenchmarkTask
from stepstone.core.errors import UserError
from stepstone.scoring.errors import OfficialFailure
from stepstone.scoring.submission import read_json, read_tags

ANSWERS = json.dumps({"data": [{"paragraphs": [{"context": "", "qas": [{"id": "q", "answers": [{"text": "oar"}]}]}]}]})


def test_tags_are_whole_lines_and_double_blank_lines_are_empty_sentences():
    assert read_tags("\nsea\tNOUN\r\n \nX") == [[], ["sea\tNOUN"], ["X"]]


def test_a_key_data_is_unwrapped_for_predictions_too():
    assert read_json('{"data": {"q": "oar"}}') == {"q": "oar"}
    assert read_json('{"q": "oar"}') == {"q": "oar"}
    assert score_files("xquad", "en", ANSWERS, '{"data": {"q": "an oar"}}') == {"exact_match": 100, "f1": 100}
    assert score_files("mlqa", "de", ANSWERS, '{"q": "das oar"}')["f1"] == 100


@pytest.mark.parametrize(
    ("task", "labels", "predictions", "official"),
    [
        ("xnli", "neutral\n", "neutral\n\n", "AssertionError"),
        ("xnli", "", "", "ZeroDivisionError"),
        ("xcopa", '{"label": 1}\n', "\n", "JSONDecodeError"),
        ("xcopa", '{"label": 1}\n', '{"lable": 1}\n', "KeyError"),
        ("panx", "O\n\nO\n", "O\n", "AssertionError"),
        ("panx", "O\nO\n", "O\n", "ValueError"),
        ("tydiqa", ANSWERS, "{", "JSONDecodeError"),
        ("tydiqa", '{"data": []}', "{}", "ZeroDivisionError"),
    ],
)
def test_what_stops_the_official_script_is_a_named_error(task, labels, predictions, official):
    with pytest.raises(OfficialFailure) as failure:
        score_files(task, "en", labels, predictions)
    assert failure.value.official == official


def test_a_task_without_reader_is_refused():
    with pytest.raises(UserError, match="lareqa"):
        score_files("lareqa", "en", "", "")


def test_a_blank_line_is_one_more_mined_pair_and_a_third_column_never_matches():
    assert score_files("bucc2018", "fr", "f1\te1\n", "f1\te1\n\n")["precision"] == 50
    assert score_files("bucc2018", "fr", "f1\te1\n", "f1\te1\t1.2\n")["f1"] == 0


def test_files_end_in_what_the_task_is():
    names = [file_name(task, "ta") for task in ("xnli", "tydiqa", "mewslix", "xcopa")]
    assert names == ["xnli/test-ta.tsv", "tydiqa/test-ta.json", "mewslix/test-ta.json", "xcopa/test-ta.jsonl"]


XNLI = BenchmarkTask(task="xnli", groups=("classification",), languages=("ja", "th"), metrics=("accuracy",))
SMALL = Benchmark(name="small", title="small", parts=(XNLI,))


def test_a_task_is_scored_if_both_folders_exist_and_then_needs_every_language():
    labels = {"xnli/test-ja.tsv": "neutral\n", "xnli/test-th.tsv": "neutral\n"}
    assert score_submission(labels, labels, SMALL).all_task == 100
    with pytest.raises(OfficialFailure, match=r"predictions/xnli/test-th\.tsv") as failure:
        score_submission(labels, {"xnli/test-ja.tsv": "neutral\n"}, SMALL)
    assert failure.value.official == "FileNotFoundError"
    with pytest.raises(UserError, match="no task"):
        score_submission(labels, {}, SMALL)


def test_a_folder_for_lareqa_alone_is_passed_over():
    files = {"xnli/test-ja.tsv": "neutral\n", "xnli/test-th.tsv": "neutral\n", "lareqa/": ""}
    lareqa = next(part for part in benchmark("xtreme-r").parts if part.task == "lareqa")
    xcopa = BenchmarkTask(task="xcopa", groups=(), languages=("et",), metrics=("accuracy",))
    plan = Benchmark(name="small", title="small", parts=(XNLI, lareqa, xcopa))
    assert score_submission(files, files, plan).groups == {"classification": 100}
