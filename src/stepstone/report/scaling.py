"""The plot of gains over size: a line per arm with its band, seeds as dots, the next doubling dashed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from stepstone.core.study import Study
from stepstone.core.visible import visible
from stepstone.evidence.columns import WHOLE_LEVELS
from stepstone.evidence.compare import Comparison
from stepstone.evidence.contrasts import GAIN
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.size.forms import SATURATING
from stepstone.evidence.size.ladder import WITHOUT_EMBEDDINGS
from stepstone.evidence.size.rows import LadderContrast, contrast_values, form_of, line
from stepstone.report.drawing import INK, PALETTE, SAID, WIDTH, CodedNames, Figure, draw_chart
from stepstone.report.labels import condition_label, first_of, points, watermark
from stepstone.report.vega import VegaSpec, layer, layers, nominal, quantity

_STEPS = 8  # places between the sizes at which the line is estimated
_BEYOND = 1.0  # doublings that are drawn beyond the largest size
_MOST_ARMS = len(PALETTE)  # lines of one plot that colours tell apart


def scaling_figures(comparison: Comparison, study: Study) -> Iterator[Figure]:
    """One figure for each ladder and target or benchmark: gains over all languages, where there are three sizes."""
    found: dict[tuple[str, str], list[LadderContrast]] = {}
    for laddered in comparison.over_sizes:
        if laddered.kind == GAIN and laddered.scored.column.level in WHOLE_LEVELS and len(laddered.sizes) > 2:
            found.setdefault((laddered.ladder.name, laddered.scored.column.target), []).append(laddered)
    for (ladder, target), own in found.items():
        table = pd.DataFrame([row for one in own[:_MOST_ARMS] for row in _rows(one, comparison.evidence, study)])
        if len(table):
            more = first_of(_MOST_ARMS, len(own), "arms", "comparisons.csv")
            drawn = _drawn(("scaling", ladder, target), table, own[0].ladder.measure, study, more)
            yield replace(drawn, target=target)


def _rows(laddered: LadderContrast, evidence: Evidence, study: Study) -> Iterator[dict[str, Any]]:
    """The line and its interval at places over the ladder and beyond it, then every encoder under every seed."""
    values = contrast_values(evidence, laddered)
    if not values:
        return
    first = next(iter(laddered.contrasts.values())).arm
    row = next(iter(evidence.cells[first, laddered.scored.column.cells[0]].values()))
    label = condition_label(row, study)
    doublings = laddered.ladder.doublings
    x = [doublings[encoder.model] for encoder in laddered.contrasts]
    for place in (*np.linspace(min(x), max(x), _STEPS), max(x) + _BEYOND):
        at = line(evidence, laddered, float(place))
        known = {"value": at.value, "low": at.decision.low, "high": at.decision.high}
        ends = {"is_inside": bool(place <= max(x)), "is_beyond": bool(place >= max(x))}
        yield {"arm": label, "kind": "line", "size": 2.0**place, **ends, **known}
    yield from _curve(laddered, values, label, (min(x), max(x)))
    for encoder, by_seed in values.items():
        size = 2 ** doublings[encoder]
        for seed, one in by_seed.items():
            said = visible(f"{label} on {encoder}, seed {seed}: {points(one)}")
            yield {"arm": label, "kind": "seed", "size": size, "value": one, "said": said}


def _curve(
    laddered: LadderContrast, values: Mapping[str, Mapping[int, float]], label: str, ends: tuple[float, float]
) -> Iterator[dict[str, Any]]:
    """The saturating form, where it is the one that foretells a size left out."""
    means: dict[str, list[float]] = {}
    for encoder in laddered.contrasts:
        means.setdefault(encoder.size, []).append(float(np.mean(list(values[encoder.model].values()))))
    form = form_of(laddered, {size: float(np.mean(own)) for size, own in means.items()})
    if form.name == SATURATING:
        for place in np.linspace(*ends, 4 * _STEPS):
            yield {"arm": label, "kind": "curve", "size": 2.0**place, "value": form.at(float(place))}


def _drawn(subject: tuple[str, ...], table: pd.DataFrame, measure: str, study: Study, more: str) -> Figure:
    names = CodedNames.of(table["arm"])
    data, table = table.drop(columns="said"), table.assign(series=table["arm"].map(dict(names.codes)))
    size = measure if measure == WITHOUT_EMBEDDINGS else "parameters"
    measured = sorted(set(table.loc[table["kind"].eq("seed"), "size"]))
    chart = layers(_layers(names, size, measured), WIDTH - 70, 280)
    curve = ", dotted curves the saturating form where it foretells a size left out better" if _has(table) else ""
    caption = (
        f"{subject[-1]}: gain over no intermediate task by size, over all languages. Lines are of least squares, bands "
        f"their intervals{curve}; dots are single seeds; dashed is one doubling beyond the largest size, where nothing "
        f"was measured.{more}"
    )
    return draw_chart(subject, caption, chart, table.drop(columns="arm"), watermark(study), data)


def _has(table: pd.DataFrame) -> bool:
    return bool(table["kind"].eq("curve").any())


def _layers(names: CodedNames, size: str, sizes: Sequence[float]) -> list[VegaSpec]:
    colours = [PALETTE[place % len(PALETTE)] for place in range(len(names.order))]
    legend = {"labelExpr": names.expression, "columns": 2, "labelLimit": WIDTH // 2, "symbolOpacity": 1}
    axis = {"values": list(sizes), "format": ".2~s", "grid": True}
    base = {
        "x": quantity("size", title=size, scale={"type": "log", "base": 2, "nice": False, "padding": 14}, axis=axis),
        "color": nominal("series", title=None, scale={"domain": names.order, "range": colours}, legend=legend),
    }
    band = {**base, "y": quantity("low", title="gain, points"), "y2": {"field": "high"}}
    points = {**base, "y": quantity("value", title="gain, points")}
    is_line, is_inside = "datum.kind == 'line'", "datum.is_inside"
    return [
        layer("rule", {"y": {"datum": 0}}, color=INK, strokeWidth=0.8),
        layer("area", band, is_line, is_inside, opacity=0.15),
        layer("line", points, is_line, is_inside, strokeWidth=1.8),
        layer("line", points, is_line, "datum.is_beyond", strokeWidth=1.4, strokeDash=[4, 3]),
        layer("line", points, "datum.kind == 'curve'", strokeWidth=1.2, strokeDash=[1, 2]),
        layer("circle", {**points, "description": SAID}, "datum.kind == 'seed'", size=26, opacity=0.5),
    ]
