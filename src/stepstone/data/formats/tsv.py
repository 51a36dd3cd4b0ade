"""Tab-separated text without quoting, as XTREME and GLUE release it: with a header line or without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field

from stepstone.data.formats.lines import TAKE_ANEW, Damage, Layout, Row, lines
from stepstone.data.formats.options import ReaderOptions

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
    drop_short: bool = Field(False, description="drop rows with too few columns (GLUE's QQP has some)")


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[Row]:
    """Rows of one file."""
    path, options = paths[0], layout.options
    rows = lines(path)
    first_number, first = next(rows)
    names = first.split("\t")
    if options.header:
        widths = _without_header(options, len(names), path)
        yield _row(first_number, names, widths, layout, path)
    else:
        widths = _with_header(names, layout, path)
    shortest = min(widths)
    for number, line in rows:
        parts = line.split("\t")
        if options.drop_short and len(parts) < shortest:
            continue
        yield _row(number, parts, widths, layout, path)


def _row(number: int, parts: list[str], widths: Widths, layout: Layout[Options], path: Path) -> Row:
    names = widths.get(len(parts))
    if names is None:
        expected = " or ".join(map(str, sorted(widths)))
        raise Damage(f"has {len(parts)} columns, not {expected}", path, number, TAKE_ANEW)
    return Row(number, layout.rename(dict(zip(names, parts, strict=True))))


def _without_header(options: Options, width: int, path: Path) -> Widths:
    header = options.header
    full: Widths = {len(header): header}
    required = [name for name in header if name not in options.optional]
    known = full | {len(required): required}
    # A file is labelled or stripped as a whole: a row that lacks its label among labelled ones is damaged.
    if width not in known:
        expected = " or ".join(map(str, sorted(known)))
        raise Damage(f"has {width} columns, not {expected}", path, 1, f"columns: {', '.join(header)}")
    return {width: known[width]}


def _with_header(names: list[str], layout: Layout[Options], path: Path) -> Widths:
    options = layout.options
    needed = [column for field, column in layout.columns.items() if field not in options.optional]
    absent = [column for column in needed if column not in names]
    if absent:
        shown = ", ".join(names[:20])
        raise Damage(f'has no column "{absent[0]}"', path, 1, f"columns of this file: {shown}")
    others: Widths = {len(item): item for item in options.widths}
    shorter = range(len(names) - options.may_lack, len(names))
    return others | {width: names[:width] for width in shorter} | {len(names): names}
