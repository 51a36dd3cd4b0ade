"""Examples of machine-translated sets: what names the original of each, and answers that were lost in translation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stepstone.catalogue.rows import Row, field, label, number, span, text
from stepstone.core.example import SpanExample, TextExample, cluster_of

# Between an example's place in its file and the name of its original.
_MARK = "@"


def original_name(texts: Iterable[str]) -> str:
    """The name of an example by its texts, however they are spaced: 12 hexadecimal digits.

    >>> original_name(["A  ferry leaves.", "It stays."]) == original_name(["A ferry leaves.", "It stays. "])
    True
    """
    return cluster_of("\t".join(" ".join(one.split()) for one in texts))


def original_of(id: str) -> str:
    """The name of the original that a translated example's id holds, or "" where it holds none.

    >>> original_of("17@7fa0277e51a3"), original_of("17")
    ('7fa0277e51a3', '')
    """
    return id.partition(_MARK)[2]


def translated_pair(
    row: Row, labels: Sequence[str], fields: tuple[str, str], aliases: Mapping[str, str] | None = None
) -> TextExample:
    """A translated pair of texts; its row holds the English pair as `original1` and `original2`.

    Pairs whose English originals have one first text are a cluster, as the originals are.
    """
    first = text(row, "original1")
    name = original_name((first, text(row, "original2")))
    one, two = (text(row, name) for name in fields)
    return TextExample(f"{number(row)}{_MARK}{name}", one, two, label(row, labels, aliases=aliases), cluster_of(first))


def translated_span(row: Row) -> SpanExample | None:
    """A translated question; None where the translation of its answer is not at its offset in that of its passage."""
    answers = field(row, "answers")
    if isinstance(answers, Mapping):
        answers = [{"text": one, "answer_start": at} for one, at in zip(*map(answers.get, _LISTS), strict=True)]
    kept = [answer for answer in answers if _is_there(answer, text(row, "context"))]
    return span({**row, "answers": kept}) if kept else None


_LISTS = ("text", "answer_start")


def _is_there(answer: Mapping[str, Any], context: str) -> bool:
    words, start = answer.get("text"), answer.get("answer_start")
    if not isinstance(words, str) or not isinstance(start, int):
        return True  # `span` says what is wrong with it
    return start >= 0 and bool(words) and context.startswith(words, start)
