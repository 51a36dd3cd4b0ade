"""A look into a data file of unknown layout: what it is laid out as, and its first rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from stepstone.core.errors import UserError
from stepstone.data.formats.lines import Layout, lines, locate, whole
from stepstone.data.formats.log import DataFileError, Log
from stepstone.data.sources import reader
from stepstone.drafting.word_columns import find_columns, is_words

SUFFIXES = (
    ".csv",
    ".tsv",
    ".txt",
    ".jsonl",
    ".ndjson",
    ".json",
    ".parquet",
    ".conll",
    ".bio",
    ".iob",
    ".iob2",
    ".conllu",
)
# Rows looked at: enough to meet every label of a usual task.
MAX_ROWS = 50_000
_DELIMITERS = (",", ";", "|", "\t")


class Peek(NamedTuple):
    """A file, its layout (a format of an own task's table) with what is needed to read it, and its rows."""

    path: Path
    layout: str
    options: dict[str, Any]
    rows: list[dict[str, Any]]
    is_whole: bool
    spare: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """Names that any row has, in their order."""
        return list(dict.fromkeys(name for row in self.rows for name in row))


def is_data(path: Path) -> bool:
    """Whether a file's ending is one that is looked into."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "_"))


def peek(path: Path, given: Mapping[str, Any]) -> Peek:
    """Look into a file; `given` is field -> column where that is known.

    Raises:
        UserError: it cannot be read as what its ending says, or several of its columns may hold tags.
    """
    spare: tuple[str, ...] = ()
    try:
        layout, options = _layout(path)
        if layout == "conll":
            options, spare = _word_columns(path, given)
        rows = _rows(path, layout, options)
        if layout in ("csv", "tsv") and _is_row(rows):
            options["header"] = [f"column{number}" for number in range(1, len(rows[0]) + 1)]
            rows = _rows(path, layout, options)
    except DataFileError as damage:
        where = locate(damage.path, damage.place)
        raise UserError(damage.message, where=where, remedy=damage.remedy or damage.mend or None) from damage
    if not rows:
        raise UserError("holds no rows", where=str(path), remedy="leave it out")
    return Peek(path, layout, options, rows[:MAX_ROWS], len(rows) <= MAX_ROWS, spare)


def _word_columns(path: Path, given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Where words and tags are not first and last, their columns; and the columns that are neither."""
    found = find_columns([line for _, line in islice(lines(path, Log()), MAX_ROWS)])
    words, tags = int(given.get("words", found.words)), given.get("tags", found.tags)
    if tags is None and found.others:
        named = ", ".join(map(str, found.others))
        remedy = "say which does: " + " or ".join(f"--column tags={number}" for number in found.others)
        raise UserError(f"several columns may hold the tags ({named})", where=str(path), remedy=remedy)
    last = found.num if tags is None else int(tags)
    spare = tuple(f"column {number}" for number in range(1, found.num + 1) if number not in (words, last))
    return ({} if (words, last) == (1, found.num) else {"words": words, "tags": last}), spare


def _rows(path: Path, layout: str, options: dict[str, Any]) -> list[dict[str, Any]]:
    # The reader of a format has its name, but for CoNLL as people write it.
    found = reader("words" if layout == "conll" else layout)
    rows = found.read([path], Layout({}, found.options.model_validate(options | _open(layout)), Log()))
    return [row.values for row in islice(rows, MAX_ROWS + 1)]


def _open(layout: str) -> dict[str, Any]:
    """What an own task's table leaves to the files."""
    return {"quoting": None} if layout == "tsv" else {}


def _is_row(rows: list[dict[str, Any]]) -> bool:
    """Whether what was read as a header is a row: a name of it stands below itself, or is a number or a sentence."""
    names = list(rows[0]) if rows else []
    return any(
        name.strip().isdigit() or len(name) > 60 or any(row[name] == name for row in rows[:1000]) for name in names
    )


def _layout(path: Path) -> tuple[str, dict[str, Any]]:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return "parquet", {}
    if suffix == ".json":
        return _json(path), {}
    if suffix in (".jsonl", ".ndjson"):
        return "jsonl", {}
    if suffix == ".conllu":
        return "conllu", {}
    first = [line for _, line in islice(lines(path, Log()), 200)]
    if suffix not in (".csv", ".tsv", ".txt") or (suffix != ".csv" and is_words(first)):
        return "conll", {}
    if suffix == ".txt" and not all("\t" in line for line in first if line.strip()):
        raise DataFileError(
            "holds running text, neither columns parted by tabs nor a word a line",
            path,
            remedy="part its columns by tabs, or leave it out (lines that pair with another file's: docs/own_tasks.md)",
        )
    if suffix in (".tsv", ".txt"):
        return "tsv", {}
    delimiter = max(_DELIMITERS, key=first[0].count)
    return "csv", {"delimiter": delimiter} if first[0].count(delimiter) and delimiter != "," else {}


def _json(path: Path) -> str:
    """SQuAD's nesting, one object a line, or a list of objects."""
    first = next(line for _, line in lines(path, Log()) if line.strip())
    if first.startswith("{"):
        try:
            row = json.loads(first)
        except ValueError:
            row = None
        if isinstance(row, dict) and "data" not in row:
            return "jsonl"
    document = whole(path)
    articles = document.get("data") if isinstance(document, dict) else None
    nested = isinstance(articles, list) and articles and isinstance(articles[0], dict) and "paragraphs" in articles[0]
    return "squad" if nested else "json"
