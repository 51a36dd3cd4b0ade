"""Which trainings are shown to have learned: by what is scored of them, whatever their loss says."""

from __future__ import annotations

import math
from collections.abc import Mapping

from stepstone.core.result import EvaluateResult
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.planning.plan import Plan
from stepstone.store.record import Record

# Standard errors that a score must lie above every level: of 99 % of a normal distribution.
_ERRORS = 2.576


def learned(plan: Plan, records: Mapping[str, Record | None]) -> frozenset[str]:
    """Keys of trainings that score more on what they were trained for than any rule without learning.

    Each by its own evaluation, in one language or another: an intermediate task's on its own task, a target's on the
    target. A loss that hardly falls shows no failure there: the entropy of a hard task falls little.
    """
    known, found = plan.catalogue.tasks(), set[str]()
    for cell in (*plan.cells, *plan.own_cells):
        stage, record = plan.stages[cell.key], records[cell.key]
        if record is None or stage.checkpoint is None or stage.checkpoint in found:
            continue
        assert isinstance(stage.spec, EvaluateSpec) and isinstance(record.result, EvaluateResult)
        name = stage.spec.data.task
        if name in known and plan.catalogue.task(name).family_declaration.is_trained and is_above(record.result):
            found.add(stage.checkpoint)
    return frozenset(found)


def is_above(result: EvaluateResult) -> bool:
    """Whether a score lies clearly above the levels that are known without learning; False where none is.

    The standard error is that of a proportion, which no mean of scores between 0 and 100 exceeds (Bhatia and Davis
    2000).

    >>> from stepstone.core.result import Scores, Truncated
    >>> named = {"metric": "accuracy", "definition": "jiant", "main": "accuracy"}
    >>> scores = Scores(**named, values={"accuracy": 48}, num_examples=500)
    >>> def of(level):
    ...     cut = Truncated(examples=0, of=500)
    ...     return EvaluateResult(scores=scores, trivial={"chance": level}, truncated=cut, seconds_per_example=0)
    >>> is_above(of(33.3)), is_above(of(45.0))
    (True, False)
    """
    value, num = result.scores.value, result.scores.num_examples
    if not result.trivial or not num or math.isnan(value):
        return False
    share = min(1.0, max(0.0, value / 100))
    return value - max(result.trivial.values()) > _ERRORS * 100 * math.sqrt(share * (1 - share) / num)
