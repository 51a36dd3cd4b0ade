"""What really happened in each mixture of a study, portion by portion."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from stepstone.core.result import Curve, MixtureResult, PortionResult, Result
from stepstone.planning.plan import Plan
from stepstone.report.labels import format_number

HEAD = (
    "training",
    "portion",
    "declared rate",
    "drawn",
    "passes",
    "word pieces",
    "loss, first to last",
    "gradient norm",
)


def mixture_rows(plan: Plan, results: Mapping[str, Result]) -> tuple[tuple[str, ...], ...]:
    """A row of `HEAD` for every portion of every mixture that is done, seed by seed."""
    rows = []
    for key, stage in plan.stages.items():
        result = results.get(key)
        if isinstance(result, MixtureResult):
            rows += [_row(stage.label, name, one, result) for name, one in result.portions.items()]
    return tuple(rows)


def _row(label: str, name: str, one: PortionResult, whole: MixtureResult) -> tuple[str, ...]:
    drawn = sum(other.num_drawn for other in whole.portions.values())
    losses, norms = _values(one.losses), _values(one.norms)
    return (
        label,
        name,
        f"{one.rate:.3f}",
        f"{one.num_drawn:,} ({one.num_drawn / max(1, drawn):.3f})",
        f"{one.num_passes:.2f}",
        f"{one.num_tokens:,}",
        f"{format_number(losses[0], 2)} to {format_number(losses[-1], 2)}" if losses else "never drawn",
        f"{format_number(median(norms), 2)}" if norms else "",
    )


def _values(curve: Curve) -> list[float]:
    return [value for _, value in curve if value is not None]
