"""How charts look and how they become SVG: no browser, no network; colours hold for colour-blind readers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

# Okabe and Ito (2008), without the yellow that light paper swallows.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
GREY = PALETTE[-1]
INK, LINE, PAPER = "#1a1b1e", "#c9c9c4", "#ffffff"
WIDTH = 620  # pixels of a whole figure
_MOST_PANELS = 4  # side by side
_LONGEST = 220  # pixels of a row's label
EXAMPLES_ONLY = "test examples only"  # how the basis of an interval without the runs' part begins
# Charts name their data and `draw` puts it in: altair would copy and check it once per layer.
ROWS = alt.NamedData(name="rows")


@dataclass(frozen=True)
class Figure:
    """One chart: a name for its file, a caption, and the drawing."""

    name: str
    caption: str
    svg: str

    @property
    def inline(self) -> str:
        """The drawing for a page: its ink, lines and paper follow the page's colours, light or dark."""
        body = self.svg[self.svg.index("<svg") :]
        # Charts number their clips alike; on one page each needs names of its own.
        body = body.replace('id="', f'id="{self.name}-').replace("url(#", f"url(#{self.name}-")
        colours = {INK: "currentColor", LINE: "var(--line)", PAPER: "var(--paper)"}
        colours |= {colour: f"var(--hue{place})" for place, colour in enumerate(PALETTE)}
        for colour, name in colours.items():
            body = body.replace(colour, name)
        return body


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


def draw(name: str, caption: str, chart: Any, table: pd.DataFrame, mark: str) -> Figure:
    """Render a chart, with its caption as text for who cannot see it; `mark` is drawn in and ends the caption."""
    if mark:
        chart = chart.properties(title=alt.TitleParams(mark))
        caption = f"{caption} {mark[0].upper()}{mark[1:]}."
    spec = chart.configure(**_THEME).to_dict(validate=False)
    spec["datasets"] = {"rows": json.loads(table.to_json(orient="records"))}
    svg = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{escape(caption)}" ', 1)
    safe = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)
    return Figure(safe, caption, svg)


def draw_dots(name: str, caption: str, dots: Dots, mark: str) -> Figure:
    """Render dots and intervals; the series of a row stand under each other, and a gap has no dot."""
    table, colours = _painted(dots)
    table, series = table[table["value"].notna()], list(colours)
    base = alt.Chart(ROWS).encode(y=_rows(dots.labels), yOffset=alt.YOffset("series:N", sort=series))
    colour = _colour(dots, colours)
    points = base.mark_point(size=34, strokeWidth=1.6, opacity=1).encode(
        x="value:Q",
        color=colour,
        fill=alt.Fill("paint:N", scale=None, legend=None),
        shape=alt.Shape("series:N", title=dots.legend, scale=alt.Scale(domain=series)),
    )
    layers = [*_lines(dots), *_intervals(base, colour, dots.title, 1.6), points]
    return draw(name, caption, _strips(layers, dots, max(14, 9 * len(series) + 5)), table, mark)


def draw_forest(name: str, caption: str, dots: Dots, mark: str) -> Figure:
    """Render one row per comparison: an interval, a diamond on it, and its seeds as small circles under it."""
    table, colours = _painted(dots)
    base = alt.Chart(ROWS).encode(y=_rows(dots.labels))
    colour = _colour(dots, colours, legend=alt.Legend(symbolType="diamond", symbolOpacity=1))
    # Rows of their own, as the renderer cannot unfold a list within panels.
    singles = table[[dots.panel, "part", "series", "seeds"]].explode("seeds").dropna(subset="seeds")
    seeds = base.transform_filter("isValid(datum.seeds)").mark_circle(size=22, opacity=0.45, yOffset=6)
    seeds = seeds.encode(x="seeds:Q", color=colour)
    points = base.mark_point(shape="diamond", size=90, strokeWidth=1.6, opacity=1)
    points = points.encode(x="value:Q", color=colour, fill=alt.Fill("paint:N", scale=None, legend=None))
    gaps = base.transform_filter("datum.verdict == 'gap'").mark_text(color=GREY, fontStyle="italic", fontSize=10)
    gaps = gaps.encode(x=alt.datum(0), text=alt.datum("gap"))
    layers = [*_lines(dots), seeds, *_intervals(base, colour, dots.title, 3), points, gaps]
    height = 24 + 6 * max(label.count("\n") for label in dots.labels.values())
    table = pd.concat([table.drop(columns="seeds"), singles], ignore_index=True)
    return draw(name, caption, _strips(layers, dots, height), table, mark)


def _strips(layers: Sequence[Any], dots: Dots, height: int) -> Any:
    """Panels of these layers, a few side by side so that a strip is as wide as a figure; `height` is a row's."""
    order = list(dict.fromkeys(dots.table[dots.panel]))
    longest = max(len(line) for label in dots.labels.values() for line in label.split("\n"))
    num_columns = min(len(order), _MOST_PANELS)
    width = (WIDTH - 34 - min(6 * longest, _LONGEST)) // num_columns - 14
    chart = alt.layer(*layers).properties(width=width, height=height * len(dots.labels))
    return chart.facet(facet=alt.Facet(f"{dots.panel}:N", title=None, sort=order), columns=num_columns, spacing=14)


def _painted(dots: Dots) -> tuple[pd.DataFrame, dict[str, str]]:
    """The table with what fills its dots (its colour where decided, a light one where equivalent), and all colours."""
    series = dict.fromkeys(dots.table["series"])
    colours = {name: PALETTE[place % len(PALETTE)] for place, name in enumerate(series)}
    table = dots.table.copy()
    decided, same = table["verdict"].isin(["higher", "lower"]), table["verdict"].eq("equivalent")
    table["paint"] = table["series"].map(colours).where(decided, PAPER).mask(same, LINE)
    table["is_partial"] = table["basis"].str.startswith(EXAMPLES_ONLY)
    return table, colours


def _colour(dots: Dots, colours: Mapping[str, str], **changes: Any) -> alt.Color:
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color("series:N", title=dots.legend, scale=scale, **changes)


def _intervals(base: Any, colour: alt.Color, title: str, width: float) -> list[Any]:
    """Bars of the intervals; those that leave runs out of account are dashed and grey."""
    across = base.transform_filter("isValid(datum.low)").encode(x=alt.X("low:Q", title=title), x2="high:Q")
    whole = across.transform_filter("!datum.is_partial").mark_rule(strokeWidth=width).encode(color=colour)
    partial = across.transform_filter("datum.is_partial").mark_rule(strokeWidth=1.4, strokeDash=[4, 3], color=GREY)
    return [whole, partial]


def _lines(dots: Dots) -> list[Any]:
    """The line of no difference, and those of the margin."""
    # One line a panel: without the aggregate it would be drawn once per row, and look bold.
    once = alt.Chart(ROWS).transform_aggregate(num="count()", groupby=[dots.panel])
    ends = () if dots.margin is None else (-dots.margin, dots.margin)
    margins = [once.mark_rule(color=GREY, strokeWidth=0.8, strokeDash=[1, 3]).encode(x=alt.datum(x)) for x in ends]
    return [*margins, once.mark_rule(color=INK, strokeWidth=0.8).encode(x=alt.datum(0))]


def _rows(labels: Mapping[str, str]) -> alt.Y:
    names = f"split({json.dumps(labels)}[datum.value], '\\n')"
    axis = alt.Axis(labelExpr=names, domain=False, ticks=False, grid=True, labelLimit=_LONGEST)
    return alt.Y("part:N", title=None, sort=list(labels), scale=alt.Scale(domain=list(labels)), axis=axis)


def panels(table: pd.DataFrame, name: str) -> alt.Column:
    """Panels side by side, in order of appearance."""
    return alt.Column(f"{name}:N", title=None, sort=list(dict.fromkeys(table[name])))


_WORDS = {"labelColor": INK, "titleColor": INK, "titleFontWeight": "normal", "labelFontSize": 11, "titleFontSize": 11}
_THEME: dict[str, Any] = {
    "font": "Arial, 'Liberation Sans', Helvetica, sans-serif",  # what the renderer measures, so labels fit
    "padding": {"left": 14, "right": 8, "top": 4, "bottom": 4},
    "background": PAPER,
    "view": {"stroke": None},
    "axis": {**_WORDS, "gridColor": LINE, "gridOpacity": 0.6, "domainColor": LINE, "tickColor": LINE},
    "header": {"labelColor": INK, "labelFontSize": 12, "labelFontWeight": "bold", "labelAnchor": "start"},
    "legend": {**_WORDS, "orient": "top", "symbolBaseFillColor": PAPER},
    "title": {
        "color": INK,
        "fontSize": 11,
        "fontWeight": "normal",
        "fontStyle": "italic",
        "anchor": "start",
        "offset": 6,
    },
}
