"""Tables with cells in quotation marks: records by the rules of CSV, and whether a tab-separated file follows them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from stepstone.data.formats.lines import lines
from stepstone.data.formats.log import DataFileError, Log

# A whole passage may stand in a cell.
_LONGEST = 2**31 - 1
_NUMBER = re.compile(r"[-+]?[\d.,]*")


def records(path: Path, delimiter: str, log: Log) -> Iterator[tuple[int, list[str]]]:
    """Cells of each record with its last line; quoted ones may run over several lines. The log hears of bad ones."""
    csv.field_size_limit(_LONGEST)
    seen = list[int]()  # numbers of the record's lines; some between them may have been left out

    def given() -> Iterator[str]:
        for number, line in lines(path, log):
            seen.append(number)
            yield line + "\n"

    table = csv.reader(given(), delimiter=delimiter, strict=True)
    while True:
        seen.clear()
        try:
            parts = next(table)
        except StopIteration:
            return
        except csv.Error as error:
            log.damaged(_damage(str(error), path, seen[0], seen[-1]))
        else:
            if parts:
                yield seen[-1], parts


def _damage(message: str, path: Path, first: int, last: int) -> DataFileError:
    if "unexpected end of data" in message:
        return DataFileError(
            "opens a quotation mark that is never closed", path, first, mend="close it, or write it twice"
        )
    remedy = "a cell with a quotation mark in it stands in quotation marks, and the mark is written twice"
    return DataFileError(f"is not CSV: {message}", path, last, mend=remedy)


def is_quoted(rows: Sequence[str], path: Path) -> bool:
    """Whether the cells of a tab-separated file follow the rules of CSV, as pandas and spreadsheets write them.

    They do where all that holds a quotation mark stands in a pair of them, with those inside written twice, and
    either some cell must stand in them or all texts do. Elsewhere a quotation mark is a sign as any other.

    Raises:
        DataFileError: whole cells stand in quotation marks that may be the file's or the text's.
    """
    number, first = next(((number, line) for number, line in enumerate(rows, 1) if '"' in line), (0, ""))
    if not first or not _WELL_FORMED.fullmatch("\n".join(rows)):
        return False
    table = csv.reader((line + "\n" for line in rows), delimiter="\t", strict=True)
    if any(sign in cell for parts in table for cell in parts for sign in '"\t\n'):
        return True
    bare = (cell for line in rows for cell in line.split("\t") if not cell.startswith('"'))
    if all(_NUMBER.fullmatch(cell) for cell in bare):
        return True
    cell = next(cell for cell in first.split("\t") if '"' in cell)
    remedy = "quoting = true: the marks are the file's and are taken off; quoting = false: they are the text's"
    raise DataFileError(
        f"holds {cell[:40]}, whose quotation marks may be the file's or the text's", path, number, remedy
    )


_CELL = r'(?:"(?:[^"]|"")*+"|[^"\t\n]*+)'
_WELL_FORMED = re.compile(rf"{_CELL}(?:[\t\n]{_CELL})*+")
