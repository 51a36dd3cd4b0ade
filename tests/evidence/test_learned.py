"""A training whose loss hardly fell is no failure where its scores show that it learned."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from scipy import stats

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.result import EvaluateResult, Scores, Truncated
from stepstone.evidence.frame import collect
from stepstone.evidence.learned import is_above, learned


def _evaluation(value: float | None, num_examples: int, metric: str = "accuracy", **trivial: float) -> EvaluateResult:
    named = {"metric": metric, "definition": "xtreme-2020", "main": metric}
    scores = Scores(**named, values={metric: value}, num_examples=num_examples)
    truncated = Truncated(examples=0, of=num_examples)
    return EvaluateResult(scores=scores, trivial=trivial, truncated=truncated, seconds_per_example=0.0)


@pytest.mark.parametrize(
    ("value", "num_examples", "trivial", "wanted"),
    [
        (48.0, 500, {"chance": 33.3, "majority class": 33.8}, True),
        (35.0, 500, {"chance": 33.3, "majority class": 33.8}, False),
        (48.0, 500, {"chance": 33.3, "majority class": 45.0}, False),  # the highest of the levels counts
        (48.0, 30, {"chance": 33.3}, False),  # too few examples to tell
        (48.0, 500, {}, False),  # nothing to hold it against
        (None, 500, {"chance": 33.3}, False),
        (20.0, 500, {"chance": 33.3}, False),
        (100.0, 1, {"chance": 33.3}, False),  # one right answer of one is chance's in a third of cases
        (100.0, 12, {"chance": 33.3}, True),
        (0.4, 500, {"majority tag": 0.0}, False),
        (5.0, 500, {"majority tag": 0.0}, True),
    ],
)
def test_a_score_is_above_what_is_known_without_learning(
    value: float | None, num_examples: int, trivial: dict[str, float], wanted: bool
) -> None:
    assert is_above(_evaluation(value, num_examples, **trivial), 0.005) is wanted


def test_a_correlation_of_nothing_strays_further_than_a_share() -> None:
    # Of 865 sentences (JCoLA) one of no relation has a standard deviation of 3.4 points.
    assert not is_above(_evaluation(8.0, 865, "mcc", majority=0.0), 0.005)
    assert is_above(_evaluation(9.0, 865, "mcc", majority=0.0), 0.005)
    # That of no relation is known without a record's saying so.
    assert is_above(_evaluation(85.0, 865, "pearson"), 0.005) and not is_above(_evaluation(5.0, 865, "pearson"), 0.005)


@pytest.mark.parametrize(("level", "num"), [(0.33, 3), (0.84, 50), (0.95, 200), (0.97, 500)])
def test_what_scores_as_the_level_is_seldom_above_it(level: float, num: int) -> None:
    rates = [
        place for place in range(num + 1) if is_above(_evaluation(100 * place / num, num, chance=100 * level), 0.005)
    ]
    assert sum(stats.binom.pmf(rates, num, level)) < 0.007


@pytest.mark.parametrize(("num", "wanted"), [(1, {"made"}), (40, set())])
def test_of_many_languages_one_that_is_high_by_chance_shows_nothing(
    synthetic: ModuleType, num: int, wanted: set[str]
) -> None:
    # 39.5 of 500 pairs is 2.8 standard errors above 33.3: seldom in one language, but not in one of forty.
    spec = synthetic._evaluation("xnli", "en", ("accuracy", "xtreme-2020"))
    keys = [f"score{number}" for number in range(num)]
    plan: Any = SimpleNamespace(
        cells=tuple(SimpleNamespace(key=key) for key in keys),
        own_cells=(),
        stages={key: SimpleNamespace(checkpoint="made", spec=spec) for key in keys},
        catalogue=BUILT_IN,
    )
    values = dict.fromkeys(keys, 33.3) | {"score0": 39.5}
    records: Any = {key: SimpleNamespace(result=_evaluation(values[key], 500, chance=33.3)) for key in keys}
    assert learned(plan, records) == wanted


@pytest.mark.parametrize(("task", "wanted"), [("xnli", {"made"}), ("tatoeba", set()), ("bucc2018", set())])
def test_what_is_read_off_states_shows_nothing_of_a_training(
    synthetic: ModuleType, task: str, wanted: set[str]
) -> None:
    spec = synthetic._evaluation(task, "en", ("accuracy", "xtreme-2020"))
    plan: Any = SimpleNamespace(
        cells=(SimpleNamespace(key="score"),),
        own_cells=(),
        stages={"score": SimpleNamespace(checkpoint="made", spec=spec)},
        catalogue=BUILT_IN,
    )
    records: Any = {"score": SimpleNamespace(result=_evaluation(80.0, 500, chance=0.1))}
    assert learned(plan, records) == wanted


@pytest.mark.slow
@pytest.mark.parametrize(("share_right", "wanted"), [(0.8, ()), (0.35, ("plateau@small/mnli.ja/s1",))])
def test_a_plateau_is_flagged_where_no_score_shows_that_it_learned(
    tmp_path: Path, synthetic: ModuleType, share_right: float, wanted: tuple[str, ...]
) -> None:
    plan, store = synthetic.with_own_scores(*synthetic.make(tmp_path, synthetic.World()), share_right)
    stage = next(stage for stage in plan.stages.values() if stage.label == "small/mnli.ja/s1")
    synthetic.commit(store, stage, {}, {"losses": [[n, 1.1 - n / 1000] for n in range(20)]})
    frame = collect(plan, store)
    rests_on_it = (frame["condition"] == "mnli.ja") & (frame["seed"] == 1)
    assert set(frame.loc[rests_on_it, "flags"]) == {wanted}
    assert set(frame.loc[~rests_on_it, "flags"]) == {()}
