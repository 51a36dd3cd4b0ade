"""A JSON document that is a list of objects, or holds one under `data`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field

from stepstone.data.formats.lines import FileRow, Layout, whole
from stepstone.data.formats.log import DataFileError
from stepstone.data.formats.options import ReaderOptions

_MEND = "the document is a list of objects, one a row"


class Options(ReaderOptions):
    """Of a JSON document."""

    under: str = Field("data", description="the key of the list of rows, where the document is an object")


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[FileRow]:
    """Rows of one file; their places are their positions in the list."""
    path = paths[0]
    document = whole(path)
    key = layout.options.under
    rows, prefix = (document.get(key), key) if isinstance(document, dict) else (document, "")
    if not isinstance(rows, list):
        raise DataFileError(f'holds no list of rows, nor one under "{key}"', path, mend=_MEND)
    for number, value in enumerate(rows):
        place = f"{prefix}[{number}]"
        if isinstance(value, dict):
            yield FileRow(place, layout.rename(value))
        else:
            layout.log.damaged(DataFileError("is not a JSON object", path, place, mend=_MEND))
