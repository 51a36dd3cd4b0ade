"""Mewsli-X as released: articles with the mentions in them, and beside them the entities that are to be found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from stepstone.data.formats.lines import FileRow, Layout, objects
from stepstone.data.formats.log import DataFileError
from stepstone.data.formats.options import ReaderOptions


class Options(ReaderOptions):
    """Of articles of all languages in one file."""

    language: str = Field(description="whose articles' mentions are queries")


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[FileRow]:
    """Rows of side `query` for the mentions in articles of option `language`, and `candidate` for every entity.

    A query is the mention, a colon, and its sentence with the mention in braces, as XTREME-R's baseline writes it.
    An entity is its description, in whatever language that is. A withheld entity leaves the gold unknown.

    Raises:
        DataFileError: a line is no article or no entity, or the articles have no text.
    """
    mentions, entities = paths
    for number, article in objects(mentions, layout.log):
        yield from _queries(article, layout.options.language, mentions, number)
    for number, value in objects(entities, layout.log):
        name, text = value.get("entity_id"), value.get("description")
        if not isinstance(name, str) or not isinstance(text, str):
            raise DataFileError("is no entity with entity_id and description", entities, number)
        place = f"{entities.name} line {number}"
        yield FileRow(place, {"id": name, "text": " ".join(text.split()), "side": "candidate", "gold": ()})


def _queries(article: dict[str, Any], language: str, path: Path, number: int) -> Iterator[FileRow]:
    try:
        context = article["context"]
        if context["language"] != language:
            return
        text, sentences = context["text"], [(item["start"], item["end"]) for item in context["sentence_spans"]]
        if not text:
            raise DataFileError(
                "has no text: the release leaves it out",
                path,
                number,
                "its own script, get-mewsli-x.sh, puts the articles' texts in",
            )
        for mention in article["mentions"]:
            span = mention["mention_span"]["start"], mention["mention_span"]["end"]
            values = {"id": mention["example_id"], "text": _marked(text, sentences, *span), "side": "query"}
            gold = (mention["entity_id"],) if mention["entity_id"] else None
            yield FileRow(number, {**values, "gold": gold, "document": context.get("document_id")})
    except (KeyError, TypeError) as error:
        raise DataFileError(f"is no article with mentions ({error})", path, number) from error


def _marked(text: str, sentences: list[tuple[int, int]], start: int, end: int) -> str:
    """The mention, and the sentence or sentences that it stands in with braces around it."""
    touched = [(first, last) for first, last in sentences if first < end and start < last]
    begin = min((first for first, _ in touched), default=start)
    stop = max((last for _, last in touched), default=end)
    mention = text[start:end]
    return " ".join(f"{mention}: {text[begin:start]} {{ {mention} }} {text[end:stop]}".split())
