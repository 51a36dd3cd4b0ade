"""One word a line with its tag after a tab, sentences parted by blank lines (XTREME's UDPOS and PAN-X, WikiAnn)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field

from stepstone.data.formats.lines import TAKE_ANEW, Damage, Layout, Row, lines
from stepstone.data.formats.options import ReaderOptions


class Options(ReaderOptions):
    """Of sentences with a word a line."""

    word_prefix: str = Field("", description="what is taken off words (WikiAnn's `ja:`)")


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[Row]:
    """Rows with words and tags; tags are None throughout a file that holds words alone.

    Blank lines at the start or in a row part nothing.
    """
    path, prefix = paths[0], layout.options.word_prefix
    sentence: list[str] = []
    start = 1
    for number, line in lines(path):
        if line:
            if not sentence:
                start = number
            sentence.append(line)
        elif sentence:
            yield _parse(sentence, start, prefix, path)
            sentence = []
    if sentence:
        yield _parse(sentence, start, prefix, path)


def _parse(sentence: list[str], start: int, prefix: str, path: Path) -> Row:
    columns = [line.split("\t") for line in sentence]
    words = [column[0] for column in columns]
    if prefix:
        words = [word.removeprefix(prefix) for word in words]
    tags = [tag for column in columns for tag in column[1:]]
    for position, (word, column) in enumerate(zip(words, columns, strict=True)):
        if not word or len(column) > 2:
            message = "has more than 2 columns" if word else "has no word before its tag"
            raise Damage(message, path, start + position, TAKE_ANEW)
    # Words without tags are a stripped file; some with and some without are a damaged one.
    if tags and len(tags) != len(words):
        raise Damage(f"begins a sentence of {len(words)} words with {len(tags)} tags", path, start, TAKE_ANEW)
    return Row(start, {"words": words, "tags": tags or None})
