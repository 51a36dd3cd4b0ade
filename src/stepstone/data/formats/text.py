"""Running text, `id<TAB>text` a line; equal ids of one corpus in two languages mark translations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from stepstone.data.formats.lines import FileRow, Layout, lines
from stepstone.data.formats.log import DataFileError
from stepstone.data.formats.options import ReaderOptions


class Options(ReaderOptions):
    """Nothing besides what all readers take."""


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[FileRow]:
    """Rows with id, corpus (the folder's name) and text; blank lines hold none."""
    path = paths[0]
    corpus = path.parent.name
    for number, line in lines(path, layout.log):
        if not line:
            continue
        name, tab, text = line.partition("\t")
        if not tab or not name:
            layout.log.damaged(
                DataFileError("has no id before a tab", path, number, "a line is an id, a tab and the text")
            )
            continue
        yield FileRow(number, {"id": name, "corpus": corpus, "text": text})
