"""Words a line in columns parted by tabs or blanks, sentences by blank lines: CoNLL as people write it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from stepstone.data.formats.lines import Damage, Layout, Row, lines
from stepstone.data.formats.options import ReaderOptions

# What CoNLL-2003 puts between documents.
_DOCUMENT = "-DOCSTART-"


def _number(given: Any) -> int:
    if isinstance(given, bool) or not str(given).isdecimal() or int(given) < 1:
        raise ValueError(f"is the number of a column, from 1, not {given!r}")
    return int(given)


Column = Annotated[int, BeforeValidator(_number)]


class Options(ReaderOptions):
    """Of columns of words and tags."""

    words: Column = Field(1, description="number of the words' column, from 1")
    tags: Column | None = Field(None, description="number of the tags' column; None: the last, if there are two")


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[Row]:
    """Rows with words and tags; each sentence's place is its first line.

    A file of one column has no tags. Lines that begin with `# ` before a sentence are comments.
    """
    path = paths[0]
    word = layout.options.words - 1
    tag = None if layout.options.tags is None else layout.options.tags - 1
    sentence: list[list[str]] = []
    start = 1
    for number, line in lines(path):
        if not line.strip() or line.startswith(_DOCUMENT):
            if sentence:
                yield _row(sentence, start, word, tag)
            sentence = []
            continue
        if not sentence and line.startswith("# "):
            continue
        start = start if sentence else number
        columns = line.split("\t") if "\t" in line else line.split()
        _check(columns, sentence, max(word, tag or 0), path, number)
        sentence.append(columns)
    if sentence:
        yield _row(sentence, start, word, tag)


def _check(columns: list[str], sentence: list[list[str]], last: int, path: Path, number: int) -> None:
    if last >= len(columns):
        raise Damage(f"has {len(columns)} columns, not {last + 1}", path, number, "name the right columns")
    if sentence and len(columns) != len(sentence[0]):
        message = f"has {len(columns)} columns where its sentence began with {len(sentence[0])}"
        raise Damage(message, path, number, "a line is a word and its tag; a blank line ends a sentence")
    if not columns[0]:
        raise Damage("has no word before its tag", path, number)


def _row(sentence: list[list[str]], start: int, word: int, tag: int | None) -> Row:
    words = [columns[word] for columns in sentence]
    bare = len(sentence[0]) == 1
    tags = None if bare else [columns[-1 if tag is None else tag] for columns in sentence]
    return Row(start, {"words": words, "tags": tags})
