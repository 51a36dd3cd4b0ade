"""Tab-separated text without quoting, as XTREME and GLUE release it: with a header line or without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stepstone.data.formats.lines import TAKE_ANEW, Damage, Layout, Row, lines


def read(paths: Sequence[Path], layout: Layout) -> Iterator[Row]:
    """Rows of one file.

    Options: `header` names the columns of a file that has no header line; `optional` fields may be absent from
    the whole file (stripped labels); `widths` lists further headers that rows of other widths follow (GLUE's
    SNLI mixes 11 and 15 columns); rows may lack the last `may_lack` columns (SNLI's annotators); `drop_short`
    drops rows with too few columns (GLUE's QQP has some).
    """
    path, options = paths[0], layout.options
    rows = lines(path)
    first_number, first = next(rows)
    names = first.split("\t")
    if "header" in options:
        widths = _without_header(options, len(names), path)
        yield _row(first_number, names, widths, layout, path)
    else:
        widths = _with_header(names, layout, path)
    drop_short = bool(options.get("drop_short"))
    shortest = min(widths)
    for number, line in rows:
        parts = line.split("\t")
        if drop_short and len(parts) < shortest:
            continue
        yield _row(number, parts, widths, layout, path)


def _row(number: int, parts: list[str], widths: Mapping[int, Sequence[str]], layout: Layout, path: Path) -> Row:
    names = widths.get(len(parts))
    if names is None:
        expected = " or ".join(map(str, sorted(widths)))
        raise Damage(f"has {len(parts)} columns, not {expected}", path, number, TAKE_ANEW)
    return Row(number, layout.rename(dict(zip(names, parts, strict=True))))


def _without_header(options: Mapping[str, Any], width: int, path: Path) -> dict[int, Sequence[str]]:
    header, optional = list(options["header"]), options.get("optional", ())
    full = {len(header): header}
    required = [name for name in header if name not in optional]
    known = full | {len(required): required}
    # A file is labelled or stripped as a whole: a row that lacks its label among labelled ones is damaged.
    if width not in known:
        expected = " or ".join(map(str, sorted(known)))
        raise Damage(f"has {width} columns, not {expected}", path, 1, f"columns: {', '.join(header)}")
    return {width: known[width]}


def _with_header(names: list[str], layout: Layout, path: Path) -> dict[int, Sequence[str]]:
    optional = layout.options.get("optional", ())
    absent = [column for field, column in layout.columns.items() if field not in optional and column not in names]
    if absent:
        shown = ", ".join(names[:20])
        raise Damage(f'has no column "{absent[0]}"', path, 1, f"columns of this file: {shown}")
    others: dict[int, Sequence[str]] = {len(item): item for item in layout.options.get("widths", ())}
    shorter = range(len(names) - layout.options.get("may_lack", 0), len(names))
    return others | {width: names[:width] for width in shorter} | {len(names): names}
