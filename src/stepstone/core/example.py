"""What the readers yield and the families consume: one frozen class per shape of example."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextExample:
    """One or two texts with a label (classification) or a number (regression); None: the label is not known."""

    id: str
    text: str
    pair: str | None
    label: str | float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and the offset, in characters, of its first character in the context."""

    text: str
    start: int


@dataclass(frozen=True, slots=True)
class SpanExample:
    """A question on a context. No answers: unanswerable; None: the answers are not known."""

    id: str
    question: str
    context: str
    answers: tuple[Answer, ...] | None


@dataclass(frozen=True, slots=True)
class TaggingExample:
    """A sentence as words with one tag a word; None: the tags are not known."""

    id: str
    words: tuple[str, ...]
    tags: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class ChoiceExample:
    """A context, a question (possibly empty) and its options; label is the index of the right one."""

    id: str
    context: str
    question: str
    options: tuple[str, ...]
    label: int | None


@dataclass(frozen=True, slots=True)
class PairExample:
    """A sentence (`source`, the language evaluated) and its translation (`target`, English): Tatoeba."""

    id: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class MiningExample:
    """One sentence of one side of a comparable corpus, with the ids of its gold translations: BUCC."""

    id: str
    text: str
    side: str
    gold: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class RankingExample:
    """A query with its gold candidates, or (gold = ()) a candidate: LAReQA, Mewsli-X."""

    id: str
    text: str
    side: str
    gold: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class SentenceExample:
    """A sentence of running text; `document` groups neighbours, equal (corpus, id) mark translations."""

    id: str
    corpus: str
    document: str
    text: str
    language: str


Example = (
    TextExample
    | SpanExample
    | TaggingExample
    | ChoiceExample
    | PairExample
    | MiningExample
    | RankingExample
    | SentenceExample
)
