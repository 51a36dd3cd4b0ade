"""Sentences of a file that has a word a line: groups of lines between blank ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from stepstone.data.formats.lines import FileRow

# The row of a sentence from its lines, of which the first has the number; None where the log heard of damage.
Parse = Callable[[int, list[str]], FileRow | None]


def sentence_rows(numbered: Iterable[tuple[int, str]], parse: Parse) -> Iterator[FileRow]:
    """A row for each group of lines; a line that was left out, as one that is no text, takes its sentence with it."""
    group: list[str] = []
    start, last, is_whole = 1, 0, True
    for number, line in chain(numbered, [(0, "")]):
        is_whole = is_whole and number in (0, last + 1)
        last = number
        if line:
            start = start if group else number
            group.append(line)
            continue
        row = parse(start, group) if group and is_whole else None
        if row is not None:
            yield row
        group, is_whole = [], True
