"""What was found, in sentences that follow from decided results alone; what is undecided is said to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from stepstone.core.study import Study
from stepstone.evidence.columns import TABLE_LEVELS
from stepstone.evidence.compare import Comparison
from stepstone.evidence.contrasts import (
    BETWEEN_GROUPS,
    BETWEEN_MODELS,
    BETWEEN_SETTINGS,
    OF_LANGUAGES,
    OF_SETTINGS,
    OVER_CONTROL,
    ZERO_SHOT_GAP,
)
from stepstone.evidence.factors import TableRow
from stepstone.evidence.frame import rows_of
from stepstone.report.grid import REREAD, is_reread, reread_data
from stepstone.report.labels import column_label, contrast_label, format_interval, format_number, points

_SHOWN = 6  # results named in one sentence; the tables have them all
_DECIDED = ("higher", "lower")


@dataclass(frozen=True)
class TargetFinding:
    """What was found on one target."""

    target: str
    sentences: tuple[str, ...]


def primary_lines(comparison: Comparison, study: Study) -> list[str]:
    """The primary comparison on every encoder, where anything of it is known."""
    rows = rows_of(comparison.primary)
    return [] if all(row["verdict"] == "gap" for row in rows) else [_primary(row, study) for row in rows]


def overview(comparison: Comparison, study: Study) -> list[str]:
    """How many comparisons are decided, and which way."""
    gains = shown(comparison.gains)
    if not gains:
        return ["There is no comparison: the study has no intermediate task."]
    if all(row["verdict"] == "gap" for row in gains):
        return [f"Nothing can be said yet: all {len(gains)} comparisons have gaps."]
    lines = [_counted(gains, "against no intermediate task (model, intermediate task, target, languages)", study)]
    across = [row for row in shown(comparison.contrasts) if row["comparison"] == OF_LANGUAGES]
    if across:
        lines.append(_counted(across, "of one arm with another", study))
    return [*lines, *_nature(gains, study)]


def _primary(row: TableRow, study: Study) -> str:
    """The comparison that the study was made for."""
    what = f"Primary comparison, {_contrast(row, study)} on {_encoder(row)}, {_place(row, study)}"
    if row["verdict"] == "gap":
        return f"{what}: a gap ({row['reason']})."
    if row["verdict"] == "not tested":
        return f"{what}: {_effect(row)}, not tested ({row['reason']})."
    return f"{what}: {_effect(row)}, p = {row['p_holm']:.2g}: {_VERDICTS[row['verdict']]}."


def _encoder(row: TableRow) -> str:
    num = row.get("num_encoders", 1)
    return f"{row['model']} (mean of {int(num)} encoders)" if num > 1 else str(row["model"])


_VERDICTS = {
    "higher": "higher",
    "lower": "lower",
    "equivalent": "no difference larger than the margin",
    "undecided": "undecided",
}


def _counted(rows: Sequence[TableRow], what: str, study: Study) -> str:
    return f"{len(rows):,} comparisons {what}: {verdicts(rows, study)}."


def verdicts(rows: Sequence[TableRow], study: Study) -> str:
    """How many rows have which verdict, as in "2 higher, 0 lower and 5 undecided"."""
    counts = Counter(row["verdict"] for row in rows)
    said = [f"{counts['higher']:,} higher", f"{counts['lower']:,} lower"]
    if study.margin is not None:
        said.append(f"{counts['equivalent']} no larger than {format_number(study.margin)} points")
    said += [f"{counts['undecided']:,} undecided"]
    said += [f"{counts['not tested']} not tested (one seed)"] if counts["not tested"] else []
    said += [f"{counts['gap']} gaps"] if counts["gap"] else []
    return f"{', '.join(said[:-1])} and {said[-1]}"


def _nature(rows: Sequence[TableRow], study: Study) -> Iterator[str]:
    if any(row["verdict"] in _DECIDED for row in rows):
        if study.primary is None:
            yield "The study declares no primary comparison, so what is decided here is exploratory."
        else:
            yield "All but the primary comparison is exploratory."


def findings(comparison: Comparison, study: Study) -> list[TargetFinding]:
    """Sentences on every target: gains, languages compared, controls, and differences between models and groups."""
    gains = [row | {"is_reread": is_reread(row, comparison.used)} for row in shown(comparison.gains)]
    contrasts, others = shown(comparison.contrasts), rows_of(comparison.interactions)
    found = []
    for target in dict.fromkeys(row["target"] for row in gains):
        of_gains, of_contrasts, of_others = (
            [row for row in rows if row["target"] == target] for rows in (gains, contrasts, others)
        )
        found.append(TargetFinding(str(target), tuple(_sentences(of_gains, of_contrasts, of_others, study))))
    return found


def _sentences(
    gains: Sequence[TableRow], contrasts: Sequence[TableRow], others: Sequence[TableRow], study: Study
) -> Iterator[str]:
    yield from _of_kind(gains, "Over no intermediate task", study)
    for kind, opening in (
        (OF_LANGUAGES, "One arm rather than another"),
        (OVER_CONTROL, "Over the control"),
        (OF_SETTINGS, "One way to train targets rather than another"),
    ):
        yield from _of_kind([row for row in contrasts if row["comparison"] == kind], opening, study)
    for kind, opening in (
        (BETWEEN_MODELS, "Between models"),
        (BETWEEN_SETTINGS, "Gains between ways to train targets"),
        (BETWEEN_GROUPS, "Between groups of languages"),
        (ZERO_SHOT_GAP, "Zero-shot gap, smaller is better"),
    ):
        yield from _of_kind([row for row in others if row["comparison"] == kind], opening, study)


def _of_kind(rows: Sequence[TableRow], opening: str, study: Study) -> Iterator[str]:
    """What is decided among the rows, in their order; or that nothing is."""
    known = [row for row in rows if row["verdict"] != "gap"]
    if not known:
        return
    said = [_listed([row for row in known if row["verdict"] == verdict], word, study) for verdict, word in _WORDS]
    if study.margin is not None:
        none = f"no difference larger than {format_number(study.margin)} points"
        said.append(_listed([row for row in known if row["verdict"] == "equivalent"], none, study))
    said = [text for text in said if text]
    if all(row["verdict"] == "not tested" for row in known):
        yield f"{opening}: not tested, for there is one seed."
    elif said:
        yield f"{opening}: {'; '.join(said)}."
    else:
        yield f"{opening}: nothing is decided."


_WORDS = (("higher", "higher"), ("lower", "lower"))


def _listed(rows: Sequence[TableRow], word: str, study: Study) -> str:
    if not rows:
        return ""
    named = [f"{_result(row, study)}" for row in rows[:_SHOWN]]
    rest = len(rows) - len(named)
    return f"{word}: {', '.join(named)}{f' and {rest} more' if rest > 0 else ''}"


def _result(row: TableRow, study: Study) -> str:
    if row["comparison"] == BETWEEN_MODELS:
        where = f"{row['model']} minus {row['reference_model']}"
    else:
        where = str(row["model"])
    return f"{_contrast(row, study)}{_twice(row)} for {column_label(row, study)} on {where}, {_effect(row)}"


def _twice(row: TableRow) -> str:
    return f" ({REREAD} {reread_data(row)}, read twice)" if row.get("is_reread") else ""


def _place(row: TableRow, study: Study) -> str:
    return f"{row['target']}, {column_label(row, study)}"


def _contrast(row: TableRow, study: Study) -> str:
    return contrast_label(row, study)


def _effect(row: TableRow) -> str:
    return f"{points(row['value'])} points ({format_interval(row['low'], row['high'])})"


def shown(table: pd.DataFrame) -> list[TableRow]:
    """Rows of groups and of all languages."""
    return [row for row in rows_of(table) if row["level"] in TABLE_LEVELS]
