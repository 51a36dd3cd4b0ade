"""What the readers yield and the families consume: one frozen class per shape of example."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import ClassVar, Self


def cluster_of(text: str) -> str:
    """The name of the cluster of all examples that share this text: 12 hexadecimal digits, or "" for no text.

    >>> cluster_of("A ferry leaves."), cluster_of("")
    ('7fa0277e51a3', '')
    """
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12] if text else ""


@dataclass(frozen=True, slots=True)
class Example:
    """What every example answers; a family's own class says more.

    `cluster` names what an example shares with others of its set; empty: it is a cluster of its own.
    """

    id: str
    has_one_label: ClassVar[bool] = False
    """Whether its gold is one label, which translations of it share."""

    @property
    def texts(self) -> dict[str, str]:
        """Its texts by field, without its gold."""
        raise NotImplementedError

    @property
    def own_texts(self) -> tuple[str, ...]:
        """Those of its texts that are in the language it belongs to."""
        return tuple(self.texts.values())

    @property
    def is_known(self) -> bool:
        """Whether its gold is known, or it needs none: it can be trained on and scored."""
        return True

    @property
    def is_asked(self) -> bool:
        """Whether something is to be predicted for it; of two corpora one side is asked."""
        return True

    @property
    def gold_text(self) -> str:
        """Its gold as one text, for comparing; empty where it has none."""
        return ""

    @property
    def counted(self) -> tuple[str, ...]:
        """What is counted where the labels of a data set are described."""
        return ()

    @property
    def context_text(self) -> str:
        """The passage that several examples may ask about; empty where there is none."""
        return ""

    @property
    def passage(self) -> str:
        """What running text may give away of it."""
        return " ".join(self.texts.values())

    def by_context(self) -> Self:
        """The same in the cluster of its own passage, where it has one."""
        return self


class _LabelExample(Example):
    """An example whose gold is one label, number or index."""

    __slots__ = ()
    has_one_label: ClassVar[bool] = True
    label: str | float | None

    @property
    def is_known(self) -> bool:
        """Whether there is a label."""
        return self.label is not None

    @property
    def gold_text(self) -> str:
        """The label."""
        return "" if self.label is None else str(self.label)

    @property
    def counted(self) -> tuple[str, ...]:
        """The label."""
        return (self.gold_text or "(none)",)


@dataclass(frozen=True, slots=True)
class TextExample(_LabelExample):
    """One or two texts with a label (classification) or a number (regression); None: the label is not known."""

    text: str
    pair: str | None
    label: str | float | None
    # Not compared: some hub tables lack what a release names a cluster by.
    cluster: str = field(default="", compare=False)

    @property
    def texts(self) -> dict[str, str]:
        """Text and pair."""
        return {"text": self.text} if self.pair is None else {"text": self.text, "pair": self.pair}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and the offset, in characters, of its first character in the context."""

    text: str
    start: int


@dataclass(frozen=True, slots=True)
class SpanExample(Example):
    """A question on a context. No answers: unanswerable; None: the answers are not known."""

    question: str
    context: str
    answers: tuple[Answer, ...] | None
    cluster: str = field(default="", compare=False)

    @property
    def texts(self) -> dict[str, str]:
        """Question and context."""
        return {"question": self.question, "context": self.context}

    @property
    def is_known(self) -> bool:
        """Whether answers are known, be it that there is none."""
        return self.answers is not None

    @property
    def gold_text(self) -> str:
        """All answers."""
        return " | ".join(answer.text for answer in self.answers or ())

    @property
    def counted(self) -> tuple[str, ...]:
        """Whether there is an answer."""
        return ("(none)" if self.answers is None else "answered" if self.answers else "unanswerable",)

    @property
    def context_text(self) -> str:
        """The context."""
        return self.context

    @property
    def passage(self) -> str:
        """The context."""
        return self.context

    def by_context(self) -> Self:
        """The same in the cluster of its context."""
        return replace(self, cluster=cluster_of(self.context))


@dataclass(frozen=True, slots=True)
class TaggingExample(Example):
    """A sentence as words with one tag a word; None: the tags are not known."""

    words: tuple[str, ...]
    tags: tuple[str, ...] | None
    cluster: str = field(default="", compare=False)

    @property
    def texts(self) -> dict[str, str]:
        """The words between blanks."""
        return {"words": " ".join(self.words)}

    @property
    def is_known(self) -> bool:
        """Whether there are tags."""
        return self.tags is not None

    @property
    def gold_text(self) -> str:
        """The tags between blanks."""
        return " ".join(self.tags or ())

    @property
    def counted(self) -> tuple[str, ...]:
        """Every tag."""
        return ("(none)",) if self.tags is None else self.tags


@dataclass(frozen=True, slots=True)
class ChoiceExample(_LabelExample):
    """A context, a question (possibly empty) and its options; label is the index of the right one."""

    context: str
    question: str
    options: tuple[str, ...]
    label: int | None
    cluster: str = field(default="", compare=False)

    @property
    def texts(self) -> dict[str, str]:
        """Context and question as one, for either may be empty but not both; and each option."""
        named = {f"option {number}": option for number, option in enumerate(self.options)}
        return {"context and question": f"{self.context} {self.question}".strip()} | named


@dataclass(frozen=True, slots=True)
class SentenceExample(Example):
    """A sentence of running text; `document` groups neighbours, equal (corpus, id) mark translations."""

    corpus: str
    document: str
    text: str
    language: str

    @property
    def texts(self) -> dict[str, str]:
        """The sentence."""
        return {"text": self.text}
