"""A paper's text as passages: sentences with their place, as a reader of the file counts it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stepstone.core.errors import UserError
from stepstone.core.named_file import read_named
from stepstone.core.visible import visible

_PARAGRAPH = re.compile(r"[^\n\f]+(?:\n(?!\s*\n)[^\n\f]+)*")
_END = re.compile(r"[.!?][\"'\u2019\u201d)\]]*\s+(?=[\"'\u2018\u201c(\[]?[A-Z0-9\u00c0-\u00de])")
# After these a full stop ends no sentence.
_SHORT = re.compile(
    r"(?:\b(?:al|cf|e\.g|i\.e|vs|resp|approx|[Ff]igs?|[Ss]ecs?|[Tt]abs?|[Ee]qs?|[Aa]pp|[Nn]o)|\b[A-Z])\.\s+$"
)
_BROKEN = re.compile(r"(?<=[a-z])[-\u00ad\u2010]\s*\n\s*(?=[a-z])")
# What fonts draw as one sign, and pdftotext keeps.
_LIGATURES = str.maketrans({"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"})


@dataclass(frozen=True)
class PaperPassage:
    """A part of a paper.

    Attributes:
        text: on one line, words that a line's end broke put together, ligatures as letters.
        start: offset of its first character in the file's text, from 0.
        end: offset after its last.
        line: number of the line that it begins on, from 1.
    """

    text: str
    start: int
    end: int
    line: int

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return f"line {self.line}, characters {self.start} to {self.end}"


def read_paper(path: Path) -> str:
    """The text of a file.

    Raises:
        UserError: it cannot be read, is a PDF or another file that is not text, or is empty.
    """
    try:
        content = read_named(path)
    except OSError as error:
        raise UserError(f"cannot be read ({error.strerror})", where=str(path)) from error
    if content.startswith(b"%PDF") or path.suffix.lower() == ".pdf":
        remedy = f"make a text of it first: pdftotext {path.name} {path.stem}.txt"
        raise UserError("is a PDF, and papers are read as plain text", where=str(path), remedy=remedy)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError("is not UTF-8 text", where=str(path), remedy="save it as plain text in UTF-8") from error
    if "\0" in text or not text.strip():
        raise UserError("holds no text", where=str(path), remedy="give the paper as plain text in UTF-8")
    return text


def passages(text: str) -> list[PaperPassage]:
    """The sentences of a text, in order; a blank line ends one, too."""
    return [passage for paragraph in paragraphs(text) for passage in paragraph]


def paragraphs(text: str) -> Iterator[list[PaperPassage]]:
    """The sentences of every paragraph."""
    for found in _PARAGRAPH.finditer(text):
        sentences = [passage_of(text, start, end) for start, end in _sentences(text, found.start(), found.end())]
        if kept := [one for one in sentences if one.text]:
            yield kept


def passage_of(text: str, start: int, end: int) -> PaperPassage:
    """The passage between two offsets, blanks around it left out."""
    inside = text[start:end]
    start, end = start + len(inside) - len(inside.lstrip()), end - (len(inside) - len(inside.rstrip()))
    words = " ".join(_BROKEN.sub("", text[start:end].translate(_LIGATURES)).split())
    return PaperPassage(visible(words), start, max(start, end), text.count("\n", 0, start) + 1)


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for mark in _END.finditer(text, start, end):
        if not _SHORT.search(text, max(start, mark.start() - 12), mark.end()):
            yield start, mark.end()
            start = mark.end()
    yield start, end
