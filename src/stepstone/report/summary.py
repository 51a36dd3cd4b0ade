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
    GAIN,
    OF_ENCODERS,
    OF_LANGUAGES,
    OF_SETTINGS,
    OVER_CONTROL,
    ZERO_SHOT_GAP,
)
from stepstone.evidence.factors import TableRow
from stepstone.evidence.frame import rows_of
from stepstone.report.grid import REREAD, is_reread, reread_data
from stepstone.report.labels import column_label, contrast_label, counted, effect

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
    asked = [shown(table) for table in (comparison.gains, comparison.encoders, comparison.contrasts)]
    first = next((rows for rows in asked if rows), [])
    if not first:
        return ["There is no comparison: the study has no intermediate task."]
    if all(row["verdict"] == "gap" for row in first):
        return [f"Nothing can be said yet: all {len(first)} comparisons have gaps."]
    kinds = ((what, of_kind([row for rows in asked for row in rows], kind)) for kind, what in _OVERVIEW.items())
    return [*(_counted(rows, what, study) for what, rows in kinds if rows), *_nature(first, study)]


_OVERVIEW = {
    GAIN: "against no intermediate task (model, intermediate task, target, languages)",
    OF_ENCODERS: "of one encoder with another (target, languages)",
    OF_LANGUAGES: "of one arm with another",
    OVER_CONTROL: "of an arm with the control",
    OF_SETTINGS: "of one way to train targets with another",
}


def _primary(row: TableRow, study: Study) -> str:
    """The comparison that the study was made for."""
    what = f"Primary comparison, {_contrast(row, study)} on {_encoder(row)}, {_place(row, study)}"
    if row["verdict"] == "gap":
        return f"{what}: a gap ({row['reason']})."
    seeds = (
        ""
        if row["num_seeds"] == row["num_seeds_planned"]
        else f" {row['num_seeds']} of {row['num_seeds_planned']} seeds"
    )
    if row["verdict"] == "not tested":
        return f"{what}: {effect(row)}{seeds}, not tested ({untested([row])})."
    p = row["p_equivalence_holm" if row["verdict"] == "equivalent" else "p_holm"]
    return f"{what}: {effect(row)}{seeds}, p = {p:.2g}: {_VERDICTS[row['verdict']]}."


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
    return f"{counted(len(rows), 'comparison')} {what}: {verdicts(rows, study)}."


def verdicts(rows: Sequence[TableRow], study: Study) -> str:
    """How many rows have which verdict, as in "2 higher, 0 lower and 5 undecided"."""
    counts = Counter(row["verdict"] for row in rows)
    said = [f"{counts['higher']:,} higher", f"{counts['lower']:,} lower"]
    if study.margin is not None:
        said.append(f"{counts['equivalent']:,} no larger than {study.margin:g} points")
    said += [f"{counts['undecided']:,} undecided"]
    said += [f"{counts['not tested']:,} not tested ({untested(rows)})"] if counts["not tested"] else []
    said += [counted(counts["gap"], "gap")] if counts["gap"] else []
    return f"{', '.join(said[:-1])} and {said[-1]}"


def untested(rows: Sequence[TableRow]) -> str:
    """Why there is no test of those of the rows that have none."""
    reasons = (row["reason"] for row in rows if row["verdict"] == "not tested")
    return "; ".join(dict.fromkeys(reason.partition(": no ")[0] for reason in reasons))


def of_kind(rows: Sequence[TableRow], kind: str) -> list[TableRow]:
    """The rows of one kind of comparison."""
    return [row for row in rows if row["comparison"] == kind]


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
    for target in dict.fromkeys(row["target"] for row in (*gains, *contrasts)):
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
        yield from _of_kind(of_kind(contrasts, kind), opening, study)
    for kind, opening in (
        (BETWEEN_MODELS, "Between models"),
        (BETWEEN_SETTINGS, "Gains between ways to train targets"),
        (BETWEEN_GROUPS, "Between groups of languages"),
        (ZERO_SHOT_GAP, "Zero-shot gap, smaller is better"),
    ):
        yield from _of_kind(of_kind(others, kind), opening, study)


def _of_kind(rows: Sequence[TableRow], opening: str, study: Study) -> Iterator[str]:
    """What is decided among the rows, in their order; or that nothing is."""
    known = [row for row in rows if row["verdict"] != "gap"]
    if not known:
        return
    said = [_listed([row for row in known if row["verdict"] == verdict], word, study) for verdict, word in _WORDS]
    if study.margin is not None:
        none = f"no difference larger than {study.margin:g} points"
        said.append(_listed([row for row in known if row["verdict"] == "equivalent"], none, study))
    said = [text for text in said if text]
    if all(row["verdict"] == "not tested" for row in known):
        yield f"{opening}: not tested, for {untested(known)}."
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
    is_between = row["comparison"] == BETWEEN_MODELS
    where = f"{row['model']} minus {row['reference_model']}" if is_between else _encoder(row)
    return f"{_contrast(row, study)}{_twice(row)} for {column_label(row, study)} on {where}, {effect(row)}"


def _twice(row: TableRow) -> str:
    return f" ({REREAD} {reread_data(row)}, read twice)" if row.get("is_reread") else ""


def _place(row: TableRow, study: Study) -> str:
    return f"{row['target']}, {column_label(row, study)}"


def _contrast(row: TableRow, study: Study) -> str:
    return contrast_label(row, study)


def shown(table: pd.DataFrame) -> list[TableRow]:
    """Rows of groups and of all languages."""
    return [row for row in rows_of(table) if row["level"] in TABLE_LEVELS]
