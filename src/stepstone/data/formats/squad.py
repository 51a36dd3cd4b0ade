"""The nested JSON of SQuAD and its successors: articles, paragraphs, questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stepstone.data.formats.lines import FileRow, Layout, whole
from stepstone.data.formats.log import DataFileError, Log
from stepstone.data.formats.options import ReaderOptions

_REMEDY = "the layout is that of SQuAD"


class Options(ReaderOptions):
    """Nothing besides what all readers take."""


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[FileRow]:
    """One row per question: its own fields with those of its paragraph and the title.

    Raises:
        DataFileError: the document is not laid out as SQuAD is; its place says where.
    """
    path, log = paths[0], layout.log
    for article_place, article in nested(path, log):
        for paragraph_place, paragraph in nested(path, log, article, "paragraphs", article_place):
            shared = {"title": article.get("title", ""), **paragraph}
            for place, question in nested(path, log, paragraph, "qas", paragraph_place):
                row = layout.rename({**shared, **question})
                del row["qas"]
                yield FileRow(place, row)


def nested(
    path: Path, log: Log, parent: Any = None, key: str = "data", place: str = ""
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Objects of the list `key` of `parent` (by default of the whole document), each with its place.

    The log hears of what is no such list or object, and the rest is read.
    """
    parent = whole(path) if parent is None else parent
    if not isinstance(parent, Mapping) or not isinstance(parent.get(key), list):
        log.damaged(DataFileError(f'holds no list "{key}"', path, place or None, _REMEDY))
        return
    for number, item in enumerate(parent[key]):
        here = f"{place}.{key}[{number}]" if place else f"{key}[{number}]"
        if isinstance(item, dict):
            yield here, item
        else:
            log.damaged(DataFileError("is not a JSON object", path, here, _REMEDY))
