"""Words a line in columns parted by tabs or blanks, sentences by blank lines: CoNLL as people write it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from stepstone.data.formats.lines import FileRow, Layout, lines
from stepstone.data.formats.log import DataFileError, Log
from stepstone.data.formats.options import ReaderOptions
from stepstone.data.formats.sentences import sentence_rows
from stepstone.data.formats.shape import DOCUMENTS, Shape, file_shape


def _number(given: Any) -> int:
    if isinstance(given, bool) or not str(given).isdecimal() or int(given) < 1:
        raise ValueError(f"is the number of a column, from 1, not {given!r}")
    return int(given)


ColumnNumber = Annotated[int, BeforeValidator(_number)]


class Options(ReaderOptions):
    """Of columns of words and tags."""

    words: ColumnNumber | None = Field(None, description="number of the words' column, from 1; None: the first")
    tags: ColumnNumber | None = Field(None, description="number of the tags' column; None: the last, if there are two")
    delimiter: str | None = Field(None, description="what parts columns; None: tabs where lines have them, or blanks")
    comment: str | None = Field(
        None, description="what comments before a sentence begin with, empty: there are none; None: # by the columns"
    )


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[FileRow]:
    """Rows with words and tags; each sentence's place is its first line.

    A file of one column has no tags. How columns are parted and which lines are comments is decided for a whole file.

    Raises:
        DataFileError: a column that is asked for is in no line, or the first column counts the words.
    """
    path, options, log = paths[0], layout.options, layout.log
    numbered = list(lines(path, log))
    shape = file_shape([line for _, line in numbered], options.delimiter, options.comment)
    _check_columns(shape, options, path)
    log.say(f"columns are parted by {shape.parted_by}")
    if options.words is None and _counts_words(shape, [line for _, line in numbered]):
        raise DataFileError(
            "its first column counts the words of each sentence",
            path,
            remedy="name the columns by their numbers: columns = { words = 2, tags = 3 }",
        )

    def parse(start: int, sentence: list[str]) -> FileRow | None:
        return _parse(start, [shape.split(line) for line in sentence], shape.width, options, path, log)

    return sentence_rows(_without_marks(numbered, shape, log), parse)


def _without_marks(numbered: Sequence[tuple[int, str]], shape: Shape, log: Log) -> Iterator[tuple[int, str]]:
    """The lines, blank where they hold no word: between sentences, of comments before them and of documents."""
    inside = False
    for number, line in numbered:
        if line and (what := shape.mark(line)) and (not inside or what == DOCUMENTS):
            log.skip(what)
            line = ""
        inside = not shape.is_blank(line)
        yield number, line if inside else ""


def _check_columns(shape: Shape, options: Options, path: Path) -> None:
    last = max(options.words or 1, options.tags or 1)
    if last > shape.width:
        remedy = f"columns = {{ words = 1, tags = {shape.width} }} names columns that there are"
        raise DataFileError(f"has {shape.width} columns, not {last}", path, shape.first, remedy)


def _counts_words(shape: Shape, given: Sequence[str]) -> bool:
    """Whether the first column is 1, 2, 3 ... or 0, 1, 2 ... in every sentence, and some sentence has two words."""
    return any(_counts_from(first, shape, given) for first in (1, 0))


def _counts_from(first: int, shape: Shape, given: Sequence[str]) -> bool:
    num = longest = 0
    for line in given:
        if shape.is_blank(line) or shape.mark(line) == DOCUMENTS:
            num = 0
        elif num or not shape.mark(line):
            if shape.split(line)[0] != str(first + num):
                return False
            num += 1
            longest = max(longest, num)
    return longest > 1


def _parse(start: int, rows: list[list[str]], width: int, options: Options, path: Path, log: Log) -> FileRow | None:
    word, tag = (options.words or 1) - 1, (options.tags or width) - 1
    is_whole = True
    for number, columns in enumerate(rows, start):
        message = f"has {len(columns)} columns where most lines of the file have {width}"
        if len(columns) == width:
            message = "" if columns[word] else "has no word before its tag"
        if message:
            is_whole = False
            log.damaged(
                DataFileError(message, path, number, mend="a line is a word and its tag; a blank line ends a sentence")
            )
    if not is_whole:
        return None
    tags = None if width == 1 else [columns[tag] for columns in rows]
    return FileRow(start, {"words": [columns[word] for columns in rows], "tags": tags})
