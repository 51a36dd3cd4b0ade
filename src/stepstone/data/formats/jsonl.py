"""One JSON object a line, if need be with its label on the same line of another file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from stepstone.data.formats.lines import FileRow, Layout, lines, objects
from stepstone.data.formats.log import DataFileError, Log
from stepstone.data.formats.options import ReaderOptions

_MEND = "each line of the one file has its line in the other"


class Options(ReaderOptions):
    """Nothing besides what all readers take."""


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[FileRow]:
    """Rows of the first file; blank lines hold none. The lines of a second file are read as `label`."""
    path, log = paths[0], layout.log
    labels = None
    if len(paths) > 1:
        # A line that is left out would shift all labels after it.
        log = Log()
        labels = [line for _, line in lines(paths[1], log)]
    seen = 0
    for number, value in objects(path, log):
        if labels is not None:
            if seen == len(labels):
                raise DataFileError(f"has {len(labels)} labels, and {path.name} has more lines", paths[1], mend=_MEND)
            value["label"] = labels[seen]
        seen += 1
        yield FileRow(number, layout.rename(value) if layout.columns else value)
    if labels is not None and seen != len(labels):
        raise DataFileError(f"has {len(labels)} labels for the {seen} lines of {path.name}", paths[1], mend=_MEND)
