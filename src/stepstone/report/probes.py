"""What checkpoints kept and lost, beside their scores: tables of probes, and curves over the layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

import pandas as pd

from stepstone.core.study import Study
from stepstone.core.visible import visible
from stepstone.evidence.attached import attached
from stepstone.evidence.frame import rows_of
from stepstone.evidence.probes import over_layers
from stepstone.planning.probe_cells import ALIGNMENT, EARLIER, MLM, RETRIEVAL
from stepstone.report.blocks import Block
from stepstone.report.drawing import PALETTE, SAID, WIDTH, CodedNames, Figure, draw_chart
from stepstone.report.grid import Entry, GridRow
from stepstone.report.labels import (
    condition_label,
    format_interval,
    format_number,
    language_label,
    part_label,
    points,
    watermark,
)
from stepstone.report.vega import layer, layers, nominal, quantity

_MOST_LANGUAGES = 8  # columns of a table; of more languages it has their groups
_TABLES: tuple[tuple[str, Literal["max", "mean"], str], ...] = (
    (MLM, "max", "Loss of masked language modelling on {task}, in nats per masked word piece"),
    (RETRIEVAL, "max", "Retrieval of {task}, best layer, in percent"),
    (ALIGNMENT, "max", "Alignment of {task} (MEXA), best layer, in percent"),
    (ALIGNMENT, "mean", "Alignment of {task} (MEXA), mean over layers, in percent"),
    (EARLIER, "max", "{task}, trained on before and scored again, in percent"),
)


def probe_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the probes that were collected with a frame; none where the study asks for none."""
    return attached(frame, "probes", pd.DataFrame(columns=["measure"]))


def probe_blocks(frame: pd.DataFrame, study: Study) -> list[Block]:
    """A table for each measure and task: a row per checkpoint, a column per language or group of them."""
    table = probe_rows(frame)
    blocks = []
    for measure, pool, title in _TABLES:
        own = table[table["measure"] == measure]
        for task in dict.fromkeys(own["task"]) if len(own) else ():
            pooled = over_layers(own[own["task"] == task], pool)
            blocks.append(_block(title.format(task=task), pooled, study))
    return blocks


def _block(title: str, rows: pd.DataFrame, study: Study) -> Block:
    is_single = rows["language"].nunique() <= _MOST_LANGUAGES
    parts = [str(part) for part in dict.fromkeys(rows["language" if is_single else "group"])]
    rows = rows.assign(label=_labels(rows, study), part=rows["language" if is_single else "group"])
    groups = []
    for model in dict.fromkeys(rows["model"]):
        own = rows[rows["model"] == model]
        by_label = ((label, own[own["label"] == label]) for label in dict.fromkeys(own["label"]))
        groups.append((str(model), tuple(GridRow(str(label), "score", _entries(of, parts)) for label, of in by_label)))
    name = language_label if is_single else part_label
    return Block(title, (*(name(part, study) for part in parts), part_label("all", study)), tuple(groups))


def _entries(rows: pd.DataFrame, parts: Sequence[str]) -> tuple[Entry, ...]:
    return (*(_entry(rows[rows["part"] == part]) for part in parts), _entry(rows))


def _entry(rows: pd.DataFrame) -> Entry:
    """The mean over seeds, and what it changed from the encoder, with the least and the most of any seed."""
    by_seed = pd.DataFrame([own[["value", "change"]].mean(skipna=False) for _, own in rows.groupby("seed")])
    value, change = by_seed["value"].mean(skipna=False), by_seed["change"]
    if pd.isna(value):
        return Entry("gap", "", "gap")
    if change.isna().any() or (change == 0).all():
        return Entry(format_number(value, 2), "", "score")
    spread = f" ({format_interval(change.min(), change.max(), 2)})" if len(change) > 1 else ""
    return Entry(format_number(value, 2), points(change.mean(), 2) + spread, "score")


def _labels(rows: pd.DataFrame, study: Study) -> list[str]:
    return [_label(row, study) for row in rows_of(rows)]


def _label(row: dict[str, Any], study: Study) -> str:
    if row["checkpoint"] == "encoder":
        return "the encoder itself"
    arm = condition_label(row, study)
    return arm if row["checkpoint"] == "intermediate" else f"{row['target']}, {arm}"


def layer_figures(frame: pd.DataFrame, study: Study) -> Iterator[Figure]:
    """Retrieval and alignment over the layers, the mean over languages and seeds: a line for each checkpoint."""
    table = probe_rows(frame)
    for measure, what in ((RETRIEVAL, "retrieval"), (ALIGNMENT, "alignment (MEXA)")):
        rows = table[table["measure"] == measure]
        rows = rows[rows["value"].notna()] if len(rows) else rows
        for (model, task), own in rows.groupby(["model", "task"], sort=False) if len(rows) else ():
            drawn = _curve(("layers", measure, str(model), str(task)), f"{model}: {what} of {task}", own, study)
            yield replace(drawn, model=str(model))


def _curve(subject: tuple[str, ...], what: str, rows: pd.DataFrame, study: Study) -> Figure:
    rows = rows.assign(label=_labels(rows, study))
    if rows["label"].nunique() > len(PALETTE):
        # As many lines as there are colours to set them apart.
        rows = rows[rows["checkpoint"] != "target"]
    means = rows.groupby(["label", "layer"], sort=False)["value"].mean().reset_index()
    names = CodedNames.of(means["label"])
    data = means.copy()
    means["series"] = means["label"].map(dict(names.codes))
    means["said"] = [visible(f"{row['label']}, layer {row['layer']:.0f}: {row['value']:.1f}") for row in rows_of(means)]
    colours = [PALETTE[place % len(PALETTE)] for place in range(len(names.order))]
    legend = {"labelExpr": names.expression, "columns": 2, "labelLimit": WIDTH // 2}
    points = {
        "x": quantity("layer", title="hidden layer (0: embeddings)", axis={"tickMinStep": 1}),
        "y": quantity("value", title="percent", scale={"zero": False}),
        "color": nominal("series", title=None, scale={"domain": names.order, "range": colours}, legend=legend),
    }
    dots = layer("circle", {**points, "description": SAID}, size=30, opacity=1)
    chart = layers((layer("line", points, strokeWidth=1.6), dots), WIDTH - 70, 240)
    caption = f"{what} in every hidden layer, in percent: means over languages and seeds."
    return draw_chart(subject, caption, chart, means, watermark(study), data)
