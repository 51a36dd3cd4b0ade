"""Means over languages, tasks and groups: gaps stay gaps, nothing counts twice."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepstone.core.errors import UserError
from stepstone.scoring.aggregate import Benchmark, TaskPlan, aggregate, mean_of, score_task
from stepstone.scoring.xtreme import benchmark

SMALL = Benchmark(
    "small",
    {
        "read": TaskPlan(("en", "ja"), ("exact_match", "f1")),
        "tag": TaskPlan(("en", "ja"), ("f1",)),
        "choose": TaskPlan(("ja",), ("accuracy",)),
    },
    {"both": ("tag", "choose"), "choice": ("choose",)},
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


def test_xtreme_has_nine_tasks_and_162_files():
    plan = benchmark("xtreme")
    counts = {task: len(set(entry.languages)) for task, entry in plan.tasks.items()}
    assert counts == {
        "pawsx": 7, "xnli": 15, "panx": 40, "udpos": 33, "bucc2018": 4, "tatoeba": 36, "xquad": 11,
        "mlqa": 7, "tydiqa": 9,
    }  # fmt: skip
    assert "en" not in plan.tasks["tatoeba"].languages + plan.tasks["bucc2018"].languages


def test_xtreme_r_has_ten_tasks_and_its_languages():
    plan = benchmark("xtreme-r")
    counts = {task: len(set(entry.languages)) for task, entry in plan.tasks.items() if task != "lareqa"}
    assert counts == {
        "xnli": 15, "panx": 48, "udpos": 38, "tatoeba": 41, "xcopa": 11, "mewslix": 11, "xquad": 12,
        "mlqa": 7, "tydiqa": 9,
    }  # fmt: skip


def full(plan, value=40.0):
    return {
        task: {language: dict.fromkeys(entry.metrics, value) for language in entry.languages}
        for task, entry in plan.tasks.items()
    }


def test_xtreme_r_has_a_total_only_when_mended():
    official, mended = benchmark("xtreme-r"), benchmark("xtreme-r", "corrected")
    assert aggregate(full(official), official).all_task is None
    assert aggregate(full(mended), mended).all_task == pytest.approx(40)


@pytest.mark.parametrize("name", ["xtreme", "xtreme-r"])
def test_corrected_groups_hold_every_task_once(name):
    plan = benchmark(name, "corrected")
    grouped = [task for tasks in plan.groups.values() for task in tasks]
    assert sorted(grouped) == sorted(plan.tasks)
    assert plan.tasks["udpos"].metrics == ("accuracy",)


def test_an_unknown_benchmark_names_the_nearest():
    with pytest.raises(UserError, match='did you mean "xtreme-r"'):
        benchmark("xtreme_r")


def test_tydiqa_without_english_is_another_mean():
    scores = {"en": {"f1": 90.0}, "ko": {"f1": 60.0}, "te": {"f1": 40.0}}
    assert score_task(scores, TaskPlan(("en", "ko", "te"), ("f1",))).score == pytest.approx(190 / 3)
    assert score_task(scores, TaskPlan(("ko", "te"), ("f1",))).score == 50
