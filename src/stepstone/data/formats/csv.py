"""Comma-separated values with quoting (Cosmos QA)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field

from stepstone.data.formats.lines import TAKE_ANEW, Damage, Layout, Row, lines
from stepstone.data.formats.options import ReaderOptions


class Options(ReaderOptions):
    """Of comma-separated values."""

    header: tuple[str, ...] = Field((), description="columns of a file that has no header line")
    delimiter: str = Field(",", min_length=1, max_length=1, description="what stands between columns")


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[Row]:
    """Rows of one file; a quoted field may run over several lines, the row's place is its last one."""
    path, options = paths[0], layout.options
    table = csv.reader((line + "\n" for _, line in lines(path)), delimiter=options.delimiter, strict=True)
    try:
        names: Sequence[str] = options.header or next(table)
        for parts in table:
            if not parts:
                continue
            if len(parts) != len(names):
                message = f"has {len(parts)} columns, not {len(names)}"
                raise Damage(message, path, table.line_num, TAKE_ANEW)
            yield Row(table.line_num, layout.rename(dict(zip(names, parts, strict=True))))
    except csv.Error as error:
        raise Damage(f"is not CSV: {error}", path, table.line_num, TAKE_ANEW) from error
