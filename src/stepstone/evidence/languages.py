"""What every encoder makes of every language: word pieces, unknown ones, texts that were cut, answers lost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from stepstone.core.language import language
from stepstone.core.result import Result
from stepstone.core.specs.encoder import EncoderSpec
from stepstone.core.stage import Stage
from stepstone.core.uses import DataRead
from stepstone.planning.plan import Plan
from stepstone.store.record import Record

EVALUATED, TRAINED = "evaluated", "trained on"
# Percent above which a row is flagged: of word pieces that are unknown, of examples that were cut or lost their answer.
MOST_UNKNOWN, MOST_CUT = 5.0, 10.0
COLUMNS: dict[str, str] = {
    "model": "the encoder",
    "use": "what the data was read for",
    "task": "whose examples",
    "language": "their language, BCP 47; of running text maybe several, joined by +",
    "num_examples": "examples that were read",
    "num_pieces": "word pieces of their texts that were counted, of a large set a sample's; empty: not recorded",
    "per": "what num_pieces are divided by: words between blanks, or characters where the script has no blanks",
    "fertility": "word pieces per word or character; empty: not recorded",
    "unknown": "word pieces that the tokenizer does not know, in percent of all; empty: not recorded",
    "cut": "examples whose texts, or tagged words, were cut to the encoder's length, in percent; empty of answers",
    "lost": "questions whose answer no input of the encoder holds whole, in percent; empty where no answer is searched",
    "num_skipped": "lines and rows of the data that hold no example; 0: none, or not recorded",
    "flagged": f"unknown: more than {MOST_UNKNOWN:g} %; cut, lost: more than {MOST_CUT:g} %; joined by blanks",
}


def language_table(plan: Plan, records: Mapping[str, Record | None]) -> pd.DataFrame:
    """A row for each encoder, task and language, apart for what is trained on; `COLUMNS` says what it holds.

    All runs of an encoder read the same texts with the same tokenizer, so they are counted once; where runs were cut
    differently, the row has the most.
    """
    owners: dict[str, str] = {}
    rows: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for key, stage in plan.stages.items():
        owners[key] = _owner(stage, owners)
        if (record := records.get(key)) is None:
            continue
        for read in stage.spec.read(record.result):
            place = _place(owners[key], read)
            rows[place] = _joined(rows.get(place), _row(place, read, _num_skipped(read, record.result), plan))
    table = pd.DataFrame([{**row, "flagged": _flags(row)} for row in rows.values()], columns=list(COLUMNS))
    return table.sort_values(["model", "use"], kind="stable", ignore_index=True)


def _owner(stage: Stage, known: Mapping[str, str]) -> str:
    """The encoder that a stage goes back to, by the first of its parents that has one."""
    if isinstance(stage.spec, EncoderSpec):
        return str(stage.spec.model.name)
    return next((known[parent] for parent in stage.parents if known[parent]), "")


def _place(owner: str, read: DataRead) -> tuple[str, str, str, str]:
    code = "+".join(use.language for use in read.data)
    return owner, TRAINED if read.is_trained_on else EVALUATED, read.data[0].task, code


def _num_skipped(read: DataRead, result: Result) -> int:
    """Lines and rows of the data that hold no example."""
    named = {(use.task, use.split, use.language) for use in read.data}
    found = (one for one in result.skipped if (one.task, one.split, one.language) in named)
    return sum(sum(one.counts.values()) for one in found)


def _row(place: tuple[str, str, str, str], read: DataRead, num_skipped: int, plan: Plan) -> dict[str, Any]:
    model, purpose, task, code = place
    spaced = all(language(one).spaced for one in code.split("+"))
    pieces = read.pieces
    of = None if pieces is None else pieces.words if spaced else pieces.characters
    share = 100.0 * read.num_cut / max(1, read.num_examples)
    # Where long texts are read in windows, nothing is cut; what is lost is an answer that lies in none of them.
    has_windows = task in plan.catalogue.tasks() and plan.catalogue.task(task).family_declaration.has_windows
    return {
        "model": model,
        "use": purpose,
        "task": task,
        "language": code,
        "num_examples": read.num_examples,
        "num_pieces": None if pieces is None else pieces.of,
        "per": "word" if spaced else "character",
        "fertility": pieces.of / of if pieces is not None and of else math.nan,
        "unknown": math.nan if pieces is None else pieces.share,
        "cut": math.nan if has_windows else share,
        "lost": share if has_windows else math.nan,
        "num_skipped": num_skipped,
    }


def _joined(one: dict[str, Any] | None, other: dict[str, Any]) -> dict[str, Any]:
    """What two runs say of the same data: the most of each number, and what either has recorded."""
    if one is None:
        return other
    return {name: _most(value, other[name]) for name, value in one.items()}


def _most(one: Any, other: Any) -> Any:
    if isinstance(one, str):
        return one
    known = [value for value in (one, other) if value is not None and value == value]
    return max(known, default=one)


def _flags(row: Mapping[str, Any]) -> str:
    limits = {"unknown": MOST_UNKNOWN, "cut": MOST_CUT, "lost": MOST_CUT}
    return " ".join(name for name, most in limits.items() if row[name] > most)
