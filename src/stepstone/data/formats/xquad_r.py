"""XQuAD-R: XQuAD with sentence boundaries, read as questions and the sentences that may answer them (LAReQA)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from stepstone.data.formats.lines import FileRow, Layout
from stepstone.data.formats.log import DataFileError, Log
from stepstone.data.formats.options import ReaderOptions
from stepstone.data.formats.squad import nested


class Options(ReaderOptions):
    """Of questions and sentences with ids."""

    language: str = Field(description="what the candidates' ids begin with")


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[FileRow]:
    """Rows of side `candidate` and `query`, these with their article's title as `document`.

    Option `language` begins the candidates' ids.

    A candidate's id is `<language>_<running paragraph number, from 1>_<sentence number, from 0>`. A query's gold
    are the sentences of its own paragraph whose text is that of the answer's sentence; a query that starts in no
    sentence is left out, and so is a paragraph without a query, as XTREME-R does.
    """
    path, language, log = paths[0], layout.options.language, layout.log
    paragraphs = (
        (article.get("title", ""), *item)
        for article_place, article in nested(path, log)
        for item in nested(path, log, article, "paragraphs", article_place)
    )
    for number, (title, place, paragraph) in enumerate(paragraphs, 1):
        sentences = _sentences(paragraph, path, place)
        names = [f"{language}_{number}_{position}" for position in range(len(sentences))]
        queries = list(_queries(paragraph, sentences, names, path, place, log))
        if queries:
            for name, (_, _, text) in zip(names, sentences, strict=True):
                yield FileRow(place, {"id": name, "text": text, "side": "candidate", "gold": ()})
        yield from (FileRow(here, {**values, "document": title}) for here, values in queries)


def _queries(
    paragraph: dict[str, Any], sentences: list[tuple[int, int, str]], names: list[str], path: Path, place: str, log: Log
) -> Iterator[FileRow]:
    for here, question in nested(path, log, paragraph, "qas", place):
        try:
            start = int(question["answers"][0]["answer_start"])
            name, text = question["id"], question["question"]
        except (KeyError, IndexError, TypeError, ValueError):
            log.damaged(DataFileError("is no question with an answer", path, here))
            continue
        answering = next((text for begin, end, text in sentences if begin <= start < end), None)
        if answering is None:
            log.skip("questions whose answer starts in no sentence")
        else:
            gold = tuple(name for name, (_, _, text) in zip(names, sentences, strict=True) if text == answering)
            yield FileRow(here, {"id": name, "text": text, "side": "query", "gold": gold})


def _sentences(paragraph: dict[str, Any], path: Path, place: str) -> list[tuple[int, int, str]]:
    try:
        context: str = paragraph["context"]
        breaks = [(int(begin), int(end)) for begin, end in paragraph["sentence_breaks"]]
        return [(begin, end, context[begin:end]) for begin, end in breaks]
    except (KeyError, TypeError, ValueError) as error:
        raise DataFileError("has no sentence_breaks", path, place, "this is XQuAD, not XQuAD-R") from error
