"""What the readers yield and the families consume: one frozen class per shape of example.

`cluster` names what an example shares with others of its set; empty: it is a cluster of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256


def cluster_of(text: str) -> str:
    """The name of the cluster of all examples that share this text: 12 hexadecimal digits, or "" for no text.

    >>> cluster_of("A ferry leaves."), cluster_of("")
    ('7fa0277e51a3', '')
    """
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12] if text else ""


@dataclass(frozen=True, slots=True)
class TextExample:
    """One or two texts with a label (classification) or a number (regression); None: the label is not known."""

    id: str
    text: str
    pair: str | None
    label: str | float | None
    # Not compared: some hub tables lack what a release names a cluster by.
    cluster: str = field(default="", compare=False)


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
    cluster: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class TaggingExample:
    """A sentence as words with one tag a word; None: the tags are not known."""

    id: str
    words: tuple[str, ...]
    tags: tuple[str, ...] | None
    cluster: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class ChoiceExample:
    """A context, a question (possibly empty) and its options; label is the index of the right one."""

    id: str
    context: str
    question: str
    options: tuple[str, ...]
    label: int | None
    cluster: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class PairExample:
    """A sentence (`source`, the language evaluated) and its translation (`target`, English): Tatoeba."""

    id: str
    source: str
    target: str
    cluster: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class MiningExample:
    """One sentence of one side of a comparable corpus, with the ids of its gold translations: BUCC."""

    id: str
    text: str
    side: str
    gold: tuple[str, ...] | None
    cluster: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class RankingExample:
    """A query with its gold candidates, or (gold = ()) a candidate: LAReQA, Mewsli-X."""

    id: str
    text: str
    side: str
    gold: tuple[str, ...] | None
    cluster: str = field(default="", compare=False)


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
