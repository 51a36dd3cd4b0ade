"""Columns of a study: every target's languages, groups and mean; benchmarks' averages; differences between columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from stepstone.core.tag import find_tag
from stepstone.evidence.alignment import FrameRow
from stepstone.evidence.design import Column, difference_of, mean_column

WHOLE_LEVELS = ("all", "benchmark")  # means over all languages
TABLE_LEVELS = ("group", *WHOLE_LEVELS)


def columns_of(target: str, rows: Iterable[FrameRow]) -> list[Column]:
    """Every language, every group (where there are several), and the mean over all languages of one target."""
    groups: dict[str, dict[str, None]] = {}
    for row in rows:
        groups.setdefault(row["group"], {})[row["language"]] = None
    languages = list(dict.fromkeys(code for members in groups.values() for code in members))
    singles = [mean_column(target, "language", code, [code]) for code in languages]
    several = groups if len(groups) > 1 else {}
    means = [mean_column(target, "group", name, list(members)) for name, members in several.items()]
    return [*singles, *means, mean_column(target, "all", "all", languages)]


def language_codes(columns: Iterable[Column]) -> dict[str, list[str]]:
    """The languages of every target, of columns that have one for each."""
    found: dict[str, list[str]] = {}
    for column in columns:
        if column.level == "language":
            found.setdefault(column.target, []).append(column.part)
    return found


def source_gap(columns: Sequence[Column], source: str) -> Column | None:
    """The source language minus the mean of the others; None where either is missing."""
    singles = {column.part: column for column in columns if column.level == "language"}
    found = find_tag(source, singles)
    others = [code for code in singles if code != found]
    if found is None or not others:
        return None
    target = columns[0].target
    return difference_of("source gap", singles[found], mean_column(target, "all", "others", others))


def group_differences(columns: Iterable[Column], order: Sequence[str]) -> Iterator[Column]:
    """Each group of a target minus its first, in the study's order."""
    groups = sorted((column for column in columns if column.level == "group"), key=lambda c: _place(c.part, order))
    for _, own in groupby(groups, key=lambda column: column.target):
        first, *rest = own
        for other in rest:
            yield difference_of("between groups", other, first)


def _place(name: str, order: Sequence[str]) -> int:
    return list(order).index(name) if name in order else len(order)
