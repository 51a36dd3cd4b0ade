"""Figures and how charts look; colours hold for colour-blind readers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd

from stepstone.core.filename import file_names
from stepstone.core.second import SecondProcess
from stepstone.core.visible import cell, visible
from stepstone.report.inline import inline
from stepstone.report.labels import interval, points
from stepstone.report.renderer import render_svg
from stepstone.report.vega import VegaSpec, nominal

# Okabe and Ito (2008), without the yellow that light paper swallows.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
GREY = PALETTE[-1]
INK, LINE, PAPER = "#1a1b1e", "#c9c9c4", "#ffffff"
WIDTH = 620  # pixels of a whole figure


@dataclass(frozen=True)
class Figure:
    """One chart: what it is of, a caption, the chart as Vega-Lite has it, what it shows as CSV.

    `name` is that of its files; `model` and `target` are set where it is of one alone; `drawn` where a second process
    draws it.
    """

    subject: tuple[str, ...]
    caption: str
    chart: VegaSpec
    data: str
    name: str = ""
    model: str = ""
    target: str = ""
    drawn: Future[bytes] | None = None

    def drawn_by(self, second: SecondProcess) -> Figure:
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
        return render_svg(self.chart)

    @property
    def inline(self) -> str:
        """The drawing for a page: its ink, lines and paper follow the page's colours, light or dark."""
        colours = {INK: "currentColor", LINE: "var(--line)", PAPER: "var(--paper)"}
        colours |= {colour: f"var(--hue{place})" for place, colour in enumerate(PALETTE)}
        return inline(self.svg, self.name, colours)


@dataclass(frozen=True)
class CodedNames:
    """Names as the renderer gets them: numbered, for it makes expressions of what it sorts or facets by.

    Attributes:
        codes: by name the code that stands for it in the data, in order.
        expression: what makes of a code the name that is shown; line breaks in it are line breaks.
    """

    codes: Mapping[str, str]
    expression: str

    @classmethod
    def of(cls, names: Iterable[str], labels: Mapping[str, str] | None = None) -> CodedNames:
        """Number the names; `labels` are shown in their place where they are given."""
        codes = {name: f"n{number}" for number, name in enumerate(dict.fromkeys(names))}
        shown = {code: visible(labels[name] if labels else name) for name, code in codes.items()}
        return cls(codes, f"split({json.dumps(shown)}[datum.value], '\\n')")

    @property
    def order(self) -> list[str]:
        """The codes."""
        return list(self.codes.values())


def with_names(figures: Iterable[Figure]) -> list[Figure]:
    """The figures of one page with names for their files, no two alike."""
    drawn = list(figures)
    names = file_names(figure.subject for figure in drawn)
    return [replace(figure, name=name) for figure, name in zip(drawn, names, strict=True)]


def draw_chart(
    subject: tuple[str, ...], caption: str, chart: VegaSpec, table: pd.DataFrame, mark: str, data: pd.DataFrame
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


def in_panels(field: str, names: CodedNames) -> VegaSpec:
    """The column whose names have a panel each, in their order."""
    return nominal(field, title=None, sort=names.order, header={"labelExpr": names.expression})


def describe_interval(row: Mapping[str, Any]) -> str:
    """A difference with its interval, for a mark."""
    return f"{points(row['value'])} {interval(row)}"


SAID = nominal("said")  # the column of what is said of marks
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
