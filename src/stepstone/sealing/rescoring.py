"""An evaluation of a sealed study held against itself: its predictions line by line, and the scores that they give."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from itertools import takewhile, zip_longest
from typing import Any

from stepstone.core.result import EvaluateResult, Scores
from stepstone.scoring.definitions import scorer
from stepstone.sealing.findings import Finding
from stepstone.sealing.format import TOLERANCE, line_digests, predictions_name, record_member, stamp
from stepstone.store.predictions import parse_predictions
from stepstone.store.record import PREDICTIONS, Record

_SHOWN = 120  # characters of a line


def check_lines(record: Record, sealed: bytes, whole: bytes, lines: bytes) -> Iterator[Finding]:
    """Where predictions are not those of the record: by line and example as far as their digests say it.

    Args:
        record: the evaluation's.
        sealed: the member, maybe without golds.
        whole: the same with golds.
        lines: the digests of the member's lines.
    """
    if stamp(whole) == record.files[PREDICTIONS]:
        return
    name, known = predictions_name(record.key), lines.decode("ascii", "replace").split()
    changes = list(_changes(known, line_digests(sealed)))
    texts = sealed.decode("utf-8", "replace").removesuffix("\n").split("\n")
    for before, after in changes:
        where = f"{name}{_place(texts, after)} ({record.label})"
        expected = "no line" if before is None else f"line {before + 1} as it was sealed ({known[before]})"
        yield Finding(what="prediction", where=where, expected=expected, found=_shown(texts, after))
    if not changes:
        expected, found = record.files[PREDICTIONS]["sha256"], stamp(whole)["sha256"]
        yield Finding(what="prediction", where=f"{name} ({record.label})", expected=expected, found=found)


def check_scores(record: Record, whole: bytes, metric: str, definition: str, language: str) -> Iterator[Finding]:
    """Where the scores of a record are not those that its predictions give, under every definition that it names."""
    result = record.result
    assert isinstance(result, EvaluateResult), "an evaluation's record holds its scores"
    where = f"{record_member(record.key)} ({record.label})"
    named = (result.scores.metric, result.scores.definition)
    if named != (metric, definition):
        expected, found = f"{metric} ({definition})", " ".join(named)
        yield Finding(what="score", where=where, expected=expected, found=found)
    try:
        rows = parse_predictions(whole.decode(), predictions_name(record.key))
        for scores in (result.scores, *result.other_scores):
            yield from _check(scores, rows, language, where)
    # A stranger's rows may hold anything: whatever stops a scorer is a finding, not a crash.
    except Exception as error:
        first = str(error).partition("\n")[0]
        yield Finding(what="score", where=where, expected="predictions that can be scored", found=first[:_SHOWN])


def _check(scores: Scores, rows: Sequence[dict[str, Any]], language: str, where: str) -> Iterator[Finding]:
    judge = scorer(scores.metric, scores.definition)
    given = judge.score(rows, language)
    made = {name: None if math.isnan(value) else value for name, value in given.items()}
    said = {**scores.values, "num_examples": scores.num_examples}
    wanted = {**made, "num_examples": len(rows)}
    if scores.main != judge.main:
        yield Finding(what="score", where=where, expected=f"main score {judge.main}", found=scores.main)
    for name in dict.fromkeys((*wanted, *said)):
        one, other = wanted.get(name), said.get(name)
        if one != other and not _near(one, other):
            title = f"{name} ({scores.definition})"
            yield Finding(
                what="score", where=f"{where}, {title}", expected=f"{one}, as its predictions give", found=f"{other}"
            )


def _near(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and abs(one - other) <= TOLERANCE


def _changes(known: Sequence[str], found: Sequence[str]) -> Iterator[tuple[int | None, int | None]]:
    """Places of lines that differ, as they were and as they are; None: there is none.

    Where there are more lines or fewer, all from the first to the last that differ.
    """
    if len(known) == len(found):
        yield from ((place, place) for place, pair in enumerate(zip(known, found, strict=True)) if pair[0] != pair[1])
        return
    start = _alike(known, found)
    end = _alike(known[start:][::-1], found[start:][::-1])
    yield from zip_longest(range(start, len(known) - end), range(start, len(found) - end))


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines from the first on are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _place(texts: Sequence[str], place: int | None) -> str:
    """The line and, where it can be read, the example that it is of."""
    if place is None:
        return ""
    try:
        return f', line {place + 1}, example "{json.loads(texts[place])["id"]}"'
    except (ValueError, KeyError, TypeError, RecursionError):
        return f", line {place + 1}"


def _shown(texts: Sequence[str], place: int | None) -> str:
    return "nothing" if place is None else texts[place][:_SHOWN]
