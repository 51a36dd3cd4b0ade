"""What the tasks' `to_example` share: fields of a row read with their type checked, and the common examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stepstone.catalogue.spelling import spelling, whole_number
from stepstone.core.errors import UserError
from stepstone.core.example import (
    Answer,
    ChoiceExample,
    SpanExample,
    TaggingExample,
    TextExample,
    cluster_of,
)

Row = Mapping[str, Any]

# The loader puts a row's number among the examples kept so far under this name: the id where releases differ.
NUMBER = "#"


def field(row: Row, name: str) -> Any:
    """The value of a field; raises UserError that names the row's fields where it is absent."""
    try:
        return row[name]
    except KeyError:
        present = ", ".join(key for key in row if key != NUMBER)
        raise UserError(f'the row has no field "{name}"', remedy=f"fields of this row: {present or 'none'}") from None


def text(row: Row, name: str) -> str:
    """The text of a field; raises UserError where it is absent or no text."""
    value = field(row, name)
    if not isinstance(value, str):
        raise UserError(f'the field "{name}" is {shorten(value)}, not a text', remedy="write a text")
    return value


def number(row: Row) -> str:
    """The id of an example that has none in its release: its place among the examples, from 0."""
    return str(row[NUMBER])


def label(row: Row, labels: Sequence[str], name: str = "label", aliases: Mapping[str, str] | None = None) -> str | None:
    """The label of a row, or None where the release stripped it; raises UserError for an unknown one.

    Args:
        row: A row of a release; an absent field, None and an empty text mean a stripped label.
        labels: The task's labels.
        name: The field.
        aliases: How this release spells a label, where it differs.
    """
    value = row.get(name)
    if value is None or value == "":
        return None
    spelt = spelling(value, aliases or labels)
    found = (aliases or {}).get(spelt, spelt)
    if found not in labels:
        raise UserError(f'"{shorten(value)}" is not a label of this task', remedy=f"labels: {', '.join(labels)}")
    return found


def index(row: Row, num_options: int, name: str = "label", first: int = 0) -> int | None:
    """The index of the right option, or None where it was stripped (absent, empty or -1)."""
    value = row.get(name)
    if value is None or value in ("", -1, "-1"):
        return None
    given = whole_number(value)
    remedy = f"options: {first} to {num_options - 1 + first}"
    if given is None:
        raise UserError(f'the field "{name}" is {shorten(value)}, not a whole number', remedy=remedy)
    if not 0 <= given - first < num_options:
        raise UserError(f'the field "{name}" is {shorten(value)}', remedy=remedy)
    return given - first


def scale(row: Row, low: float, high: float, name: str = "label") -> float | None:
    """The number of a row, or None where it was stripped; raises UserError outside `low` to `high`."""
    value = row.get(name)
    if value is None or value == "":
        return None
    try:
        found = float("nan" if isinstance(value, bool) else value)
    except (TypeError, ValueError, OverflowError):
        found = float("nan")
    if found != found:
        raise UserError(f'the field "{name}" is {shorten(value)}, not a number', remedy=f"from {low:g} to {high:g}")
    if not low <= found <= high:
        raise UserError(f'the field "{name}" is {found:g}', remedy=f"it lies between {low:g} and {high:g}")
    return found


def letter(row: Row, num_options: int, name: str) -> int | None:
    """The index of the right option given as a letter from A, or None where it was stripped."""
    value = row.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) != 1 or not 0 <= ord(value) - ord("A") < num_options:
        last = chr(ord("A") + num_options - 1)
        raise UserError(f'the field "{name}" is {shorten(value)}', remedy=f"options: A to {last}")
    return ord(value) - ord("A")


def pair(
    row: Row,
    labels: Sequence[str],
    first: str = "sentence1",
    second: str = "sentence2",
    aliases: Mapping[str, str] | None = None,
) -> TextExample:
    """A classification example of two texts, numbered by its place; pairs with one first text are a cluster."""
    one, two = text(row, first), text(row, second)
    return TextExample(number(row), one, two, label(row, labels, aliases=aliases), cluster_of(one))


def inference(row: Row, labels: Sequence[str], aliases: Mapping[str, str] | None = None) -> TextExample | None:
    """A natural-language-inference example; None for a pair without consensus, which releases mark with `-`."""
    if row.get("label") == "-":
        return None
    return pair(row, labels, "premise", "hypothesis", aliases)


def options(row: Row, names: Sequence[str]) -> tuple[str, ...]:
    """The texts of several fields, in order."""
    return tuple(text(row, name) for name in names)


def choice(row: Row, names: Sequence[str], context: str, question: str, right: int | None) -> ChoiceExample:
    """A choice among the texts of the fields `names`; those with one context are a cluster."""
    return ChoiceExample(number(row), context, question, options(row, names), right, cluster_of(context))


def cause_or_effect(row: Row) -> ChoiceExample:
    """A COPA row; the question is put in English in every language, as XCOPA's authors do."""
    asked = label(row, tuple(CAUSE_OR_EFFECT), "question")
    if asked is None:
        raise UserError('the field "question" is empty', remedy=f"it is one of {', '.join(CAUSE_OR_EFFECT)}")
    both = options(row, ("choice1", "choice2"))
    premise = text(row, "premise")
    return ChoiceExample(number(row), premise, CAUSE_OR_EFFECT[asked], both, index(row, 2), cluster_of(premise))


CAUSE_OR_EFFECT = {"cause": "What was the cause?", "effect": "What happened as a result?"}


def tagging(row: Row, tags: Sequence[str]) -> TaggingExample:
    """A sentence as words with a tag each, or None for tags that were stripped; unknown tags raise UserError.

    Sentences of one `document` are a cluster, where the release marks documents.
    """
    words, given = field(row, "words"), row.get("tags")
    if not isinstance(words, list) or set(map(type, words)) != {str} or "" in words:
        raise UserError('the field "words" is not a list of words', remedy=_ALIKE)
    if given is None or (isinstance(given, list) and set(given) <= {None}):
        return TaggingExample(number(row), tuple(words), None, document(row))
    if not isinstance(given, list) or len(given) != len(words):
        num = len(given) if isinstance(given, list) else 0
        raise UserError(f"there are {len(words)} words but {num} tags", remedy=_ALIKE)
    for tag in set(given) - set(tags):
        raise UserError(f'"{shorten(tag)}" is not a tag of this task', remedy=f"tags: {', '.join(tags)}")
    return TaggingExample(number(row), tuple(words), tuple(given), document(row))


_ALIKE = "words and tags are lists of texts, none of them empty, with a tag for each word"


def document(row: Row, name: str = "document") -> str:
    """The title or id of the document that a row is from, or "" where the release has none."""
    value = row.get(name)
    return value.strip() if isinstance(value, str) else ""


def span(row: Row, unanswerable: bool = False) -> SpanExample:
    """A SQuAD row as an example; raises UserError for an answer that is not at its offset.

    An empty answer beside others is kept, as the official scorers keep it.

    Args:
        row: Fields id, question, context and answers: a list of {text, answer_start}, or the hub's two lists, and
            `is_impossible` where a release has it: answers of such a question are only plausible.
            Questions with one title, or without a title with one context, are a cluster.
        unanswerable: Whether no answers, or empty ones, mean an unanswerable question; otherwise they were stripped.
    """
    context = text(row, "context")
    impossible = is_impossible(row)
    if impossible and not unanswerable:
        raise UserError(
            "the question is unanswerable (is_impossible), and this task has no such questions", remedy=_HAS
        )
    answers = () if impossible else tuple(_answer(item, context) for item in _answer_list(field(row, "answers")))
    if not any(answer.text for answer in answers):
        answers = ()
    known = bool(answers) or (unanswerable and impossible is not False)
    cluster = document(row, "title") or cluster_of(context)
    return SpanExample(str(field(row, "id")), text(row, "question"), context, answers if known else None, cluster)


_HAS = "unanswerable = true in the task's table says that questions may have no answer; or take the question out"


def is_impossible(row: Row) -> bool | None:
    """What a SQuAD row says of its question, or None where it does not; raises UserError for neither true nor false."""
    value = row.get("is_impossible")
    if value is None or value == "":
        return None
    said = spelling(value, ("true", "false", "1", "0"))
    if said not in ("true", "false", "1", "0"):
        raise UserError(f'the field "is_impossible" is {shorten(value)}', remedy="it is true or false")
    return said in ("true", "1")


def _answer_list(answers: Any) -> list[Any]:
    if isinstance(answers, Mapping):
        texts, starts = answers.get("text", []), answers.get("answer_start", [])
        if not isinstance(texts, list) or not isinstance(starts, list):
            raise UserError(f"the answers are {shorten(answers)}", remedy=_ANSWER)
        if len(texts) != len(starts):
            raise UserError(f"there are {len(texts)} answers but {len(starts)} offsets", remedy="give one for each")
        return [{"text": item, "answer_start": start} for item, start in zip(texts, starts, strict=True)]
    if not isinstance(answers, list):
        raise UserError(f'the field "answers" is {shorten(answers)}, not a list', remedy=_ANSWER)
    return answers


_ANSWER = 'answers are a list, as in [{"text": "at nine", "answer_start": 22}], or empty'


_NUMBER = "an offset is a whole number, as 17, not a text and not 17.0"
_OFFSET = "offsets count characters of the context from 0, not bytes and not UTF-16 units"


def _answer(item: Any, context: str) -> Answer:
    if not isinstance(item, Mapping) or not isinstance(item.get("text"), str):
        raise UserError(f"an answer is {shorten(item)}, not a text with its offset", remedy=_ANSWER)
    words, start = item["text"], item.get("answer_start")
    if not words:
        return Answer("", 0)
    if not isinstance(start, int) or isinstance(start, bool) or start < 0:
        given = f'the text "{shorten(start)}"' if isinstance(start, str) else shorten(start)
        remedy = _OFFSET if isinstance(start, int) else _NUMBER
        raise UserError(f'the offset of the answer "{shorten(words)}" is {given}', remedy=remedy)
    if not context.startswith(words, start):
        found, place = context[start : start + len(words)], nearest_place(words, context, start)
        where = "the answer stands nowhere in the context" if place is None else f"the answer stands at {place}"
        raise UserError(
            f'the answer "{shorten(words)}" is not at offset {start}, where "{shorten(found)}" stands',
            remedy=f"{_OFFSET}; {where}",
        )
    return Answer(words, start)


def nearest_place(words: str, context: str, start: int) -> int | None:
    """Where the words stand in the context nearest to `start`, of two equally near places the first; None: nowhere."""
    before = context.rfind(words, 0, start + len(words) - 1)
    places = [place for place in (before, context.find(words, start)) if place >= 0]
    return min(places, key=lambda place: abs(place - start), default=None)


def shorten(value: Any) -> str:
    """A value as a message shows it, in 40 characters at most."""
    shown = value if isinstance(value, str) and value.isprintable() else repr(value)
    return shown if len(shown) <= 40 else shown[:39] + "…"
