"""Which charts a study has: a heat map of gains, forests of all comparisons, and charts by language and distance."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pandas as pd

from stepstone.core.condition import CONTROL
from stepstone.core.study import Study
from stepstone.evidence.columns import WHOLE_LEVELS
from stepstone.evidence.compare import Comparison
from stepstone.evidence.contrasts import GAIN, OF_LANGUAGES, OF_SETTINGS, OVER_CONTROL
from stepstone.evidence.estimate import EXAMPLES_ONLY
from stepstone.evidence.factors import TableRow
from stepstone.evidence.frame import rows_of
from stepstone.report.distance import gains_by_distance
from stepstone.report.dots import DotChart, draw_dots, draw_forest
from stepstone.report.drawing import Figure
from stepstone.report.heat import heat_maps
from stepstone.report.labels import arm_label, contrast_label, language_label, part_label, setting_label, watermark
from stepstone.report.scaling import scaling_figures

_KINDS = {
    GAIN: "gain over no intermediate task",
    OF_LANGUAGES: "one arm against another",
    OVER_CONTROL: "against the control",
    OF_SETTINGS: "one way to train targets against another",
}


def figures(comparison: Comparison, study: Study) -> Iterator[Figure]:
    """All charts that the evidence has data for."""
    yield from heat_maps(comparison, study)
    yield from scaling_figures(comparison, study)
    yield from _forests(comparison, study)
    yield from _gains_by_language(comparison.gains, study)
    yield from gains_by_distance(comparison.gains, study)
    yield from _contrasts(comparison.contrasts, study)


def _measured(table: pd.DataFrame) -> bool:
    return not table.empty and bool(table["value"].notna().any())


def _forests(comparison: Comparison, study: Study) -> Iterator[Figure]:
    """Every comparison over all languages: one figure per model, one panel per target or benchmark."""
    tables = [table for table in (comparison.gains, comparison.contrasts) if not table.empty]
    if not tables:
        return
    table = pd.concat(tables, ignore_index=True)
    table = table[table["level"].isin(WHOLE_LEVELS)]
    table = table.sort_values("comparison", key=lambda names: names.map(list(_KINDS).index), kind="stable")
    for model, own in table.groupby("model", sort=False):
        if _measured(own):
            yield _forest(str(model), own, study)


def _forest(model: str, table: pd.DataFrame, study: Study) -> Figure:
    rows = rows_of(table)
    seeds = [list(row["by_seed"].values()) if row["num_runs"] > 1 else [] for row in rows]
    table = table.assign(
        part=[f"{row['condition']} {row['reference']}" for row in rows],
        series=table["comparison"].map(_KINDS),
        seeds=pd.Series(seeds, index=table.index, dtype=object),
    )
    labels = {part: _wrapped(contrast_label(row, study)) for part, row in zip(table["part"], rows, strict=True)}
    caption = (
        f"{model}: every comparison over all languages, in points; right of 0, the first is better. Diamonds are "
        f"means over seeds{_fills(table)}, bars their intervals{_dashes(table)}"
        f"{', circles the single seeds' if table['num_runs'].gt(1).any() else ''}"
        f"{'' if study.margin is None else f', dotted lines the margin of {study.margin:g} points'}."
    )
    dots = DotChart(table, "target", labels, "difference, points", margin=study.margin)
    return replace(draw_forest(("forest", model), caption, dots, watermark(study)), model=model)


def _wrapped(label: str) -> str:
    return "\n".join(textwrap.wrap(label, 28))


def _fills(table: pd.DataFrame) -> str:
    same = "; grey: shown to be within the margin" if table["verdict"].eq("equivalent").any() else ""
    return f" (filled: decided after Holm's correction{same})"


def _dashes(table: pd.DataFrame) -> str:
    """What a caption says of dashed intervals, where there are any."""
    return f" (dashed: over {EXAMPLES_ONLY})" if table["basis"].str.startswith(EXAMPLES_ONLY).any() else ""


def _gains_by_language(gains: pd.DataFrame, study: Study) -> Iterator[Figure]:
    """Gain per language: one figure per model and intermediate task, one panel per target."""
    singles = gains[gains["level"] == "language"] if not gains.empty else gains
    for (model, task), table in singles.groupby(["model", "intermediate"], sort=False) if len(singles) else ():
        if not _measured(table):
            continue
        entry = study.intermediate.get(str(task))
        series = [_in_setting(arm_label(str(task), row["arm"], study), row, study) for row in rows_of(table)]
        by_language = entry is None or all(entry.is_language(arm) for arm in entry.all_arms)
        by = f"the language that {task} was trained in" if by_language else f"arm of {task}"
        caption = (
            f"{model}: what {task} gives each language, by {by}. "
            f"Dots are means over seeds{_fills(table)}, bars the intervals{_dashes(table)}."
        )
        labels = row_labels(table["part"], study)
        dots = DotChart(
            table.assign(series=series),
            "target",
            labels,
            f"gain from {task}, points",
            "trained in" if by_language else "arm",
        )
        drawn = draw_dots(("gain", str(model), str(task)), caption, dots, watermark(study))
        yield replace(drawn, model=str(model))


def _in_setting(name: str, row: TableRow, study: Study) -> str:
    """What a colour stands for, with its setting where the study has several."""
    return f"{name} ({setting_label(row['setting'], study)})" if row["setting"] else name


def _contrasts(contrasts: pd.DataFrame, study: Study) -> Iterator[Figure]:
    """One language of the intermediate tasks minus another, per language evaluated; panels are models."""
    if contrasts.empty:
        return
    is_shown = (contrasts["level"] == "language") & (contrasts["comparison"] != OF_SETTINGS)
    singles = contrasts[is_shown]
    keys = ["arm", "reference_arm", "target"]
    for (here, there, target), table in singles.groupby(keys, sort=False):
        if not _measured(table):
            continue
        task = str(table["intermediate"].iloc[0])
        a, b = (arm_label(task, str(arm), study) for arm in (here, there))
        rather = "on more of the target's own task" if there == CONTROL else _as_trained(task, str(there), study)
        caption = (
            f"{target}: training the intermediate task {_as_trained(task, str(here), study)} rather than {rather}, "
            "per language evaluated; "
            f"right of 0, the first is better. Dots are means over seeds{_fills(table)}, "
            f"bars the intervals{_dashes(table)}."
        )
        labels = row_labels(table["part"], study)
        series = [_in_setting(row["intermediate"], row, study) for row in rows_of(table)]
        dots = DotChart(table.assign(series=series), "model", labels, f"{a} minus {b}, points")
        drawn = draw_dots(("contrast", str(here), str(there), str(target)), caption, dots, watermark(study))
        yield replace(drawn, target=str(target))


def _as_trained(intermediate: str, arm: str, study: Study) -> str:
    """How an arm is trained, as in "in ja", "as both"."""
    entry = study.intermediate.get(intermediate)
    between = "in" if entry is None or entry.is_language(arm) else "as"
    return f"{between} {arm_label(intermediate, arm, study)}"


def row_labels(codes: Iterable[str], study: Study) -> dict[str, str]:
    """Languages in the order of their groups, with their labels; the first of a group names the group."""
    by_group: dict[str, dict[str, None]] = {}
    for code in codes:
        by_group.setdefault(study.group_of(code), {})[code] = None
    labels = {}
    for group, members in by_group.items():
        for place, code in enumerate(members):
            label = language_label(code, study)
            labels[code] = label if place else f"{part_label(group, study)} · {label}"
    return labels
