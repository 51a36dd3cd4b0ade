"""The nested JSON of SQuAD and its successors: articles, paragraphs, questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stepstone.data.formats.lines import Damage, Layout, Row, whole
from stepstone.data.formats.options import ReaderOptions


class Options(ReaderOptions):
    """Nothing besides what all readers take."""


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[Row]:
    """One row per question: its own fields with those of its paragraph and the title.

    Raises:
        Damage: the document is not laid out as SQuAD is; its place says where.
    """
    path = paths[0]
    for article_place, article in nested(path):
        for paragraph_place, paragraph in nested(path, article, "paragraphs", article_place):
            shared = {"title": article.get("title", ""), **paragraph}
            for place, question in nested(path, paragraph, "qas", paragraph_place):
                row = layout.rename({**shared, **question})
                del row["qas"]
                yield Row(place, row)


def nested(path: Path, parent: Any = None, key: str = "data", place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Objects of the list `key` of `parent` (by default of the whole document), each with its place."""
    parent = whole(path) if parent is None else parent
    if not isinstance(parent, Mapping) or not isinstance(parent.get(key), list):
        raise Damage(f'holds no list "{key}"', path, place or None, "the layout is that of SQuAD")
    for number, item in enumerate(parent[key]):
        here = f"{place}.{key}[{number}]" if place else f"{key}[{number}]"
        if not isinstance(item, dict):
            raise Damage("is not a JSON object", path, here, "the layout is that of SQuAD")
        yield here, item
