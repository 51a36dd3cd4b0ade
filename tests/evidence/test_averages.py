"""A benchmark's average is the mean over tasks of the mean over languages, and a gap wherever anything is missing."""

from __future__ import annotations

import math
from types import ModuleType

import pandas as pd
import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.analysis import Primary
from stepstone.core.benchmark import Benchmark, BenchmarkTask
from stepstone.core.study import Study
from stepstone.core.target import Target
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.compare import Comparison, compare
from stepstone.evidence.frame import collect

pytestmark = pytest.mark.slow

NAME = "xtreme-mr"
QUICK = Settings(num_resamples=200, num_permutations=199)
PARTS = BUILT_IN.benchmark(NAME).parts
LANGUAGES = tuple(dict.fromkeys(code for part in PARTS for code in part.languages))


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> tuple[pd.DataFrame, Study]:
    """All scores of a study that names the benchmark; an intermediate task adds 20 points to each."""
    world = synthetic.World(
        intermediates={"mnli": ("en",)},
        targets=tuple(part.task for part in PARTS),
        languages=LANGUAGES,
        groups={"world": LANGUAGES},
        seeds=(1, 2, 3),
        num_examples=25,
        effect=lambda model, condition, target, language: 0.2 if condition == "mnli.en" else 0.0,
        seedless=frozenset({"tatoeba"}),
    )
    plan, store = synthetic.make(tmp_path_factory.mktemp("whole"), world)
    return collect(plan, store), plan.study.model_copy(update={"benchmarks": (NAME,)})


@pytest.fixture(scope="module")
def whole(gathered: tuple[pd.DataFrame, Study]) -> Comparison:
    return compare(*gathered, QUICK)


def rows_of(comparison: Comparison, condition: str) -> dict[tuple[str, str], float]:
    own = comparison.scores[comparison.scores["condition"] == condition]
    return dict(zip(zip(own["target"], own["part"], strict=True), own["value"], strict=True))


def test_it_is_the_plain_mean_over_tasks_of_the_means_over_the_benchmarks_languages(whole: Comparison) -> None:
    for condition in ("none", "mnli.en"):
        values = rows_of(whole, condition)
        means = [sum(values[part.task, code] for code in part.languages) / len(part.languages) for part in PARTS]
        assert values[NAME, "all tasks"] == pytest.approx(sum(means) / len(means))


def test_its_gain_is_paired_tested_and_decided(whole: Comparison) -> None:
    gain = whole.gains[whole.gains["target"] == NAME].iloc[0]
    values = {condition: rows_of(whole, condition)[NAME, "all tasks"] for condition in ("none", "mnli.en")}
    assert gain["value"] == pytest.approx(values["mnli.en"] - values["none"])
    assert gain["verdict"] == "higher" and gain["low"] < 20 < gain["high"]
    assert gain["basis"] == "seeds and examples"


def test_one_missing_score_makes_it_a_gap_and_not_a_smaller_mean(gathered: tuple[pd.DataFrame, Study]) -> None:
    frame, study = gathered
    lost = (frame["target"] == "xcopa") & (frame["language"] == "qu") & (frame["condition"] == "mnli.en")
    holed = frame.assign(
        value=frame["value"].mask(lost), predictions=frame["predictions"].astype(object).where(~lost, None)
    )
    comparison = compare(holed, study, QUICK)
    assert math.isnan(rows_of(comparison, "mnli.en")[NAME, "all tasks"])
    assert rows_of(comparison, "none")[NAME, "all tasks"] > 0
    gain = comparison.gains[comparison.gains["target"] == NAME].iloc[0]
    assert (gain["verdict"], gain["num_missing"]) == ("gap", 1)
    assert gain["num_parts"] == sum(len(part.languages) for part in PARTS)


def test_what_the_study_does_not_evaluate_is_told(gathered: tuple[pd.DataFrame, Study]) -> None:
    frame, study = gathered
    comparison = compare(frame[frame["language"] != "qu"], study, QUICK)
    assert comparison.averages[0].lacks == ("xcopa is evaluated in 10 of 11 languages",)
    reasons = comparison.gains.loc[comparison.gains["target"] == NAME, "reason"]
    assert set(reasons) == {"xcopa is evaluated in 10 of 11 languages"}


def test_another_split_is_not_the_benchmarks(gathered: tuple[pd.DataFrame, Study]) -> None:
    frame, study = gathered
    targets = study.target | {"xnli": Target(split="dev")}
    comparison = compare(frame, study.model_copy(update={"target": targets}), QUICK)
    assert comparison.averages[0].lacks == ("xnli is scored on dev, not on test",)
    assert set(comparison.gains.loc[comparison.gains["target"] == NAME, "verdict"]) == {"gap"}


def test_it_is_tested_in_the_family_of_its_models_table(whole: Comparison) -> None:
    (gain,) = whole.gains[whole.gains["target"] == NAME].to_dict("records")
    # Beside the mean over all languages of each target.
    assert (gain["family"], gain["family_size"]) == ("small: table", len(PARTS) + 1)
    assert (gain["metric"], gain["level"], gain["part"]) == ("mean over tasks", "benchmark", "all tasks")


def test_it_may_be_what_the_primary_comparison_is_of(whole: Comparison, gathered: tuple[pd.DataFrame, Study]) -> None:
    frame, study = gathered
    primary = Primary(intermediate="mnli", language="en", target=NAME)
    (row,) = compare(frame, study.model_copy(update={"primary": primary}), QUICK).primary.to_dict("records")
    gain = whole.gains[whole.gains["target"] == NAME].iloc[0]
    assert (row["value"], row["p"], row["p_holm"]) == (gain["value"], gain["p"], gain["p"])


def test_no_benchmark_counts_anything_twice() -> None:
    part = BenchmarkTask(task="xnli", groups=(), languages=("en",), metrics=("accuracy",))
    with pytest.raises(ValueError, match="a task is listed more than once"):
        Benchmark(name="odd", title="", parts=(part, part))
    with pytest.raises(ValueError, match="a language is listed more than once"):
        Benchmark(name="odd", title="", parts=(part.model_copy(update={"languages": ("en", "en")}),))
