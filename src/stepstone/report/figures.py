"""Which charts a study has: a heat map of gains, gains per language, one language against another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import altair as alt
import pandas as pd

from stepstone.core.study import Study
from stepstone.evidence.compare import Comparison
from stepstone.evidence.frame import rows_of
from stepstone.report.drawing import INK, LINE, ROWS, WIDTH, Dots, Figure, draw, draw_dots, panels
from stepstone.report.grid import Record
from stepstone.report.labels import (
    condition_label,
    group_of,
    language_label,
    part_label,
    points,
    reference_language,
    watermark,
)


def figures(comparison: Comparison, study: Study) -> list[Figure]:
    """All charts that the evidence has data for."""
    drawn = [_heat_map(comparison.gains, study)] if _measured(comparison.gains) else []
    return [*drawn, *_gains_by_language(comparison.gains, study), *_contrasts(comparison.contrasts, study)]


def _measured(table: pd.DataFrame) -> bool:
    return not table.empty and bool(table["value"].notna().any())


def _heat_map(gains: pd.DataFrame, study: Study) -> Figure:
    """Condition x target, one panel per model: the mean gain over all languages."""
    table = gains[gains["level"] == "all"].copy()
    rows = rows_of(table)
    table["label"] = [condition_label(row["intermediate"], row["intermediate_language"], study) for row in rows]
    table["text"] = [_shown(row) for row in rows]
    most = max(float(table["value"].abs().max()), 1e-9)
    strong = table["value"].abs() > 0.6 * most
    table["ink"] = strong.map({True: "#fefefe", False: "#26262a"}).where(table["value"].notna(), INK)
    num_models, num_targets = table["model"].nunique(), table["target"].nunique()
    base = alt.Chart(ROWS).encode(
        x=alt.X("target:N", title=None, sort=None, axis=alt.Axis(labelAngle=-40, domain=False)),
        y=alt.Y("label:N", title=None, sort=None, axis=alt.Axis(domain=False, labelLimit=260)),
    )
    scale = alt.Scale(scheme="blueorange", reverse=True, domain=[-most, most])
    boxes = base.mark_rect(stroke=LINE, strokeWidth=0.5).encode(color=alt.Color("value:Q", legend=None, scale=scale))
    texts = base.mark_text(fontSize=10).encode(text="text:N", color=alt.Color("ink:N", scale=None, legend=None))
    width = max(46 * num_targets, min(64 * num_targets, (WIDTH - 120) // num_models))
    chart = alt.layer(boxes, texts).properties(width=width, height=24 * table["label"].nunique())
    chart = chart.resolve_scale(color="independent").facet(column=panels(table, "model"), spacing=14)
    caption = "Mean gain over all languages, in points over no intermediate task; * decided after Holm's correction."
    return draw("gains_by_condition_and_target", caption, chart, table, watermark(study))


def _shown(row: Record) -> str:
    if row["verdict"] == "gap":
        return "gap"
    return points(row["value"]) + ("" if row["verdict"] == "undecided" else "*")


def _gains_by_language(gains: pd.DataFrame, study: Study) -> Iterator[Figure]:
    """Gain per language: one figure per model and intermediate task, one panel per target."""
    singles = gains[gains["level"] == "language"] if not gains.empty else gains
    for (model, task), table in singles.groupby(["model", "intermediate"], sort=False) if len(singles) else ():
        if not _measured(table):
            continue
        series = [language_label(code, study) for code in table["intermediate_language"]]
        caption = (
            f"{model}: what {task} gives each language, by the language that {task} was trained in. "
            "Dots are means over seeds (filled: decided), bars the intervals."
        )
        labels = row_labels(table["part"], study)
        dots = Dots(table.assign(series=series), "target", labels, f"gain from {task}, points", "trained in")
        yield draw_dots(f"gain_{model}_{task}", caption, dots, watermark(study))


def _contrasts(contrasts: pd.DataFrame, study: Study) -> Iterator[Figure]:
    """One language of the intermediate tasks minus another, per language evaluated; panels are models."""
    if contrasts.empty:
        return
    singles = contrasts[contrasts["level"] == "language"]
    singles = singles.assign(there=[reference_language(name) for name in singles["reference"]])
    for (here, there, target), table in singles.groupby(["intermediate_language", "there", "target"], sort=False):
        if not _measured(table):
            continue
        a, b = language_label(str(here), study), language_label(str(there), study)
        caption = (
            f"{target}: training the intermediate task in {a} rather than in {b}, per language evaluated; "
            "right of 0, the first is better."
        )
        labels = row_labels(table["part"], study)
        dots = Dots(table.assign(series=table["intermediate"]), "model", labels, f"{a} minus {b}, points")
        yield draw_dots(f"contrast_{here}_{there}_{target}", caption, dots, watermark(study))


def row_labels(codes: Iterable[str], study: Study) -> dict[str, str]:
    """Languages in the order of their groups, with their labels; the first of a group names the group."""
    by_group: dict[str, dict[str, None]] = {}
    for code in codes:
        by_group.setdefault(group_of(code, study), {})[code] = None
    labels = {}
    for group, members in by_group.items():
        for place, code in enumerate(members):
            label = language_label(code, study)
            labels[code] = label if place else f"{part_label(group, study)} · {label}"
    return labels
