"""Comma-separated values with quoting (Cosmos QA)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field

from stepstone.data.formats.lines import FileRow, Layout, check_names
from stepstone.data.formats.log import DataFileError
from stepstone.data.formats.options import ReaderOptions
from stepstone.data.formats.quoted import records


class Options(ReaderOptions):
    """Of comma-separated values."""

    header: tuple[str, ...] = Field((), description="columns of a file that has no header line")
    delimiter: str = Field(",", min_length=1, max_length=1, description="what stands between columns")


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[FileRow]:
    """Rows of one file; a quoted field may run over several lines, the row's place is its last one."""
    path, options = paths[0], layout.options
    table = records(path, options.delimiter, layout.log)
    yield from _rows(table, options.header or next(table, (1, []))[1], path, layout)


def _rows(
    table: Iterator[tuple[int, list[str]]], names: Sequence[str], path: Path, layout: Layout[Options]
) -> Iterator[FileRow]:
    """Rows of records with these columns; the log hears of those with other columns."""
    check_names(names, path, 1)
    for number, parts in table:
        if len(parts) == len(names):
            yield FileRow(number, layout.rename(dict(zip(names, parts, strict=True))))
            continue
        mend = f"a row has one cell for each of {', '.join(names[:8])}; one that holds the delimiter stands in quotes"
        layout.log.damaged(DataFileError(f"has {len(parts)} columns, not {len(names)}", path, number, mend=mend))
