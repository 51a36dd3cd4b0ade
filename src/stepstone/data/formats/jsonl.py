"""One JSON object a line, if need be with its label on the same line of another file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from stepstone.data.formats.lines import Damage, Layout, Row, lines, parse
from stepstone.data.formats.options import ReaderOptions


class Options(ReaderOptions):
    """Nothing besides what all readers take."""


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[Row]:
    """Rows of the first file; blank lines hold none. The lines of a second file are read as `label`."""
    path = paths[0]
    labels = [line for _, line in lines(paths[1])] if len(paths) > 1 else None
    seen = 0
    for number, line in lines(path):
        if not line:
            continue
        value = parse(line, path, number)
        if not isinstance(value, dict):
            raise Damage("is not a JSON object", path, number, "every line must be an object { ... }")
        if labels is not None:
            if seen == len(labels):
                raise Damage(f"has {len(labels)} labels, and {path.name} has more lines", paths[1])
            value["label"] = labels[seen]
        seen += 1
        yield Row(number, layout.rename(value) if layout.columns else value)
    if labels is not None and seen != len(labels):
        raise Damage(f"has {len(labels)} labels for the {seen} lines of {path.name}", paths[1])
