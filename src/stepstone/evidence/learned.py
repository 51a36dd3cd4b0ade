"""Which trainings are shown to have learned: by what is scored of them, whatever their loss says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist

from stepstone.core.result import EvaluateResult
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.evidence.alignment import SIGNED_METRICS
from stepstone.planning.plan import Plan
from stepstone.store.record import Record

# The chance at most, of all evaluations of a training together, that one which learned nothing seems to have.
_ALPHA = 0.005


def learned(plan: Plan, records: Mapping[str, Record | None]) -> frozenset[str]:
    """Keys of trainings that score more on what they were trained for than any rule without learning.

    Each by its own evaluations, in one language or another (Bonferroni's correction counts them): an intermediate
    task's on its own task, a target's on the target. A loss that hardly falls shows no failure there: the entropy of a
    hard task falls little.
    """
    known, of_training = plan.catalogue.tasks(), dict[str, dict[str, EvaluateResult]]()
    for cell in (*plan.cells, *plan.own_cells):
        stage, record = plan.stages[cell.key], records[cell.key]
        if record is None or stage.checkpoint is None:
            continue
        assert isinstance(stage.spec, EvaluateSpec) and isinstance(record.result, EvaluateResult)
        name = stage.spec.data.task
        if name in known and plan.catalogue.task(name).family_declaration.is_trained:
            of_training.setdefault(stage.checkpoint, {})[cell.key] = record.result
    return frozenset(
        key for key, own in of_training.items() if any(is_above(one, _ALPHA / len(own)) for one in own.values())
    )


def is_above(result: EvaluateResult, alpha: float) -> bool:
    """Whether a score lies above the levels that are known without learning; False where none is known.

    One-sided, by the normal distribution. The standard error is that of a proportion, which no mean of scores between
    0 and 100 exceeds (Bhatia and Davis 2000), and of a correlation that of one whose true value is 0.

    >>> from stepstone.core.result import Scores, Truncated
    >>> named = {"metric": "accuracy", "definition": "jiant", "main": "accuracy"}
    >>> scores = Scores(**named, values={"accuracy": 48}, num_examples=500)
    >>> def of(level):
    ...     cut = Truncated(examples=0, of=500)
    ...     return EvaluateResult(scores=scores, trivial={"chance": level}, truncated=cut, seconds_per_example=0)
    >>> is_above(of(33.3), 0.005), is_above(of(45.0), 0.005)
    (True, False)
    """
    value, num = result.scores.value, result.scores.num_examples
    if not result.trivial or not num or math.isnan(value):
        return False
    share = min(1.0, max(0.0, value / 100))
    deviation = 1.0 if result.scores.metric in SIGNED_METRICS else math.sqrt(share * (1 - share))
    error = 100 * deviation / math.sqrt(num)
    return value - max(result.trivial.values()) > NormalDist().inv_cdf(1 - alpha) * error
