"""What choosing a checkpoint by source dev costs, on the page: sentences, a table, and learning curves."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from stepstone.core.study import Study
from stepstone.core.visible import visible
from stepstone.evidence.columns import TABLE_LEVELS
from stepstone.evidence.compare import Comparison
from stepstone.evidence.curves import curve_of, curves_of, first_best
from stepstone.evidence.factors import TableRow
from stepstone.evidence.frame import rows_of
from stepstone.evidence.selection import (
    ALL_CONDITIONS,
    AVERAGE,
    LAST,
    MEAN_DEV,
    NEAR_TIED,
    NO_SCORE,
    RULES,
    TARGET_DEV,
    TRANSLATED_DEV,
    chosen_step,
)
from stepstone.report.blocks import Block
from stepstone.report.drawing import INK, PALETTE, PAPER, SAID, WIDTH, CodedNames, Figure, draw_chart, in_panels
from stepstone.report.grid import Entry, GridRow
from stepstone.report.labels import (
    condition_label,
    first_of,
    format_interval,
    format_number,
    language_label,
    part_label,
    points,
    watermark,
)
from stepstone.report.vega import VegaSpec, layer, layers, nominal, panels, quantity

SOURCE_DEV = "source dev"
_MOST_FIGURES, _MOST_PANELS = 12, 9
_SERIES = {SOURCE_DEV: "source_dev", TARGET_DEV: "target_dev", TRANSLATED_DEV: "translated_dev", "test": "test_score"}
_LABELS = {
    TARGET_DEV: "chosen by target dev of each language (oracle)",
    MEAN_DEV: "chosen by the mean of all target dev sets",
    TRANSLATED_DEV: "chosen by translated dev",
    LAST: "the last step",
    AVERAGE: "mean of the weights at the last looks",
    NEAR_TIED: "spread among near-tied looks",
}
_MARKS = {SOURCE_DEV: "chosen by source dev", TARGET_DEV: "by target dev"}


def selection_sentences(comparison: Comparison, frame: pd.DataFrame, study: Study) -> list[str]:
    """What follows from the numbers: a sentence for each rule of each model and target, and the spread."""
    shown = _shown(comparison.selection)
    found: list[str] = []
    for place in dict.fromkeys((row["model"], row["target"]) for row in shown):
        own = [row for row in shown if (row["model"], row["target"]) == place and row["level"] == "all"]
        found += _sentences({row["rule"]: row for row in own}, _num_looks(curves_of(frame), *place), study)
    return found


def _sentences(rows: dict[str, TableRow], num_looks: str, study: Study) -> Iterator[str]:
    first = rows[LAST]
    where = f"{first['model']}, {first['target']}, {_over(first, study)}"
    if math.isnan(first["value"]):
        yield f"{where}: {first['reason']}."
        return
    said = [_cost(rows[rule]) for rule in RULES if not math.isnan(rows[rule]["value"])]
    yield (
        f"{where}, {num_looks}: at the step that source dev chooses, test scores "
        f"{format_number(first['source_value'])} over all languages. "
        f"Instead, {'; '.join(said)}. {_verdict([rows[rule] for rule in RULES])}"
    )
    tied = rows[NEAR_TIED]
    yield (
        f"{where}: looks whose source dev lies within one standard error of the highest "
        f"({format_number(100 * tied['share_other'], 0)} % of all looks) lie up to "
        f"{format_number(tied['value'], 2)} points apart on test (largest minus smallest, mean over trainings)."
    )


def _over(row: TableRow, study: Study) -> str:
    return "mean over conditions" if row["condition"] == ALL_CONDITIONS else condition_label(row, study)


def _cost(row: TableRow) -> str:
    interval = "" if math.isnan(row["low"]) else f" ({format_interval(row['low'], row['high'], 2)})"
    return f"{_LABELS[row['rule']]}: {points(row['value'], 2)}{interval}{_star(row)}"


def _star(row: TableRow) -> str:
    return "*" if row["verdict"] in ("higher", "lower") else ""


def _verdict(rows: Sequence[TableRow]) -> str:
    """What is decided of the rules, and what is not."""
    known = [row for row in rows if not math.isnan(row["value"])]
    if all(row["verdict"] == "not tested" for row in known):
        return "One seed: no interval, no test."
    decided = [row for row in known if _star(row)]
    if not decided:
        return "None of these differences is decided."
    return f"Decided after Holm's correction over {decided[0]['family_size']} tests: {len(decided)} of {len(known)}."


def _num_looks(curves: pd.DataFrame, model: str, target: str) -> str:
    own = curves[(curves["model"] == model) & (curves["target"] == target)]
    num = own.groupby("key")["step"].nunique()
    low, high = (int(num.min()), int(num.max())) if len(num) else (0, 0)
    if low == high:
        return f"{low} look{'s' if low != 1 else ''}"
    return f"{low} to {high} looks"


def selection_blocks(comparison: Comparison, study: Study) -> list[Block]:
    """A table for each target: a row per rule, a column per group and for all languages."""
    shown = _shown(comparison.selection)
    blocks = []
    for target in dict.fromkeys(row["target"] for row in shown):
        own = [row for row in shown if row["target"] == target]
        parts = list(dict.fromkeys(row["part"] for row in own))
        groups = tuple((model, _lines(of, parts)) for model, of in _by_model(own))
        blocks.append(
            Block(f"{target}, {_over(own[0], study)}", tuple(part_label(part, study) for part in parts), groups)
        )
    return blocks


def _by_model(rows: Sequence[TableRow]) -> Iterator[tuple[str, list[TableRow]]]:
    for model in dict.fromkeys(row["model"] for row in rows):
        yield model, [row for row in rows if row["model"] == model]


def _lines(rows: Sequence[TableRow], parts: Sequence[str]) -> tuple[GridRow, ...]:
    by_place = {(row["rule"], row["part"]): row for row in rows}
    source = [Entry(format_number(by_place[LAST, part]["source_value"]), "", "score") for part in parts]
    lines = [GridRow("test at the step of source dev", "score", tuple(source))]
    for rule, label in _LABELS.items():
        own = [by_place[rule, part] for part in parts]
        if any(row["reason"] != NO_SCORE for row in own):
            lines.append(GridRow(label, "contrast", tuple(map(_entry, own))))
    return tuple(lines)


def _entry(row: TableRow) -> Entry:
    if math.isnan(row["value"]):
        return Entry("gap", row["reason"], "gap")
    if row["rule"] == NEAR_TIED:
        return Entry(format_number(row["value"], 2), "", "score")
    detail = "no interval" if math.isnan(row["low"]) else f"({format_interval(row['low'], row['high'], 2)})"
    return Entry(points(row["value"], 2), detail, row["verdict"])


def _shown(table: pd.DataFrame) -> list[TableRow]:
    """Rows of groups and all languages: the mean over conditions where several are audited."""
    rows = [row for row in rows_of(table) if row["level"] in TABLE_LEVELS]
    pooled = {(row["model"], row["target"]) for row in rows if row["condition"] == ALL_CONDITIONS}
    return [row for row in rows if row["condition"] == ALL_CONDITIONS or (row["model"], row["target"]) not in pooled]


def learning_curves(frame: pd.DataFrame, study: Study) -> Iterator[Figure]:
    """Scores over the steps: a figure per model and target, of the first condition that is audited."""
    curves = curves_of(frame)
    tables: dict[tuple[str, str], pd.DataFrame] = {}
    for (model, target), own in curves.groupby(["model", "target"], sort=False) if len(curves) else ():
        table = own[(own["condition"] == own["condition"].iloc[0]) & own["step"].notna()]
        tables |= {(str(model), str(target)): table} if len(table) else {}
    more = first_of(_MOST_FIGURES, len(tables), "figures of models and targets", "selection_curves.csv")
    for (model, target), table in list(tables.items())[:_MOST_FIGURES]:
        yield replace(_curve(("learning", model, target), table, study, more), model=model, target=target)


def _curve(subject: tuple[str, str, str], table: pd.DataFrame, study: Study, more: str) -> Figure:
    by_group = table["language"].nunique() > _MOST_PANELS
    table = table.assign(part=table["group" if by_group else "language"])
    label = part_label if by_group else language_label
    names = CodedNames.of(table["part"], {part: label(part, study) for part in table["part"]})
    rows = pd.concat([_lines_of(table), _marks(table)], ignore_index=True)
    data = rows.assign(part=rows["part"].astype(str))
    said = [
        f"{label(row['part'], study)}, {row['mark']}, step {row['step']}: {row['value']:.1f}" for row in rows_of(rows)
    ]
    rows = rows.assign(part=rows["part"].map(dict(names.codes)), said=list(map(visible, said)))
    caption = (
        f"{', '.join(subject[1:])}, {condition_label(rows_of(table)[0], study)}: scores in percent by step, means "
        f"over seeds{' and the languages of a group' if by_group else ''}. Circles: what a seed's test "
        "set scores at the step that source dev chooses"
        f"{', diamonds: at that of target dev in the language' if _MARKS[TARGET_DEV] in set(rows['mark']) else ''}."
        f"{more}"
    )
    return draw_chart(
        subject, caption, _layers(names, set(rows["series"]), set(rows["mark"])), rows, watermark(study), data
    )


def _layers(names: CodedNames, drawn: Collection[str], marked: Collection[str]) -> VegaSpec:
    """What the legends name is what is drawn."""
    base = {"x": quantity("step", title="step"), "y": quantity("value", title="percent", scale={"zero": False})}
    palette = {series: colour for series, colour in zip(_SERIES, PALETTE, strict=False) if series in drawn}
    colours = {"domain": list(palette), "range": list(palette.values())}
    coloured = {**base, "color": nominal("series", title=None, scale=colours)}
    signs = {mark: sign for mark, sign in zip(_MARKS.values(), ("circle", "diamond"), strict=True) if mark in marked}
    shapes = {"domain": list(signs), "range": list(signs.values())}
    shaped = {**base, "shape": nominal("mark", title=None, scale=shapes), "description": SAID}
    lines = layer("line", coloured, "datum.mark == ''", strokeWidth=1.6)
    marks = layer("point", shaped, "datum.mark != ''", size=46, stroke=INK, fill=PAPER, opacity=1)
    num_columns = min(3, len(names.codes))
    chart = layers((lines, marks), (WIDTH - 50) // num_columns - 40, 130)
    return panels(chart, in_panels("part", names), columns=num_columns)


def _lines_of(table: pd.DataFrame) -> pd.DataFrame:
    """A row per part, series and step: the mean over seeds and the part's languages."""
    means = table.groupby(["part", "step"], sort=False)[list(_SERIES.values())].mean().reset_index()
    names = {column: series for series, column in _SERIES.items()}
    long = means.melt(["part", "step"], var_name="series").dropna(subset="value")
    return long.assign(series=long["series"].map(names), mark="")


def _marks(table: pd.DataFrame) -> pd.DataFrame:
    """The chosen steps of every seed on the test line of its part."""
    rows: list[dict[str, Any]] = []
    for _, own in table.groupby("seed", sort=False):
        curve = curve_of(own)
        assert curve is not None, "only what is there is drawn"
        parts = dict(zip(own["language"], own["part"], strict=False))
        source = [first_best(curve.source_dev)] * len(curve.languages)
        for rule, looks in ((SOURCE_DEV, source), (TARGET_DEV, chosen_step(TARGET_DEV, curve))):
            for place, (language, look) in enumerate(zip(curve.languages, looks, strict=True)):
                if look >= 0:
                    value, step = curve.test[look, place], curve.steps[look]
                    found = {"part": parts[language], "series": "test", "step": step, "value": value}
                    rows.append(found | {"mark": _MARKS[rule]})
    return pd.DataFrame(rows).groupby(["part", "series", "step", "mark"], sort=False)["value"].mean().reset_index()
