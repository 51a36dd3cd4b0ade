"""CoNLL-U, the format of Universal Dependencies: syntactic words with their universal part-of-speech tags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from stepstone.data.formats.lines import TAKE_ANEW, Damage, Layout, Row, lines
from stepstone.data.formats.options import ReaderOptions

_FORM, _UPOS = 1, 3


class Options(ReaderOptions):
    """Nothing besides what all readers take."""


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[Row]:
    """Rows with sent_id, words and tags, and the document that they stand in where the file marks documents.

    Lines of multi-word tokens (`1-2`) and of empty nodes (`8.1`) are left out: the syntactic words carry the tags.
    """
    path = paths[0]
    name, document, start = "", "", 0
    words: list[str] = []
    tags: list[str] = []
    for number, line in lines(path):
        if line.startswith("#"):
            key, _, value = line[1:].partition("=")
            if key.strip() == "sent_id":
                name = value.strip()
            elif key.split()[:1] == ["newdoc"]:
                document = value.strip() or f"line {number}"
            continue
        if line:
            start = start or number
            columns = line.split("\t")
            if len(columns) != 10:
                raise Damage(f"has {len(columns)} columns, not 10", path, number, TAKE_ANEW)
            if columns[0].isdigit():
                words.append(columns[_FORM])
                tags.append(columns[_UPOS])
            elif not columns[0].replace("-", "", 1).replace(".", "", 1).isdigit():
                raise Damage(f'has the id "{columns[0][:20]}"', path, number, TAKE_ANEW)
        elif words:
            yield Row(start, {"sent_id": name, "document": document, "words": words, "tags": tags})
            name, start, words, tags = "", 0, [], []
    if words:
        yield Row(start, {"sent_id": name, "document": document, "words": words, "tags": tags})
