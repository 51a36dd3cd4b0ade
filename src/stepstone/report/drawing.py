"""How charts look; colours hold for colour-blind readers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd

from stepstone.core.filename import file_names
from stepstone.core.second import Second
from stepstone.core.visible import cell, visible
from stepstone.report.inline import inline
from stepstone.report.labels import points, span
from stepstone.report.renderer import render
from stepstone.report.vega import Spec, layer, layers, line_in_panels, nominal, panels, quantity

# Okabe and Ito (2008), without the yellow that light paper swallows.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
GREY = PALETTE[-1]
INK, LINE, PAPER = "#1a1b1e", "#c9c9c4", "#ffffff"
WIDTH = 620  # pixels of a whole figure
_MOST_PANELS = 4  # side by side
_LONGEST = 220  # pixels of a row's label
EXAMPLES_ONLY = "test examples only"  # how the basis of an interval without the runs' part begins
_PAINTED = ("part", "series", "value", "low", "high", "verdict", "paint", "is_partial", "said")
_DRAWN = ("part", "series", "value", "low", "high", "basis", "verdict")


@dataclass(frozen=True)
class Figure:
    """One chart: what it is of, a caption, the chart as Vega-Lite has it, what it shows as CSV.

    `name` is that of its files; `model` and `target` are set where it is of one alone; `drawn` where a second process
    draws it.
    """

    subject: tuple[str, ...]
    caption: str
    chart: Spec
    data: str
    name: str = ""
    model: str = ""
    target: str = ""
    drawn: Future[bytes] | None = None

    def drawn_by(self, second: Second) -> Figure:
        """The same figure, which a second process begins to draw."""
        return replace(self, drawn=second.ask(json.dumps(self.chart).encode()))

    @cached_property
    def svg(self) -> str:
        """The drawing, with its caption as text for who cannot see it."""
        return self._drawing.replace("<svg ", f'<svg role="img" aria-label="{escape(self.caption)}" ', 1)

    @property
    def _drawing(self) -> str:
        # What the second process has not begun is drawn here: it draws the next one meanwhile.
        if self.drawn is not None and not self.drawn.cancel():
            with suppress(OSError):
                return self.drawn.result().decode()
        return render(self.chart)

    @property
    def inline(self) -> str:
        """The drawing for a page: its ink, lines and paper follow the page's colours, light or dark."""
        colours = {INK: "currentColor", LINE: "var(--line)", PAPER: "var(--paper)"}
        colours |= {colour: f"var(--hue{place})" for place, colour in enumerate(PALETTE)}
        return inline(self.svg, self.name, colours)


@dataclass(frozen=True)
class Names:
    """Names as the renderer gets them: numbered, for it makes expressions of what it sorts or facets by.

    Attributes:
        codes: by name the code that stands for it in the data, in order.
        expression: what makes of a code the name that is shown; line breaks in it are line breaks.
    """

    codes: Mapping[str, str]
    expression: str

    @classmethod
    def of(cls, names: Iterable[str], labels: Mapping[str, str] | None = None) -> Names:
        """Number the names; `labels` are shown in their place where they are given."""
        codes = {name: f"n{number}" for number, name in enumerate(dict.fromkeys(names))}
        shown = {code: visible(labels[name] if labels else name) for name, code in codes.items()}
        return cls(codes, f"split({json.dumps(shown)}[datum.value], '\\n')")

    @property
    def order(self) -> list[str]:
        """The codes."""
        return list(self.codes.values())


@dataclass(frozen=True)
class Dots:
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
    def rows(self) -> Names:
        """The rows of the chart."""
        return Names.of(self.labels, self.labels)

    @cached_property
    def series(self) -> Names:
        """What the colours stand for."""
        return Names.of(self.table["series"])

    @cached_property
    def panels(self) -> Names:
        """What the panels stand for."""
        return Names.of(self.table[self.panel])


def with_names(figures: Iterable[Figure]) -> list[Figure]:
    """The figures of one page with names for their files, no two alike."""
    drawn = list(figures)
    names = file_names(figure.subject for figure in drawn)
    return [replace(figure, name=name) for figure, name in zip(drawn, names, strict=True)]


def draw(
    subject: tuple[str, ...], caption: str, chart: Spec, table: pd.DataFrame, mark: str, data: pd.DataFrame
) -> Figure:
    """A chart of `table`; `data` is the same under plain names. `mark` is drawn in and ends the caption."""
    spec = {"config": _THEME, "data": {"name": "rows"}, **chart}
    spec["datasets"] = {"rows": json.loads(table.to_json(orient="records"))}
    if mark:
        spec["title"] = {"text": visible(mark)}
        caption = f"{caption} {mark[0].upper()}{mark[1:]}."
    data = data.assign(lab=mark)
    for name in data.select_dtypes(["object", "string"]):
        data[name] = [cell(value) if isinstance(value, str) else value for value in data[name]]
    return Figure(subject, visible(caption), spec, data.to_csv(index=False, float_format="%.10g", lineterminator="\n"))


def draw_dots(subject: tuple[str, ...], caption: str, dots: Dots, mark: str) -> Figure:
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
    return draw(subject, caption, chart, table, mark, dots.data)


def draw_forest(subject: tuple[str, ...], caption: str, dots: Dots, mark: str) -> Figure:
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
    return draw(subject, caption, _strips(parts, dots, height), table, mark, dots.data)


def _strips(parts: Sequence[Spec], dots: Dots, height: int) -> Spec:
    """Panels of these layers, a few side by side so that a strip is as wide as a figure; `height` is a row's."""
    names = dots.panels
    longest = max(len(line) for label in dots.labels.values() for line in label.split("\n"))
    num_columns = min(len(names.codes), _MOST_PANELS)
    width = (WIDTH - 34 - min(6 * longest, _LONGEST)) // num_columns - 14
    return panels(layers(parts, width, height * len(dots.labels)), in_panels(dots.panel, names), columns=num_columns)


def in_panels(field: str, names: Names) -> Spec:
    """The column whose names have a panel each, in their order."""
    return nominal(field, title=None, sort=names.order, header={"labelExpr": names.expression})


def _painted(dots: Dots) -> pd.DataFrame:
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


def _said(dots: Dots) -> list[str]:
    """What is shown of a dot where a pointer rests on it."""
    data = dots.data
    cells = zip(
        *(data[name] for name in (dots.panel, "part", "series", "value", "low", "high", "verdict")), strict=True
    )
    return [
        visible(f"{panel}, {part}, {series}: {describe(value, low, high)}, {verdict}")
        for panel, part, series, value, low, high, verdict in cells
    ]


def describe(value: float, low: float, high: float) -> str:
    """A difference with its interval, for a mark."""
    return points(value) if low != low else f"{points(value)} ({span(low, high)})"


def _colours(dots: Dots) -> dict[str, str]:
    return {code: PALETTE[place % len(PALETTE)] for place, code in enumerate(dots.series.order)}


def _colour(dots: Dots, legend: Spec) -> Spec:
    colours = _colours(dots)
    scale = {"domain": list(colours), "range": list(colours.values())}
    return nominal("series", title=dots.legend, scale=scale, legend=legend)


def _intervals(base: Spec, colour: Spec, dots: Dots, width: float) -> list[Spec]:
    """Bars of the intervals; those that leave runs out of account are dashed and grey."""
    across = {**base, "x": quantity("low", title=visible(dots.title)), "x2": {"field": "high"}}
    is_known, is_partial = "isValid(datum.low)", "datum.is_partial"
    whole = layer("rule", {**across, "color": colour}, is_known, f"!{is_partial}", strokeWidth=width)
    partial = layer("rule", across, is_known, is_partial, strokeWidth=1.4, strokeDash=[4, 3], color=GREY)
    # A layer takes an eighth of the time of a figure, also where nothing is drawn in it.
    return [whole, partial] if dots.table["basis"].str.startswith(EXAMPLES_ONLY).any() else [whole]


def _lines(dots: Dots) -> list[Spec]:
    """The line of no difference, and those of the margin."""
    ends = () if dots.margin is None else (-dots.margin, dots.margin)
    dotted: Spec = {"color": GREY, "strokeWidth": 0.8, "strokeDash": [1, 3]}
    margins = [line_in_panels(dots.panel, {"x": {"datum": x}}, **dotted) for x in ends]
    return [*margins, line_in_panels(dots.panel, {"x": {"datum": 0}}, color=INK, strokeWidth=0.8)]


def _rows(names: Names) -> Spec:
    axis = {"labelExpr": names.expression, "domain": False, "ticks": False, "grid": True, "labelLimit": _LONGEST}
    return nominal("part", title=None, sort=names.order, scale={"domain": names.order}, axis=axis)


SAID = nominal("said")  # the column of what is said of marks
_FILL = nominal("paint", scale=None, legend=None)
_WORDS = {"labelColor": INK, "titleColor": INK, "titleFontWeight": "normal", "labelFontSize": 11, "titleFontSize": 11}
_THEME: dict[str, Any] = {
    "font": "Arial, 'Liberation Sans', Helvetica, sans-serif",  # what the renderer measures, so labels fit
    "padding": {"left": 14, "right": 8, "top": 4, "bottom": 4},
    "background": PAPER,
    "view": {"stroke": None},
    # What would be said of axes and legends are the codes of their names; the caption says what they are.
    "axis": {**_WORDS, "aria": False, "gridColor": LINE, "gridOpacity": 0.6, "domainColor": LINE, "tickColor": LINE},
    "header": {"labelColor": INK, "labelFontSize": 12, "labelFontWeight": "bold", "labelAnchor": "start"},
    "legend": {**_WORDS, "aria": False, "orient": "top", "symbolBaseFillColor": PAPER},
    "title": {
        "color": INK,
        "fontSize": 11,
        "fontWeight": "normal",
        "fontStyle": "italic",
        "anchor": "start",
        "offset": 6,
    },
}
