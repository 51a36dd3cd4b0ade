"""Which columns of files with a word a line hold words and tags: not line numbers, remarks and annotators."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from stepstone.data.formats.shape import Shape, file_shape

_CHUNK = re.compile(r"O|[BIESLU][-_].+")
# More different ones of many words are words themselves, such as lemmas.
_MAX_SHARE, _ENOUGH = 0.5, 20
# A line in ten may be damaged.
_MOST = 0.9


class WordColumns(NamedTuple):
    """Numbers of columns, from 1; `tags` is None where several may be it, `others` may be tags too."""

    words: int
    tags: int | None
    others: tuple[int, ...]
    num: int

    @property
    def spare(self) -> tuple[int, ...]:
        """Columns that are neither."""
        return tuple(number for number in range(1, self.num + 1) if number not in (self.words, self.tags))


def find_columns(lines: Sequence[str]) -> WordColumns:
    """The columns of words and tags; files of one or two columns say it by themselves."""
    _, rows = _rows(lines)
    num = min(map(len, rows), default=0)
    columns = list(zip(*(row[:num] for row in rows), strict=True))
    words = next((place for place, values in enumerate(columns) if not _is_number(values)), 0)
    after = range(words + 1, num)
    chunks = [place for place in after if all(map(_CHUNK.fullmatch, columns[place]))]
    may_be = chunks or [place for place in after if _may_be_tags(columns[place])] or list(after)[-1:]
    tags = may_be[-1] + 1 if chunks or len(may_be) == 1 else None
    return WordColumns(words + 1, tags, tuple(place + 1 for place in may_be if place + 1 != tags), num)


def is_words(lines: Sequence[str]) -> bool:
    """Whether plain text holds a word a line with its tag: equal columns without blanks in the word, and sentences."""
    shape, rows = _rows(lines)
    if not rows or shape.width < 2 or shape.has_blanks:
        return False
    is_even = sum(len(row) == shape.width for row in rows) >= _MOST * len(rows)
    return is_even and (any(map(shape.is_blank, lines)) or all(_CHUNK.fullmatch(row[-1]) for row in rows))


def _rows(lines: Sequence[str]) -> tuple[Shape, list[list[str]]]:
    shape = file_shape(lines, None, None)
    return shape, [shape.split(line) for line in lines if not shape.is_blank(line) and not shape.mark(line)]


def _is_number(values: Sequence[str]) -> bool:
    """Whether a column counts the words of each sentence, as in 1, 2, 3-4, 5."""
    return all(re.fullmatch(r"\d+([-.]\d+)?", value) for value in values) and len(values) > 1


def _may_be_tags(values: Sequence[str]) -> bool:
    different = set(values)
    is_many = len(values) > _ENOUGH and len(different) > _MAX_SHARE * len(values)
    return len(different) > 1 and not is_many and not _is_number(values)
