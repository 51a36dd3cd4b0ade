"""What a store has of a plan, and why a stage is not there: in words, from records alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from stepstone.core.errors import UserError, nearest
from stepstone.core.kinds import kinds
from stepstone.core.result import EvaluateResult
from stepstone.core.stage import Stage
from stepstone.pipeline.differences import changes, differences
from stepstone.planning.plan import Plan
from stepstone.store.failures import Failure
from stepstone.store.record import Record
from stepstone.store.store import Store
from stepstone.store.working import RunningStage, find_working

# Records whose own fields are most like those of a stage: of these the parents are looked at, too.
_NEAREST = 20


@dataclass(frozen=True)
class StatusCount:
    """How many of some stages or cells are done, failed, or merely missing."""

    done: int
    missing: int
    failed: int


@dataclass(frozen=True)
class Status:
    """What is there: stages by kind, scores by model and condition, what failed last, and what is at work now."""

    kinds: dict[str, StatusCount]
    conditions: dict[tuple[str, str], StatusCount]
    failures: dict[str, Failure]
    working: tuple[RunningStage, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every stage is done."""
        return all(count.missing + count.failed == 0 for count in self.kinds.values())


@dataclass(frozen=True)
class Reason:
    """Why a stage is as it is: done, failed, changed, waiting or never run; `lines` say it in words."""

    label: str
    key: str
    state: str
    lines: tuple[str, ...]


def find_status(plan: Plan, store: Store) -> Status:
    """Look every stage of a plan up in a store."""
    states, failures = {}, {}
    store.look_up(plan.stages)
    for key in plan.stages:
        states[key] = "done" if store.complete(key) else "missing"
        failure = store.failure(key) if states[key] == "missing" else None
        if failure is not None:
            states[key] = "failed"
            failures[key] = failure
    store.keep_known()
    by_kind: dict[str, list[str]] = {kind: [] for kind in kinds()}
    for key, stage in plan.stages.items():
        by_kind[stage.kind].append(states[key])
    conditions: dict[tuple[str, str], list[str]] = {}
    for cell in plan.cells:
        conditions.setdefault((cell.model, cell.condition), []).append(states[cell.key])
    return Status(
        {kind: _count(found) for kind, found in by_kind.items() if found},
        {arm: _count(found) for arm, found in conditions.items()},
        failures,
        tuple(one for one in find_working(store) if one.key in plan.stages),
    )


def explain(plan: Plan, store: Store, label: str) -> Reason:
    """Why the stage called `label` is done, failed, waiting for a parent, changed since its last record, or new.

    Raises:
        UserError: the plan has no such label.
    """
    if label not in plan.labels:
        raise UserError(f'study {plan.study.name} plans no stage "{label}"', remedy=nearest(label, plan.labels))
    key = plan.labels[label]
    stage, record, failure = plan.stages[key], store.record(key), store.failure(key)
    if record is not None:
        return Reason(label, key, "done", tuple(_describe(record, store)))
    lines = [f"its parent {plan.stages[parent].label} is missing" for parent in _absent(stage, store)]
    waits = bool(lines)
    if failure is not None:
        log = f" (log: {failure.log})" if failure.log else ""
        return Reason(label, key, "failed", (f"failed: {failure.message}{log}", *lines))
    others = list(store.records([one.key for one in store.listed() if one.label in (label, stage.label)]))
    if others:
        found = [list(differences(plan, stage, other, store)) for other in others]
        return Reason(label, key, "changed", (*min(found, key=len), *lines))
    nearest_to = _nearest(plan, stage, store)
    return Reason(label, key, "waiting" if waits else "new", (*lines, "never run", *nearest_to))


def _nearest(plan: Plan, stage: Stage, store: Store) -> Iterator[str]:
    """What a stage that was never run has otherwise than the record of its kind that is most like it."""
    alike = store.records([one.key for one in store.listed() if one.kind == stage.kind])
    few = sorted(alike, key=lambda record: len(changes(stage, record.payload)))[:_NEAREST]
    found = [(record.label, list(differences(plan, stage, record, store))) for record in few]
    for label, lines in sorted(found, key=lambda one: len(one[1]))[:1]:
        yield from (f"otherwise than {label}: {line}" for line in lines)


def _count(states: list[str]) -> StatusCount:
    counted = Counter(states)
    return StatusCount(counted["done"], counted["missing"], counted["failed"])


def _absent(stage: Stage, store: Store) -> list[str]:
    return [parent for parent in stage.parents if not store.complete(parent)]


def _describe(record: Record, store: Store) -> Iterator[str]:
    yield f"done in {record.seconds:.1f} s"
    if isinstance(record.result, EvaluateResult):
        scores = record.result.scores
        value = "is not a number" if math.isnan(scores.value) else f"{scores.value:.2f}"
        yield f"{scores.main} {value} ({scores.metric}, {scores.definition})"
    if record.released:
        yield f"released since: {', '.join(record.released)}"
    yield f"in {store.address}/{record.folder}"
