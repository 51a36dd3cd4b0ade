"""What a store has of a plan, and why a stage is not there: in words, from records alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stepstone.core.errors import UserError, nearest
from stepstone.core.kinds import kinds
from stepstone.core.result import EvaluateResult
from stepstone.core.stage import Stage
from stepstone.core.value import Value, plain
from stepstone.pipeline.plan import Plan
from stepstone.store.record import Record
from stepstone.store.store import Failure, Store


@dataclass(frozen=True)
class Count:
    """How many of some stages or cells are done, failed, or merely missing."""

    done: int
    missing: int
    failed: int


@dataclass(frozen=True)
class Status:
    """What is there: stages by kind, scores by model and condition, and what failed last."""

    kinds: dict[str, Count]
    conditions: dict[tuple[str, str], Count]
    failures: dict[str, Failure]

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
    for key in plan.stages:
        states[key] = "done" if store.complete(key) else "missing"
        failure = store.failure(key) if states[key] == "missing" else None
        if failure is not None:
            states[key] = "failed"
            failures[key] = failure
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
    others = [record for record in store.records() if record.label in (label, stage.label)]
    if others:
        found = [list(differences(plan, stage, other, store)) for other in others]
        return Reason(label, key, "changed", (*min(found, key=len), *lines))
    return Reason(label, key, "waiting" if waits else "new", (*lines, "never run"))


def differences(plan: Plan, stage: Stage, record: Record, store: Store) -> Iterator[str]:
    """Fields of a stage that differ from a record, as `name old -> new`, then those of its parents."""
    old, new = dict(_flatten(record.payload)), dict(_flatten(stage.payload()))
    for name in sorted({*old, *new} - {"parents"}):
        before, after = old.get(name, _default(stage, name)), new.get(name, _default(stage, name))
        if before != after:
            yield f"{name.removeprefix('spec.').removeprefix('recipe.')} {_show(before)} -> {_show(after)}"
    for was, now in zip(record.parents, stage.parents, strict=False):
        if was == now:
            continue
        parent, earlier = plan.stages[now], store.record(was)
        if earlier is None:
            yield f"its parent {parent.label} is another one; the record of the earlier one is gone"
        else:
            yield from (f"its parent {parent.label}: {line}" for line in differences(plan, parent, earlier, store))


def _count(states: list[str]) -> Count:
    counted = Counter(states)
    return Count(counted["done"], counted["missing"], counted["failed"])


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
    yield f"in {store.root / record.folder}"


def _flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _default(stage: Stage, name: str) -> Any:
    """The default of a field of the stage, for defaults are left out of payloads; None where there is none."""
    owner: Any = stage
    *path, last = name.split(".")
    for part in path:
        owner = getattr(owner, part, None)
    if not isinstance(owner, Value) or last not in type(owner).model_fields:
        return None
    field = type(owner).model_fields[last]
    return None if field.is_required() else plain(field.get_default(call_default_factory=True))


def _show(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}".replace("e-0", "e-")
    if isinstance(value, str) and len(value) > 40:
        return f"{value[:24]}..."
    return "none" if value is None else str(value)
