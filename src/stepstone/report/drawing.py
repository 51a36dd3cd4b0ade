"""How charts look and how they become SVG: no browser, no network; colours hold for colour-blind readers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

# Okabe and Ito (2008), without the yellow that light paper swallows.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
INK, LINE, PAPER = "#1a1b1e", "#c9c9c4", "#ffffff"
WIDTH = 620  # pixels of a whole figure
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
    """A chart of dots with intervals: one row per language, one panel per value of `panel`, a colour per series.

    The table has part, value, low, high, verdict, series and the panel's column; `labels` orders and names the rows.
    """

    table: pd.DataFrame
    panel: str
    labels: Mapping[str, str]
    title: str
    legend: str | None = None


def draw(name: str, caption: str, chart: Any, table: pd.DataFrame, mark: str) -> Figure:
    """Render a chart; `mark` is the watermark, drawn into the chart and repeated in the caption."""
    if mark:
        chart = chart.properties(title=alt.TitleParams(mark))
        caption = f"{caption} {mark[0].upper()}{mark[1:]}."
    spec = chart.configure(**_THEME).to_dict(validate=False)
    spec["datasets"] = {"rows": json.loads(table.to_json(orient="records"))}
    svg = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    safe = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)
    return Figure(safe, caption, svg)


def draw_dots(name: str, caption: str, dots: Dots, mark: str) -> Figure:
    """Render dots and intervals; a dot is filled where the verdict is decided, and a gap has none."""
    table = dots.table[dots.table["value"].notna()].copy()
    series = list(dict.fromkeys(dots.table["series"]))
    colours = {name: PALETTE[place % len(PALETTE)] for place, name in enumerate(series)}
    decided = table["verdict"].isin(["higher", "lower"])
    table["paint"] = table["series"].map(colours).where(decided, PAPER)
    colour = alt.Color("series:N", title=dots.legend, scale=alt.Scale(domain=series, range=list(colours.values())))
    base = alt.Chart(ROWS).encode(y=_languages(dots.labels), yOffset=alt.YOffset("series:N", sort=series), color=colour)
    bars = base.mark_rule(strokeWidth=1.6).encode(x=alt.X("low:Q", title=dots.title), x2="high:Q")
    points = base.mark_point(size=34, strokeWidth=1.6).encode(
        x="value:Q",
        fill=alt.Fill("paint:N", scale=None, legend=None),
        shape=alt.Shape("series:N", title=dots.legend, scale=alt.Scale(domain=series)),
    )
    # One line a panel: without the aggregate it would be drawn once per row, and look bold.
    once = alt.Chart(ROWS).transform_aggregate(num="count()", groupby=[dots.panel])
    zero = once.mark_rule(color=INK, strokeWidth=0.8).encode(x=alt.datum(0))
    num_panels = max(table[dots.panel].nunique(), 1)
    size = {
        "width": max(130, (WIDTH - 130) // num_panels - 14),
        "height": max(14, 9 * len(series) + 5) * len(dots.labels),
    }
    chart = alt.layer(zero, bars, points).properties(**size).facet(column=panels(table, dots.panel), spacing=14)
    return draw(name, caption, chart, table, mark)


def _languages(labels: Mapping[str, str]) -> alt.Y:
    names = f"{json.dumps(labels)}[datum.value]"
    axis = alt.Axis(labelExpr=names, domain=False, ticks=False, grid=True, labelLimit=220)
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
