"""One word a line with its tag after a tab, sentences parted by blank lines (XTREME's UDPOS and PAN-X, WikiAnn)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field

from stepstone.data.formats.lines import FileRow, Layout, lines
from stepstone.data.formats.log import DataFileError
from stepstone.data.formats.options import ReaderOptions
from stepstone.data.formats.sentences import sentence_rows

_MEND = "a line is a word, a tab and its tag; a blank line ends a sentence"


class Options(ReaderOptions):
    """Of sentences with a word a line."""

    word_prefix: str = Field("", description="what is taken off words (WikiAnn's `ja:`)")


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[FileRow]:
    """Rows with words and tags; tags are None throughout a file that holds words alone.

    Blank lines at the start or in a row part nothing; every line with something in it is a word.
    """
    path, prefix, log = paths[0], layout.options.word_prefix, layout.log

    def parse(start: int, sentence: list[str]) -> FileRow | None:
        found = list(_damages(start, sentence, prefix, path))
        for damage in found:
            log.damaged(damage)
        return None if found else _parse(start, sentence, prefix)

    return sentence_rows(lines(path, log), parse)


def _parse(start: int, sentence: list[str], prefix: str) -> FileRow:
    columns = [line.split("\t") for line in sentence]
    words = [column[0].removeprefix(prefix) for column in columns]
    tags = [column[1] for column in columns if len(column) > 1]
    return FileRow(start, {"words": words, "tags": tags or None})


def _damages(start: int, sentence: list[str], prefix: str, path: Path) -> Iterator[DataFileError]:
    num_tags = 0
    for number, line in enumerate(sentence, start):
        word, *tags = line.split("\t")
        num_tags += len(tags)
        if not word.removeprefix(prefix) or len(tags) > 1:
            message = "has more than 2 columns" if len(tags) > 1 else "has no word before its tag"
            yield DataFileError(message, path, number, mend=_MEND)
    # Words without tags are a stripped file; some with and some without are a damaged one.
    if num_tags and num_tags != len(sentence):
        message = f"begins a sentence of {len(sentence)} words with {num_tags} tags"
        yield DataFileError(message, path, start, mend=_MEND)
