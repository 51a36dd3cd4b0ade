"""A JSON document that is a list of objects, or holds one under `data`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from stepstone.data.formats.lines import Damage, Layout, Row, whole


def read(paths: Sequence[Path], layout: Layout) -> Iterator[Row]:
    """Rows of one file; option `under` names the list's key (default `data`) where the document is an object."""
    path = paths[0]
    document = whole(path)
    key = layout.options.get("under", "data")
    rows, prefix = (document.get(key), key) if isinstance(document, dict) else (document, "")
    if not isinstance(rows, list):
        raise Damage(f'holds no list of rows, nor one under "{key}"', path)
    for number, value in enumerate(rows):
        place = f"{prefix}[{number}]"
        if not isinstance(value, dict):
            raise Damage("is not a JSON object", path, place)
        yield Row(place, layout.rename(value))
