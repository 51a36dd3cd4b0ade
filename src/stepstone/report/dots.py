"""Charts of values with their intervals: dots under each other, and rows of comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from stepstone.core.visible import visible
from stepstone.evidence.estimate import EXAMPLES_ONLY
from stepstone.evidence.frame import rows_of
from stepstone.report.drawing import (
    GREY,
    INK,
    LINE,
    PALETTE,
    PAPER,
    SAID,
    WIDTH,
    CodedNames,
    Figure,
    describe_interval,
    draw_chart,
    in_panels,
)
from stepstone.report.vega import VegaSpec, layer, layers, line_in_panels, nominal, panels, quantity

_MOST_PANELS = 4  # side by side
_LONGEST = 220  # pixels of a row's label
_PAINTED = ("part", "series", "value", "low", "high", "verdict", "paint", "is_partial", "said")
_DRAWN = ("part", "series", "value", "low", "high", "basis", "verdict")
_FILL = nominal("paint", scale=None, legend=None)


@dataclass(frozen=True)
class DotChart:
    """A chart of values with intervals: rows named by `labels`, one panel per value of `panel`, a colour per series.

    The table has part (the row), value, low, high, basis, verdict, series and the panel's column; where it has seeds
    (a list of values), they are drawn as small circles. Lines stand at 0 and at the margin on both sides.
    """

    table: pd.DataFrame
    panel: str
    labels: Mapping[str, str]
    title: str
    legend: str | None = None
    margin: float | None = None

    @property
    def data(self) -> pd.DataFrame:
        """What is drawn, under the names that are shown."""
        shown = [name for name in (*_DRAWN, "seeds") if name in self.table]
        found = self.table[list(dict.fromkeys([self.panel, *shown]))]
        return found.assign(part=[self.labels[part].replace("\n", " ") for part in found["part"]])

    @cached_property
    def rows(self) -> CodedNames:
        """The rows of the chart."""
        return CodedNames.of(self.labels, self.labels)

    @cached_property
    def series(self) -> CodedNames:
        """What the colours stand for."""
        return CodedNames.of(self.table["series"])

    @cached_property
    def panels(self) -> CodedNames:
        """What the panels stand for."""
        return CodedNames.of(self.table[self.panel])


def draw_dots(subject: tuple[str, ...], caption: str, dots: DotChart, mark: str) -> Figure:
    """Render dots and intervals; the series of a row stand under each other, and a gap has no dot."""
    table = _painted(dots)
    table, series = table[table["value"].notna()], dots.series
    base = {"y": _rows(dots.rows), "yOffset": nominal("series", sort=series.order)}
    legend = {"labelExpr": series.expression}
    colour = _colour(dots, legend)
    shape = nominal("series", title=dots.legend, scale={"domain": series.order}, legend=legend)
    shown = {**base, "x": quantity("value"), "color": colour, "fill": _FILL, "shape": shape, "description": SAID}
    points = layer("point", shown, size=34, strokeWidth=1.6, opacity=1)
    parts = [*_lines(dots), *_intervals(base, colour, dots, 1.6), points]
    chart = _strips(parts, dots, max(14, 9 * len(series.codes) + 5))
    return draw_chart(subject, caption, chart, table, mark, dots.data)


def draw_forest(subject: tuple[str, ...], caption: str, dots: DotChart, mark: str) -> Figure:
    """Render one row per comparison: an interval, a diamond on it, and its seeds as small circles under it."""
    table = _painted(dots)
    base = {"y": _rows(dots.rows)}
    legend = {"symbolType": "diamond", "symbolOpacity": 1, "labelExpr": dots.series.expression}
    colour = _colour(dots, legend)
    # Rows of their own, as the renderer cannot unfold a list within panels.
    singles = table[[dots.panel, "part", "series", "seeds"]].explode("seeds").dropna(subset="seeds")
    of_seeds = {**base, "x": quantity("seeds"), "color": colour}
    seeds = layer("circle", of_seeds, "isValid(datum.seeds)", size=22, opacity=0.45, yOffset=6)
    shown = {**base, "x": quantity("value"), "color": colour, "fill": _FILL, "description": SAID}
    points = layer("point", shown, shape="diamond", size=90, strokeWidth=1.6, opacity=1)
    at_zero = {**base, "x": {"datum": 0}, "text": {"datum": "gap"}}
    gaps = layer("text", at_zero, "datum.verdict == 'gap'", color=GREY, fontStyle="italic", fontSize=10)
    parts = [*_lines(dots), seeds, *_intervals(base, colour, dots, 3), points, gaps]
    height = 24 + 6 * max(label.count("\n") for label in dots.labels.values())
    table = pd.concat([table.drop(columns="seeds"), singles], ignore_index=True)
    return draw_chart(subject, caption, _strips(parts, dots, height), table, mark, dots.data)


def _strips(parts: Sequence[VegaSpec], dots: DotChart, height: int) -> VegaSpec:
    """Panels of these layers, a few side by side so that a strip is as wide as a figure; `height` is a row's."""
    names = dots.panels
    longest = max(len(line) for label in dots.labels.values() for line in label.split("\n"))
    num_columns = min(len(names.codes), _MOST_PANELS)
    width = (WIDTH - 34 - min(6 * longest, _LONGEST)) // num_columns - 14
    return panels(layers(parts, width, height * len(dots.labels)), in_panels(dots.panel, names), columns=num_columns)


def _painted(dots: DotChart) -> pd.DataFrame:
    """The table with numbered names and what fills its dots: a colour where decided, a light one where equivalent."""
    table = dots.table.assign(said=_said(dots))
    for column, names in (("part", dots.rows), ("series", dots.series), (dots.panel, dots.panels)):
        table[column] = table[column].map(dict(names.codes))
    colours = _colours(dots)
    decided, same = table["verdict"].isin(["higher", "lower"]), table["verdict"].eq("equivalent")
    table["paint"] = table["series"].map(colours).where(decided, PAPER).mask(same, LINE)
    table["is_partial"] = table["basis"].str.startswith(EXAMPLES_ONLY)
    # The renderer is given what it draws alone: it takes longer over the rest than over that.
    shown = [name for name in ("seeds",) if name in table]
    return table[[dots.panel, *_PAINTED, *shown]]


def _said(dots: DotChart) -> list[str]:
    """What is shown of a dot where a pointer rests on it."""
    return [
        visible(f"{row[dots.panel]}, {row['part']}, {row['series']}: {describe_interval(row)}, {row['verdict']}")
        for row in rows_of(dots.data)
    ]


def _colours(dots: DotChart) -> dict[str, str]:
    return {code: PALETTE[place % len(PALETTE)] for place, code in enumerate(dots.series.order)}


def _colour(dots: DotChart, legend: VegaSpec) -> VegaSpec:
    colours = _colours(dots)
    scale = {"domain": list(colours), "range": list(colours.values())}
    return nominal("series", title=dots.legend, scale=scale, legend=legend)


def _intervals(base: VegaSpec, colour: VegaSpec, dots: DotChart, width: float) -> list[VegaSpec]:
    """Bars of the intervals; those that leave runs out of account are dashed and grey."""
    across = {**base, "x": quantity("low", title=visible(dots.title)), "x2": {"field": "high"}}
    is_known, is_partial = "isValid(datum.low)", "datum.is_partial"
    whole = layer("rule", {**across, "color": colour}, is_known, f"!{is_partial}", strokeWidth=width)
    partial = layer("rule", across, is_known, is_partial, strokeWidth=1.4, strokeDash=[4, 3], color=GREY)
    # A layer takes an eighth of the time of a figure, also where nothing is drawn in it.
    return [whole, partial] if dots.table["basis"].str.startswith(EXAMPLES_ONLY).any() else [whole]


def _lines(dots: DotChart) -> list[VegaSpec]:
    """The line of no difference, and those of the margin."""
    ends = () if dots.margin is None else (-dots.margin, dots.margin)
    dotted: VegaSpec = {"color": GREY, "strokeWidth": 0.8, "strokeDash": [1, 3]}
    margins = [line_in_panels(dots.panel, {"x": {"datum": x}}, **dotted) for x in ends]
    return [*margins, line_in_panels(dots.panel, {"x": {"datum": 0}}, color=INK, strokeWidth=0.8)]


def _rows(names: CodedNames) -> VegaSpec:
    axis = {"labelExpr": names.expression, "domain": False, "ticks": False, "grid": True, "labelLimit": _LONGEST}
    return nominal("part", title=None, sort=names.order, scale={"domain": names.order}, axis=axis)
