"""How verbs speak: tables and sentences for the terminal, plain tables for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table

from stepstone.core.duration import duration
from stepstone.core.study import Study
from stepstone.evidence.factors import MODEL
from stepstone.pipeline.described import has_keys
from stepstone.pipeline.explain import Status, StatusCount
from stepstone.pipeline.prune import Removal
from stepstone.planning.plan import Plan
from stepstone.planning.preflight import Preflight
from stepstone.report.markup import plain_table
from stepstone.store.working import RunningStage

if TYPE_CHECKING:
    from stepstone.evidence.power import PowerSetting


def describe_data(found: Preflight, study: Study) -> list[str]:
    """How files are read, what in them holds no example, what paired arms have in common, and what was not read."""
    from stepstone.report.cautions import describe_skipped, reading_rows

    lines = [f"{said}: {where}" for said, where in reading_rows(found.read_as, study)]
    lines += [*describe_skipped(found.skipped, study), *found.common]
    if num := found.num_unread:
        lines.append(f"not read yet: {num:,} data sets of the hub, which `run` reads before it trains anything")
    return lines


def plan_as_json(plan: Plan, power: Sequence[PowerSetting], found: Preflight) -> dict[str, Any]:
    """The plan as JSON types, with the power of its tests."""
    num, gain = len(plan.study.seeds), plan.study.power.gain
    return {
        "study": plan.study.name,
        "models": [{name: getattr(one, name) for name in MODEL} for one in {c.model: c for c in plan.cells}.values()],
        "notes": list(plan.notes),
        "claims": [{"list": one.source, "claim": one.claim.id, "why_not": one.why_not} for one in plan.claims],
        "with_data": has_keys(plan),
        "num_unread": found.num_unread,
        "skipped": [one.model_dump() for one in found.skipped],
        "read_as": [one.model_dump() for one in found.read_as],
        "common": list(found.common),
        "power": [{**vars(one), "gain": gain, "found": one.power(num, gain)} for one in power],
        "planned": plan.num_stages,
        "requested": plan.requested,
        "num_scores": len(plan.cells),
        "stages": [
            {"label": stage.label, "kind": stage.kind, "key": key, "parents": list(stage.parents)}
            if has_keys(plan)
            else {"label": stage.label, "kind": stage.kind}
            for key, stage in plan.stages.items()
        ],
    }


def stages_table(plan: Plan) -> Table:
    """Every stage with its key, where it has one."""
    if not has_keys(plan):
        return plain_table(("kind", "label"), [(stage.kind, stage.label) for stage in plan.stages.values()])
    rows = [(key[:12], stage.kind, stage.label) for key, stage in plan.stages.items()]
    return plain_table(("key", "kind", "label"), rows)


def status_tables(status: Status) -> list[Table]:
    """Stages by kind, and scores by model and condition."""
    counts = ("done", "missing", "failed")
    kinds = [(kind, *_counted(count)) for kind, count in status.kinds.items()]
    arms = [(f"{model}, {condition}", *_counted(count)) for (model, condition), count in status.conditions.items()]
    return [plain_table(("stages", *counts), kinds), plain_table(("scores", *counts), arms)]


def working_table(status: Status, now: float) -> Table | None:
    """What is at work, since when, how far and on which worker; None where nothing is."""
    rows = [
        (one.label, duration(_since(one, now)), _progress(one), f"{one.host}, process {one.pid}")
        for one in status.working
    ]
    return plain_table(("at work", "for", "how far", "worker"), rows) if rows else None


def _since(one: RunningStage, now: float) -> float:
    """Seconds for which it is at work; where a clock was set back, or is another machine's, as far as that knows."""
    return max(0.0, one.seen - one.began, now - one.began)


def _progress(one: RunningStage) -> str:
    if one.num_steps is None:
        return one.doing or "begins"
    loss = "" if one.loss is None else f", loss {one.loss:.3f}"
    return f"step {one.step} of {one.num_steps}{loss}"


def status_as_json(status: Status) -> dict[str, Any]:
    """The status as JSON types."""
    return {
        "stages": {kind: vars(count) for kind, count in status.kinds.items()},
        "scores": [
            {"model": model, "condition": condition, **vars(count)}
            for (model, condition), count in status.conditions.items()
        ],
        "working": [vars(one) for one in status.working],
        "failures": [{"key": key, **vars(failure)} for key, failure in status.failures.items()],
    }


def removals_table(removals: Iterable[Removal]) -> Table:
    """What would go, and how large it is."""
    rows = [(removal.what, f"{removal.num_bytes:,}", removal.label, str(removal.folder)) for removal in removals]
    return plain_table(("what", "bytes", "label", "folder"), rows)


def _counted(count: StatusCount) -> tuple[str, str, str]:
    return f"{count.done:,}", f"{count.missing:,}", f"{count.failed:,}"
