"""The rows of a study's comparisons, as a seal holds them, and held against those that are made again."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import pandas as pd

from stepstone.evidence.compare import compare
from stepstone.evidence.factors import TableRow
from stepstone.evidence.frame import collect, rows_of
from stepstone.planning.plan import Plan
from stepstone.report.files import comparisons_table
from stepstone.sealing.findings import Finding
from stepstone.sealing.format import COMPOSITE, PUBLISHED, TABLE, TOLERANCE, VERDICTS
from stepstone.store.store import Store

_JSON = ("by_seed", "by_size", "steps")
_NAMED = ("list", "claim", "comparison", "model", "condition", "reference", "target", "level", "part", "runs")


def table_rows(planned: Plan, store: Store, lists: Mapping[str, str] | None = None) -> dict[str, list[TableRow]]:
    """What the page says, from records and predictions, as JSON types by the member that holds it.

    Every difference, score and zero-shot gap; the best arms of all targets together; and, where the study names
    claims, the verdict on each and the published scores. `lists` are the names of claims' files that stand for others.

    Raises:
        UserError: predictions do not fit each other.
    """
    comparison = compare(collect(planned, store), planned.study)
    tables = {TABLE: comparisons_table(comparison, planned.study), COMPOSITE: comparison.composite}
    if planned.study.claims:
        for member, table in ((VERDICTS, comparison.claims), (PUBLISHED, comparison.published)):
            tables[member] = table.assign(list=[(lists or {}).get(name, name) for name in table["list"]])
    return {member: [_plain_row(row) for row in rows_of(table)] for member, table in tables.items()}


def _plain_row(row: TableRow) -> TableRow:
    return {name: _plain(name, value) for name, value in row.items()}


def table_content(rows: Sequence[TableRow]) -> bytes:
    """The rows as a member of the archive, one a line."""
    lines = (json.dumps(row, ensure_ascii=False, sort_keys=True, allow_nan=False) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode()


def check_rows(member: str, content: bytes, made: Sequence[TableRow]) -> Iterator[Finding]:
    """Where the sealed rows are not those that were made again, whose numbers may differ by one part in 10^9."""
    try:
        sealed = [json.loads(line) for line in content.decode().splitlines()]
    except (ValueError, RecursionError):
        yield Finding(what="table", where=member, expected="a row of JSON on every line", found="other text")
        return
    for number, (wanted, found) in enumerate(zip_longest(made, sealed), start=1):
        where = f"{member}, line {number}"
        if wanted is None or not isinstance(found, dict):
            expected = "no row" if wanted is None else _named(wanted)
            yield Finding(what="table", where=where, expected=expected, found=str(found)[:80])
            continue
        others = [
            name for name in (*wanted, *(set(found) - set(wanted))) if not _same(wanted.get(name), found.get(name))
        ]
        if others:
            expected, shown = (_listed(row, others) for row in (wanted, found))
            yield Finding(what="table", where=f"{where} ({_named(wanted)})", expected=expected, found=shown)


def _plain(name: str, value: Any) -> Any:
    if name in _JSON and isinstance(value, str) and value:
        return json.loads(value, parse_constant=lambda word: None)
    if value is None or value is pd.NA:
        return None
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if type(one) in (int, float) and type(other) in (int, float):
        return bool(abs(one - other) <= TOLERANCE * max(1.0, abs(one)))
    return type(one) is type(other) and bool(one == other)


def _named(row: Mapping[str, Any]) -> str:
    return " ".join(str(row[name]) for name in _NAMED if row.get(name) not in (None, ""))


def _listed(row: Mapping[str, Any], names: Sequence[str]) -> str:
    shown = [f"{name} {row.get(name)}" for name in names[:3]]
    return ", ".join(shown) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
