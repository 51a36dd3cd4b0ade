"""Tab-separated text, as XTREME and GLUE release it without quoting: with a header line or without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field

from stepstone.data.formats.lines import FileRow, Layout, check_names, lines
from stepstone.data.formats.log import DataFileError, GatheringLog, Log
from stepstone.data.formats.options import ReaderOptions
from stepstone.data.formats.quoted import is_quoted, records

# Number of columns -> their names.
Widths = dict[int, Sequence[str]]


class Options(ReaderOptions):
    """Of tab-separated text."""

    header: tuple[str, ...] = Field((), description="columns of a file that has no header line")
    optional: tuple[str, ...] = Field((), description="fields that a whole file may lack (stripped labels)")
    widths: tuple[tuple[str, ...], ...] = Field(
        (), description="further headers, which rows of other widths follow (GLUE's SNLI mixes 11 and 15 columns)"
    )
    may_lack: int = Field(0, ge=0, description="how many of the last columns rows may lack (SNLI's annotators)")
    quoting: bool | None = Field(
        False, description="whether quotation marks around cells are the file's, as in CSV; None: as the file shows"
    )
    drop_short: bool = Field(False, description="drop rows with too few columns (GLUE's QQP has some)")


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[FileRow]:
    """Rows of one file, all with quoting or all without.

    Raises:
        DataFileError: the header lacks a column, or the file does not show whether its quotation marks are its own.
    """
    path, options, log = paths[0], layout.options, layout.log
    table = _table(path, options.quoting, log)
    first_number, names = next(table, (1, []))
    if options.header:
        widths = _without_header(options, len(names), path)
        yield from _row(first_number, names, widths, layout, path)
    else:
        widths = _with_header(names, layout, path)
    shortest = min(widths)
    for number, parts in table:
        if options.drop_short and len(parts) < shortest:
            log.skip("rows with too few columns")
        else:
            yield from _row(number, parts, widths, layout, path)


def _table(path: Path, quoting: bool | None, log: Log) -> Iterator[tuple[int, list[str]]]:
    if quoting is None:
        rows = [line for _, line in lines(path, GatheringLog())]
        quoting = is_quoted(rows, path)
        if any('"' in row for row in rows):
            log.say(f"quotation marks around cells are {'taken off' if quoting else 'kept'}")
    if quoting:
        return records(path, "\t", log)
    return ((number, line.split("\t")) for number, line in lines(path, log))


def _row(number: int, parts: list[str], widths: Widths, layout: Layout[Options], path: Path) -> Iterator[FileRow]:
    names = widths.get(len(parts))
    if names is not None:
        yield FileRow(number, layout.rename(dict(zip(names, parts, strict=True))))
        return
    expected = " or ".join(map(str, sorted(widths)))
    mend = "a row has one cell for each column, with a tab between them and none inside them"
    layout.log.damaged(DataFileError(f"has {len(parts)} columns, not {expected}", path, number, mend=mend))


def _without_header(options: Options, width: int, path: Path) -> Widths:
    header = options.header
    full: Widths = {len(header): header}
    required = [name for name in header if name not in options.optional]
    known = full | {len(required): required}
    # A file is labelled or stripped as a whole: a row that lacks its label among labelled ones is damaged.
    if width not in known:
        expected = " or ".join(map(str, sorted(known)))
        raise DataFileError(f"has {width} columns, not {expected}", path, 1, f"columns: {', '.join(header)}")
    return {width: known[width]}


def _with_header(names: list[str], layout: Layout[Options], path: Path) -> Widths:
    options = layout.options
    check_names(names, path, 1)
    needed = [column for field, column in layout.columns.items() if field not in options.optional]
    absent = [column for column in needed if column not in names]
    if absent:
        shown = ", ".join(names[:20])
        raise DataFileError(f'has no column "{absent[0]}"', path, 1, f"columns of this file: {shown}")
    others: Widths = {len(item): item for item in options.widths}
    shorter = range(len(names) - options.may_lack, len(names))
    return others | {width: names[:width] for width in shorter} | {len(names): names}
