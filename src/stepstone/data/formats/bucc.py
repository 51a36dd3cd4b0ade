"""BUCC's comparable corpora: sentences of two languages with ids, and a file of the pairs that are translations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from stepstone.data.formats.lines import FileRow, Layout, lines
from stepstone.data.formats.log import DataFileError, Log
from stepstone.data.formats.options import ReaderOptions

_REMEDY = "a line is an id, a tab and a sentence; in the gold file two ids"


class Options(ReaderOptions):
    """Nothing besides what all readers take."""


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[FileRow]:
    """Rows of both sides with their gold translations; gold is None where there is no gold file.

    Args:
        paths: The other language's sentences, the English ones, and the gold file where it is released.
        layout: Its log hears of lines that are no pair, and of gold pairs of which a sentence is in no corpus.
    """
    log = layout.log
    sides = [list(_pairs(path, log)) for path in paths[:2]]
    gold = _gold(paths[2], [{name for _, name, _ in side} for side in sides], log) if len(paths) > 2 else None
    for position, side in enumerate(sides):
        for number, name, text in side:
            place = number if position == 0 else f"{paths[1].name} line {number}"
            found = None if gold is None else tuple(gold[position].get(name, ()))
            yield FileRow(place, {"id": name, "text": text, "side": ("source", "target")[position], "gold": found})


def _gold(path: Path, known: Sequence[set[str]], log: Log) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    forward: dict[str, list[str]] = defaultdict(list)
    backward: dict[str, list[str]] = defaultdict(list)
    for number, source, target in _pairs(path, log):
        absent = next((name for name, side in ((source, known[0]), (target, known[1])) if name not in side), None)
        if absent is not None:
            message = f'names "{absent[:40]}", which is in no corpus beside it'
            log.damaged(DataFileError(message, path, number, _REMEDY))
            continue
        forward[source].append(target)
        backward[target].append(source)
    return forward, backward


def _pairs(path: Path, log: Log) -> Iterator[tuple[int, str, str]]:
    for number, line in lines(path, log):
        name, tab, rest = line.partition("\t")
        if name and tab and rest:
            yield number, name, rest
        else:
            log.damaged(DataFileError("is not two columns", path, number, _REMEDY))
