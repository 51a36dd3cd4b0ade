"""Two files whose lines pair: line n of one is the translation of line n of the other (Tatoeba as released)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from stepstone.data.formats.lines import FileRow, Layout, lines
from stepstone.data.formats.log import DataFileError, Log
from stepstone.data.formats.options import ReaderOptions

_MEND = "line n of the one is the translation of line n of the other"


class Options(ReaderOptions):
    """Nothing besides what all readers take."""


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[FileRow]:
    """Rows with `source` from the first file and `target` from the second; raises DataFileError for unequal lengths."""
    first, second = paths[0], paths[1]
    sources, targets = list(lines(first, Log())), list(lines(second, Log()))
    if len(sources) != len(targets):
        raise DataFileError(f"has {len(sources)} lines, but {second.name} has {len(targets)}", first, mend=_MEND)
    for (number, source), (_, target) in zip(sources, targets, strict=True):
        yield FileRow(number, {"source": source, "target": target})
