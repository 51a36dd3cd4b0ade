"""One JSON object a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from stepstone.data.formats.lines import Damage, Layout, Row, lines, parse


def read(paths: Sequence[Path], layout: Layout) -> Iterator[Row]:
    """Rows of one file; blank lines hold none."""
    path = paths[0]
    for number, line in lines(path):
        if not line:
            continue
        value = parse(line, path, number)
        if not isinstance(value, dict):
            raise Damage("is not a JSON object", path, number, "every line must be an object { ... }")
        yield Row(number, layout.rename(value) if layout.columns else value)
