"""Another arm for every target, on the page: what the composite gains, chosen on dev and on test."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from stepstone.core.study import Study
from stepstone.evidence.candidates import ANY, DEV, TEST, TEXT
from stepstone.evidence.composite import ALL_TARGETS, COMPOSITE
from stepstone.evidence.factors import TableRow
from stepstone.evidence.frame import rows_of
from stepstone.evidence.gathered import Evidence
from stepstone.report.blocks import Block
from stepstone.report.grid import Entry, GridRow
from stepstone.report.labels import condition_label, effect, format_number, interval, points

_HEAD = ("chosen on source dev", "gain", "chosen on test", "gain", "of it optimism")
_RANDOM, _ALIKE = ("an arm at random",), ("most alike in text", "gain")


def composite_sentences(table: pd.DataFrame) -> list[str]:
    """A sentence for each model and scope."""
    rows = rows_of(table[table["target"] == COMPOSITE]) if len(table) else []
    places = dict.fromkeys((row["model"], row["scope"]) for row in rows)
    by_rule = {(row["model"], row["scope"], row["chosen_on"]): row for row in rows}
    return [
        _sentence(by_rule[*place, DEV], by_rule[*place, TEST])
        + _unseen(by_rule[*place, ANY], by_rule.get((*place, TEXT)))
        for place in places
    ]


def _unseen(at_random: TableRow, by_text: TableRow | None) -> str:
    """What is gained without a look at any score."""
    if math.isnan(at_random["value"]):
        return ""
    texts = by_text is not None and not math.isnan(by_text["value"])
    more = f", the one whose texts are most like the target's {_given(by_text)}" if by_text and texts else ""
    return f" An arm at random gives {_given(at_random)}{more}."


def _given(row: TableRow) -> str:
    return _effect(row).replace(" points", "")


def _effect(row: TableRow) -> str:
    """What a rule gains, less what choosing added to it."""
    return effect({**row, "value": row["corrected"]})


def _sentence(dev: TableRow, test: TableRow) -> str:
    where = f"{dev['model']}, {_scope(dev)}: one of {dev['num_arms']} arms for each target"
    read = (
        f"chosen on test it would read {points(test['value'])}, of which {format_number(test['optimism'])} is optimism."
    )
    if math.isnan(test["value"]):
        return f"{where}: a gap ({test['reason']})."
    if math.isnan(dev["value"]):
        return f"{where}: {dev['reason']}, so that nothing but test could choose; {read}"
    return (
        f"{where}, chosen on source dev: {_effect(dev)} over no intermediate task{_taken(dev)}; {read}{_unchosen(dev)}"
    )


def _scope(row: TableRow) -> str:
    if row["scope"] != ALL_TARGETS:
        return str(row["scope"])
    return "the one target" if row["num_targets"] == 1 else f"all {row['num_targets']} targets"


def _taken(dev: TableRow) -> str:
    """What was taken back of the measured value, where that is seen."""
    if format_number(dev["optimism"]) == "0.0":
        return ""
    return f" (measured {points(dev['value'])}, of which choosing by these runs adds {format_number(dev['optimism'])})"


def _unchosen(dev: TableRow) -> str:
    num = dev["num_unchosen"]
    if not num:
        return ""
    are, keep = ("target has", "keeps") if num == 1 else ("targets have", "keep")
    return f" {num} {are} no source dev to choose by and {keep} the baseline, at a gain of 0."


def composite_blocks(table: pd.DataFrame, evidence: Evidence, study: Study) -> list[Block]:
    """A table for each scope: a row per target with the arms chosen, and one for the composite."""
    rows = rows_of(table)
    head = (*_RANDOM, *(_ALIKE if any(row["chosen_on"] == TEXT for row in rows) else ()), *_HEAD)
    known = {arm.condition: row for (arm, _), of in evidence.cells.items() for row in of.values()}
    labels = {condition: condition_label(row, study) for condition, row in known.items()}
    return [
        Block(_scope(next(row for row in rows if row["scope"] == scope)), head, tuple(_groups(rows, scope, labels)))
        for scope in dict.fromkeys(row["scope"] for row in rows)
    ]


def _groups(rows: list[TableRow], scope: str, labels: dict[str, str]) -> Iterator[tuple[str, tuple[GridRow, ...]]]:
    own = [row for row in rows if row["scope"] == scope]
    for model in dict.fromkeys(row["model"] for row in own):
        by_place = {(row["target"], row["chosen_on"]): row for row in own if row["model"] == model}
        targets = dict.fromkeys(target for target, _ in by_place)
        lines = [
            _line(target, {rule: row for (of, rule), row in by_place.items() if of == target}, labels)
            for target in targets
        ]
        yield model, tuple(lines)


def _line(target: str, by_rule: dict[str, TableRow], labels: dict[str, str]) -> GridRow:
    chosen = (by_rule[rule] for rule in (TEXT, DEV, TEST) if rule in by_rule)
    pairs = (entry for row in chosen for entry in (_arm(row, labels), _gain(row)))
    entries = (_gain(by_rule[ANY]), *pairs, _optimism(by_rule[TEST]))
    return GridRow("mean over targets" if target == COMPOSITE else target, "contrast", entries)


def _arm(row: TableRow, labels: dict[str, str]) -> Entry:
    return Entry(labels.get(row["condition"], ""), row["reason"], "level")


def _gain(row: TableRow) -> Entry:
    if math.isnan(row["value"]):
        return Entry("gap", row["reason"], "gap")
    if row["chosen_on"] == TEST:
        return Entry(points(row["value"]), "", "score")
    is_kept = row["num_unchosen"] > 0 and row["target"] != COMPOSITE
    return Entry(points(row["corrected"]), "" if is_kept else interval(row), "score")


def _optimism(row: TableRow) -> Entry:
    return Entry("" if math.isnan(row["value"]) else format_number(row["optimism"]), "", "level")
