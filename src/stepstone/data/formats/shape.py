"""How a file of words is laid out, decided once for all its lines: what parts columns, how many, what is a comment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

# What CoNLL-2003 puts between documents.
_DOCUMENT = "-DOCSTART-"
DOCUMENTS = f"lines of {_DOCUMENT}"
_BLANKS = " \t"


class Shape(NamedTuple):
    """What all lines of a file have in common; `first` is the number of its first line of words.

    `comment`: what the user says that comments begin with (empty: there are none); None: a `#` where the line cannot
    be a word: it has other columns than the file's lines, or a blank in its word, as no word of the file has.
    """

    delimiter: str
    width: int
    first: int
    comment: str | None
    has_blanks: bool = False

    @property
    def parted_by(self) -> str:
        """What parts columns, in words."""
        return {"\t": "tabs", " ": "blanks"}.get(self.delimiter, f'"{self.delimiter}"')

    def split(self, line: str) -> list[str]:
        """The columns of a line. Only the delimiter parts them: a no-break or an ideographic space is of its word."""
        if self.delimiter == " ":
            return [part for part in line.strip(" ").split(" ") if part]
        return line.split(self.delimiter)

    def is_blank(self, line: str) -> bool:
        """Whether a line ends a sentence."""
        return not line.strip(_BLANKS)

    def mark(self, line: str) -> str:
        """What a line that may begin a sentence is, where it is no word; a plural."""
        columns = self.split(line)
        if columns[:1] == [_DOCUMENT]:
            return DOCUMENTS
        if self.comment is not None:
            return "comment lines" if self.comment and line.startswith(self.comment) else ""
        odd = len(columns) != self.width or (not self.has_blanks and _has_blank(columns[0]))
        return "comment lines" if line.startswith("#") and odd else ""


def file_shape(lines: Sequence[str], delimiter: str | None, comment: str | None) -> Shape:
    """The shape of a file by its lines; most lines decide, and lines that may be comments only where there is no other.

    >>> file_shape(["# Oslo", "Nina B-PER", "#1 O"], None, None)[:3]
    (' ', 2, 2)
    """
    filled = [(number, line) for number, line in enumerate(lines, 1) if line.strip(_BLANKS)]
    filled = [(number, line) for number, line in filled if _first(line) != _DOCUMENT] or filled
    words = [(number, line) for number, line in filled if not line.startswith(comment or "#")] or filled
    if not words:
        return Shape(delimiter or " ", 1, 1, comment)
    if delimiter is None:
        delimiter = "\t" if 2 * sum("\t" in line for _, line in words) > len(words) else " "
    shape = Shape(delimiter, 0, words[0][0], comment)
    columns = [shape.split(line) for _, line in words]
    width = Counter(map(len, columns)).most_common(1)[0][0]
    return shape._replace(width=width, has_blanks=any(_has_blank(found[0]) for found in columns))


def _first(line: str) -> str:
    return line.strip(_BLANKS).replace("\t", " ").partition(" ")[0]


def _has_blank(word: str) -> bool:
    return " " in word.strip(" ")
