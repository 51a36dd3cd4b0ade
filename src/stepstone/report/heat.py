"""The heat map of gains: conditions x targets, with what is a gap and what is not above chance to be seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from stepstone.core.study import Study
from stepstone.core.visible import visible
from stepstone.evidence.columns import WHOLE_LEVELS
from stepstone.evidence.compare import Comparison
from stepstone.evidence.frame import rows_of
from stepstone.report.drawing import (
    GREY,
    INK,
    LINE,
    SAID,
    WIDTH,
    CodedNames,
    Figure,
    describe_interval,
    draw_chart,
    in_panels,
)
from stepstone.report.labels import condition_label, points, watermark
from stepstone.report.vega import VegaSpec, layer, layers, nominal, panels, quantity

CHANCE = "chance"
_SHOWN = ("model", "condition", "target", "value", "low", "high", "verdict", "is_at_chance")


def heat_maps(comparison: Comparison, study: Study) -> Iterator[Figure]:
    """One, where there are several conditions and several targets, and a gain is known."""
    gains = comparison.gains
    if gains.empty or gains["condition"].nunique() < 2 or gains["target"].nunique() < 2:
        return
    table = gains[gains["level"].isin(WHOLE_LEVELS)].reset_index(drop=True)
    if table["value"].notna().any():
        yield _heat_map(table.assign(is_at_chance=_at_chance(table, comparison)), study)


def _at_chance(table: pd.DataFrame, comparison: Comparison) -> list[bool]:
    """Whether the score of a gain's arm is not shown to lie above chance: its interval reaches down to it."""
    levels = comparison.levels[(comparison.levels["name"] == CHANCE) & (comparison.levels["level"] == "all")]
    chance = dict(zip(levels["target"], levels["value"], strict=True))
    scores = comparison.scores[comparison.scores["level"] == "all"]
    keys = zip(scores["model"], scores["condition"], scores["target"], strict=True)
    low = dict(zip(keys, scores["low"], strict=True))
    places = [(row["model"], row["condition"], row["target"]) for row in rows_of(table)]
    return [target in chance and low[model, arm, target] <= chance[target] for model, arm, target in places]


def _heat_map(table: pd.DataFrame, study: Study) -> Figure:
    """Condition x target, one panel per model: the mean gain over all languages."""
    rows, data = rows_of(table), table[list(_SHOWN)]
    labels = [condition_label(row, study) for row in rows]
    table["label"] = labels
    named = {column: CodedNames.of(table[column]) for column in ("target", "label", "model")}
    for column, names in named.items():
        table[column] = table[column].map(dict(names.codes))
    table["text"] = [_text(row) for row in rows]
    table["said"] = [_said(row, label) for row, label in zip(rows, labels, strict=True)]
    most = max(float(table["value"].abs().max()), 1e-9)
    strong = table["value"].abs() > 0.6 * most
    table["ink"] = strong.map({True: "#fefefe", False: "#26262a"}).where(table["value"].notna(), INK)
    num_models, num_targets = table["model"].nunique(), table["target"].nunique()
    width = max(46 * num_targets, min(64 * num_targets, (WIDTH - 120) // num_models))
    chart = layers(_layers(named, most), width, 24 * table["label"].nunique())
    chart["resolve"] = {"scale": {"color": "independent"}}
    chart = panels(chart, {"column": in_panels("model", named["model"])})
    caption = (
        "Mean gain over all languages, in points over no intermediate task; * decided after Holm's correction. Dashed "
        "frames: the score itself is not shown to lie above chance. gap: not computed."
    )
    shown = ["target", "label", "model", "value", "text", "ink", "is_at_chance", "said"]
    return draw_chart(("gains_by_condition_and_target",), caption, chart, table[shown], watermark(study), data)


def _layers(named: dict[str, CodedNames], most: float) -> list[VegaSpec]:
    base = {
        "x": nominal("target", title=None, sort=None, axis=_axis(named["target"], labelAngle=-40)),
        "y": nominal("label", title=None, sort=None, axis=_axis(named["label"], labelLimit=260)),
    }
    scale = {"scheme": "blueorange", "reverse": True, "domain": [-most, most]}
    coloured = {**base, "color": quantity("value", legend=None, scale=scale), "description": SAID}
    framed: VegaSpec = {"filled": False, "stroke": GREY, "strokeWidth": 1.6, "strokeDash": [3, 2]}
    written = {**base, "text": nominal("text"), "color": nominal("ink", scale=None, legend=None), "description": SAID}
    return [
        layer("rect", coloured, stroke=LINE, strokeWidth=0.5),
        layer("rect", base, "datum.is_at_chance", **framed),
        layer("text", written, fontSize=10),
    ]


def _axis(names: CodedNames, **changes: Any) -> VegaSpec:
    return {"domain": False, "labelExpr": names.expression, **changes}


def _said(row: dict[str, Any], label: str) -> str:
    what = "gap" if row["verdict"] == "gap" else f"{describe_interval(row)}, {row['verdict']}"
    return visible(f"{row['model']}, {label}, {row['target']}: {what}")


def _text(row: dict[str, Any]) -> str:
    if row["verdict"] == "gap":
        return "gap"
    return points(row["value"]) + ("*" if row["verdict"] in ("higher", "lower") else "")
