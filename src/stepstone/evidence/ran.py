"""How a plan's stages were computed: time, numbers, versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepstone.core.result import MixtureResult, Result
from stepstone.core.specs.common import CommonResult
from stepstone.core.specs.translate import TranslateResult
from stepstone.planning.plan import Plan
from stepstone.store.record import Record


@dataclass(frozen=True)
class Run:
    """How the plan's stages were computed: seconds and numbers by kind, and provenance with its count of stages.

    `results` are those of encoders, translations, pairings and mixtures that are there, by the stage's key.
    """

    seconds: dict[str, float]
    num_done: dict[str, int]
    num_planned: dict[str, int]
    provenance: tuple[tuple[dict[str, Any], int], ...]
    results: dict[str, Result]


def run_of(plan: Plan, records: Mapping[str, Record | None]) -> Run:
    """How the stages were computed that have records."""
    seconds: Counter[str] = Counter()
    done: Counter[str] = Counter()
    provenance: list[tuple[dict[str, Any], int]] = []
    for key, stage in plan.stages.items():
        record = records[key]
        if record is None:
            continue
        seconds[stage.kind] += record.seconds  # type: ignore[assignment]
        done[stage.kind] += 1
        known = next((i for i, (table, _) in enumerate(provenance) if table == record.provenance), None)
        if known is None:
            provenance.append((record.provenance, 1))
        else:
            provenance[known] = (record.provenance, provenance[known][1] + 1)
    planned = Counter(stage.kind for stage in plan.stages.values())
    made = {key: record.result for key, record in records.items() if record}
    results = {
        key: result
        for key, result in made.items()
        if plan.stages[key].is_encoder or isinstance(result, TranslateResult | CommonResult | MixtureResult)
    }
    return Run(dict(seconds), dict(done), dict(planned), tuple(provenance), results)
