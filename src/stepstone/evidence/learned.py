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

    One-sided, by the normal distribution. The standard error is that of a proportion whose true value is the level,
    which no mean over independent examples of scores between 0 and 100 exceeds (Bhatia and Davis 2000), and of a
    correlation that of one whose true value is 0. Of F1 over classes or chunks, and of clustered examples, it is near.

    >>> from stepstone.core.result import Scores, Truncated
    >>> named = {"metric": "accuracy", "definition": "jiant", "main": "accuracy"}
    >>> scores = Scores(**named, values={"accuracy": 48}, num_examples=500)
    >>> def of(level):
    ...     cut = Truncated(examples=0, of=500)
    ...     return EvaluateResult(scores=scores, trivial={"chance": level}, truncated=cut, seconds_per_example=0)
    >>> is_above(of(33.3), 0.005), is_above(of(45.0), 0.005)
    (True, False)
    """
    value, num, levels = result.scores.value, result.scores.num_examples, levels_known(result)
    if not levels or not num or math.isnan(value):
        return False
    level = max(levels.values())
    # A level of 0 counts as one example that is right: what scores nothing varies, too.
    share = min(1 - 1 / (num + 1), max(1 / (num + 1), level / 100))
    deviation = 1.0 if result.scores.metric in SIGNED_METRICS else math.sqrt(share * (1 - share))
    return value - level > NormalDist().inv_cdf(1 - alpha) * 100 * deviation / math.sqrt(num)


def levels_known(result: EvaluateResult) -> dict[str, float]:
    """What scores without learning, by the rule's name; of a correlation, where there is no other, 0: no relation."""
    is_correlation = result.scores.metric in SIGNED_METRICS
    return dict(result.trivial) or ({"no relation": 0.0} if is_correlation else {})
