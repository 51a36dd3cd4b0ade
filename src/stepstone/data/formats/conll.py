"""One word a line with its tag after a tab, sentences parted by blank lines (XTREME's UDPOS and PAN-X, WikiAnn)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from stepstone.data.formats.lines import TAKE_ANEW, Damage, Layout, Row, lines


def read(paths: Sequence[Path], layout: Layout) -> Iterator[Row]:
    """Rows with words and tags; tags are None throughout a file that holds words alone.

    Blank lines at the start or in a row part nothing. Option `word_prefix` is taken off words (WikiAnn's `ja:`).
    """
    path, prefix = paths[0], layout.options.get("word_prefix", "")
    words: list[str] = []
    tags: list[str] = []
    start = 0
    for number, line in lines(path):
        if not line:
            if words:
                yield _sentence(start, words, tags, path)
                words, tags = [], []
            continue
        word, tab, tag = line.partition("\t")
        word = word.removeprefix(prefix)
        if not word or "\t" in tag:
            message = "has more than 2 columns" if word else "has no word before its tag"
            raise Damage(message, path, number, TAKE_ANEW)
        if not words:
            start = number
        words.append(word)
        if tab:
            tags.append(tag)
    if words:
        yield _sentence(start, words, tags, path)


def _sentence(start: int, words: list[str], tags: list[str], path: Path) -> Row:
    # Words without tags are a stripped file; some with and some without are a damaged one.
    if tags and len(tags) != len(words):
        raise Damage(f"begins a sentence of {len(words)} words with {len(tags)} tags", path, start, TAKE_ANEW)
    return Row(start, {"words": words, "tags": tags or None})
