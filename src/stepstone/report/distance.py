"""Gains by how far a language lies from the one that targets are trained in: genus, family, script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from stepstone.core.language import Language
from stepstone.core.lineage import UNKNOWN
from stepstone.core.study import Study
from stepstone.core.visible import visible
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
from stepstone.report.labels import condition_label, first_of, language_label, points, watermark
from stepstone.report.vega import layer, layers, line_in_panels, panels, quantity

SOURCE, GENUS, FAMILY, SCRIPT, NEITHER = (
    "source language",
    "same genus",
    "same family",
    "same script only",
    "other family and script",
)
KINSHIPS = (SOURCE, GENUS, FAMILY, SCRIPT, NEITHER)
_MOST_PANELS = 12


def kinship(language: Language, source: Language) -> str:
    """How near a language is to another, the nearest that holds; an unknown family or genus is shared with none.

    >>> from stepstone.core.language import language
    >>> [kinship(language(code), language("en")) for code in ("en", "de", "ru", "tr", "ja")]
    ['source language', 'same genus', 'same family', 'same script only', 'other family and script']
    """
    if language.code == source.code:
        return SOURCE
    if language.genus == source.genus != UNKNOWN:
        return GENUS
    if language.family == source.family != UNKNOWN:
        return FAMILY
    return SCRIPT if language.script == source.script else NEITHER


def gains_by_distance(gains: pd.DataFrame, study: Study) -> Iterator[Figure]:
    """One figure per model with a panel per condition, where evaluated languages lie at several distances."""
    singles = gains[(gains["level"] == "language") & gains["value"].notna()] if len(gains) else gains
    for model, own in singles.groupby("model", sort=False) if len(singles) else ():
        rows = rows_of(own)
        places = {(row["target"], row["setting"]): None for row in rows}
        sources = {place: study.language_of(study.source_in(*place)) for place in places}
        known = [(study.language_of(row["part"]), sources[row["target"], row["setting"]]) for row in rows]
        labels = [condition_label(row, study) for row in rows]
        table = own.assign(kinship=[kinship(*both) for both in known], label=labels)
        if table["kinship"].nunique() > 1:
            yield _figure(str(model), table, study)


def _said(row: dict[str, Any], study: Study) -> str:
    return visible(f"{row['label']}, {row['target']}, {language_label(row['part'], study)}: {describe_interval(row)}")


def _sources(targets: Iterable[str], study: Study) -> str:
    """The languages that targets are trained in, each once."""
    codes = dict.fromkeys(code for target in targets for code in study.sources_of(target))
    return ", ".join(language_label(code, study) for code in codes)


def _figure(model: str, table: pd.DataFrame, study: Study) -> Figure:
    shown = list(dict.fromkeys(table["label"]))[:_MOST_PANELS]
    data = table[["label", "target", "part", "kinship", "value", "low", "high", "basis", "verdict"]]
    rows = data[data["label"].isin(shown)]
    means = rows.groupby(["label", "kinship"], sort=False)["value"].mean().reset_index().assign(is_mean=True)
    means["said"] = [
        visible(f"{row['label']}, {row['kinship']}: {points(row['value'])}, mean") for row in rows_of(means)
    ]
    rows = rows.assign(said=[_said(row, study) for row in rows_of(rows)], is_mean=False)
    rows = pd.concat([rows[["label", "kinship", "value", "said", "is_mean"]], means], ignore_index=True)
    names = CodedNames.of(shown)
    rows["label"] = rows["label"].map(dict(names.codes))
    order = [name for name in KINSHIPS if name in set(rows["kinship"])]
    kinships = {"field": "kinship", "type": "ordinal", "title": None, "sort": order, "axis": {"labelAngle": -40}}
    places = {"x": kinships, "y": quantity("value", title="gain, points")}
    said = {**places, "description": SAID}
    zero = line_in_panels("label", {"y": {"datum": 0}}, color=LINE)
    dots = layer("circle", said, "!datum.is_mean", size=16, color=GREY, opacity=0.5)
    line = layer("line", places, "datum.is_mean", color=INK, strokeWidth=1)
    large = layer("circle", said, "datum.is_mean", size=50, color=INK, opacity=1)
    num_columns = min(3, len(shown))
    chart = layers((zero, dots, line, large), (WIDTH - 40) // num_columns - 40, 130)
    chart = panels(chart, in_panels("label", names), columns=num_columns)
    sources = _sources(dict.fromkeys(table["target"]), study)
    more = first_of(len(shown), table["label"].nunique(), "arms", "comparisons.csv")
    caption = (
        f"{model}: gains by distance from the language that targets are trained in ({sources}). Small dots: "
        f"languages of single targets, large dots their plain means.{more}"
    )
    return replace(draw_chart(("gain_by_distance", model), caption, chart, rows, watermark(study), data), model=model)
