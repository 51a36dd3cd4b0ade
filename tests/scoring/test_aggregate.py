"""Means over languages, tasks and groups: gaps stay gaps, nothing counts twice."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.xtreme import benchmark
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.benchmark import Benchmark, BenchmarkTask
from stepstone.core.errors import UserError
from stepstone.scoring.aggregate import aggregate, mean_of, score_task

SMALL = Benchmark(
    name="small",
    title="small",
    parts=(
        BenchmarkTask(task="read", groups=(), languages=("en", "ja"), metrics=("exact_match", "f1")),
        BenchmarkTask(task="tag", groups=("both",), languages=("en", "ja"), metrics=("f1",)),
        BenchmarkTask(task="choose", groups=("both", "choice"), languages=("ja",), metrics=("accuracy",)),
    ),
)
SCORES = {
    "read": {"en": {"exact_match": 60.0, "f1": 80.0}, "ja": {"exact_match": 20.0, "f1": 40.0}},
    "tag": {"en": {"f1": 90.0, "precision": 80.0}, "ja": {"f1": 70.0, "precision": 60.0}},
    "choose": {"ja": {"accuracy": 50.0}},
}


def without(task, language):
    return SCORES | {task: {key: value for key, value in SCORES[task].items() if key != language}}


def test_a_benchmark_is_the_mean_of_its_tasks_not_of_its_groups():
    result = aggregate(SCORES, SMALL)
    assert {task: score.score for task, score in result.tasks.items()} == {"read": 50, "tag": 80, "choose": 50}
    assert result.groups == {"both": 65, "choice": 50}
    assert result.all_task == 60
    assert result.tasks["tag"].means == {"f1": 80, "precision": 70}


def test_a_missing_language_makes_gaps_all_the_way_up():
    result = aggregate(without("tag", "ja"), SMALL)
    assert result.tasks["tag"].score is None
    assert result.tasks["tag"].missing == ("ja",)
    assert result.tasks["tag"].means["f1"] is None
    assert result.groups == {"both": None, "choice": 50}
    assert result.all_task is None


@pytest.mark.parametrize("gap", [None, float("nan")])
def test_none_and_nan_are_gaps(gap):
    result = aggregate(SCORES | {"choose": {"ja": {"accuracy": gap}}}, SMALL)
    assert result.all_task is None and result.tasks["choose"].missing == ("ja",)


def test_a_missing_task_leaves_the_others_and_no_total():
    result = aggregate({"choose": SCORES["choose"]}, SMALL)
    assert result.groups == {"both": None, "choice": 50}
    assert result.all_task is None
    assert set(result.tasks) == {"choose"}


def test_languages_and_tasks_outside_the_plan_change_nothing():
    more = SCORES | {
        "choose": {"ja": {"accuracy": 50.0}, "qu": {"accuracy": 0.0}},
        "other": {"ja": {"accuracy": 0.0}},
    }
    assert aggregate(more, SMALL) == aggregate(SCORES, SMALL)


def test_nothing_to_average_is_an_error():
    with pytest.raises(UserError, match="its tasks are read, tag, choose"):
        aggregate({"other": {}}, SMALL)


@given(st.lists(st.floats(0, 100), min_size=1))
def test_a_mean_is_bounded_and_free_of_order(values):
    mean = mean_of(values)
    assert min(values) - 1e-9 <= mean <= max(values) + 1e-9
    assert mean == mean_of(values[::-1])


@given(st.lists(st.one_of(st.none(), st.just(math.nan), st.floats(0, 100))))
def test_a_mean_is_there_exactly_if_nothing_is_missing(values):
    complete = bool(values) and all(value is not None and not math.isnan(value) for value in values)
    assert (mean_of(values) is not None) == complete


@pytest.mark.parametrize("name", ["xtreme", "xtreme-r"])
def test_the_catalogue_counts_what_the_official_script_lists(name):
    official = {part.task: part for part in benchmark(name).parts}
    declared = {part.task.removesuffix("_r"): part for part in BUILT_IN.benchmark(name).parts}
    assert set(declared) == set(official)
    for task in set(official) - {"lareqa"}:
        assert sorted(declared[task].languages) == sorted(official[task].languages)
        assert declared[task].metrics == official[task].metrics


@pytest.mark.parametrize(("name", "num_files"), [("xtreme", 162), ("xtreme-r", 192)])
def test_a_benchmark_has_its_files(name, num_files):
    assert sum(len(part.languages) for part in benchmark(name).parts if part.task != "lareqa") == num_files


def _score(scores, *languages):
    return score_task(scores, BenchmarkTask(task="tydiqa", groups=(), languages=languages, metrics=("f1",)))


def test_tydiqa_without_english_is_another_mean():
    scores = {"en": {"f1": 90.0}, "ko": {"f1": 60.0}, "te": {"f1": 40.0}}
    assert _score(scores, "en", "ko", "te").score == pytest.approx(190 / 3)
    assert _score(scores, "ko", "te").score == 50
