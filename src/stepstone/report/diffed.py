"""What two studies, or two stores, have otherwise, in lines and a table for people."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from rich.console import Group
from rich.table import Table

from stepstone.evidence.diff import Difference
from stepstone.evidence.frame import rows_of
from stepstone.report.labels import format_number, points, watermark
from stepstone.report.markup import for_terminal, plain_table

_SHOWN = 12  # settings that are shown


def show_difference(found: Difference) -> Group:
    """Stages, settings and versions in lines, then means of what is scored in both, where one differs."""
    table = means_table(found)
    return Group(*map(for_terminal, difference_lines(found)), *([table] if table.rows else []))


def difference_lines(found: Difference) -> Iterator[str]:
    """What is the same, changed, and in one alone."""
    for name, study, store in zip(("first", "second"), found.studies, found.stores, strict=True):
        yield f"{name}: {study.name} in {store}"
    yield from filter(None, dict.fromkeys(map(watermark, found.studies)))
    yield "stages: " + ", ".join(f"{num:,} {name}" for name, num in found.stages.items() if num)
    yield from (f"  {line} ({_stages(num)})" for line, num in found.settings[:_SHOWN])
    if len(found.settings) > _SHOWN:
        yield f"  and {len(found.settings) - _SHOWN:,} other changes"
    if found.num_following:
        yield f"  {_stages(found.num_following)} changed by what they start from alone"
    yield from (f"computed with {line}" for line in found.versions)
    yield "scores: " + ", ".join(f"{num:,} {name}" for name, num in found.states.items())


def difference_rows(found: Difference) -> list[dict[str, Any]]:
    """The scores as rows of JSON types: what is not computed is None, what is the lab's is marked."""
    lab = next(filter(None, map(watermark, found.studies)), "")
    return [
        {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()}
        | {"lab": lab}
        for row in rows_of(found.scores)
    ]


def difference_as_json(found: Difference) -> dict[str, Any]:
    """All of it as JSON types."""
    plain = {name: getattr(found, name) for name in ("stores", "stages", "num_following", "versions", "states")}
    settings = [{"change": line, "num_stages": num} for line, num in found.settings]
    return {**plain, "settings": settings, "scores": difference_rows(found)}


def means_table(found: Difference) -> Table:
    """Of each arm and target with a difference the means over what is scored alike in both, in percent and points."""
    both = found.scores.dropna(subset=["difference"])
    rows = []
    for place, cells in both.groupby(["model", "condition", "target"], sort=False):
        if cells["difference"].any():
            largest = cells["difference"].abs().max()
            means = (
                format_number(cells["first"].mean()),
                format_number(cells["second"].mean()),
                points(cells["difference"].mean()),
            )
            rows.append((*map(str, place), str(len(cells)), *means, format_number(largest)))
    columns = ("model", "condition", "target", "scores", "first", "second", "difference", "largest")
    return plain_table(columns, rows, right=columns[3:])


def _stages(num: int) -> str:
    return f"{num:,} stage" + ("" if num == 1 else "s")
