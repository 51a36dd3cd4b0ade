"""Examples of retrieval: a sentence and its translation, and texts of two sides of which one asks for the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from stepstone.core.example import Example


@dataclass(frozen=True, slots=True)
class PairExample(Example):
    """A sentence (`source`, the language evaluated) and its translation (`target`, English): Tatoeba."""

    source: str
    target: str
    cluster: str = field(default="", compare=False)

    @property
    def texts(self) -> dict[str, str]:
        """Both sentences."""
        return {"source": self.source, "target": self.target}

    @property
    def own_texts(self) -> tuple[str, ...]:
        """The sentence that is not the English one."""
        return (self.source,)

    @property
    def passage(self) -> str:
        """The sentence that is asked."""
        return self.source


@dataclass(frozen=True, slots=True)
class _SideExample(Example):
    """A text of one of two sides, with the ids that belong to it on the other."""

    text: str
    side: str
    gold: tuple[str, ...] | None
    cluster: str = field(default="", compare=False)
    asked: ClassVar[str] = ""

    @property
    def texts(self) -> dict[str, str]:
        """The text."""
        return {"text": self.text}

    @property
    def is_known(self) -> bool:
        """Whether its gold is known; the side that is searched has none."""
        return self.gold is not None or not self.is_asked

    @property
    def is_asked(self) -> bool:
        """Whether it is of the side that asks."""
        return self.side == self.asked

    @property
    def counted(self) -> tuple[str, ...]:
        """The side."""
        return (self.side,)


@dataclass(frozen=True, slots=True)
class MiningExample(_SideExample):
    """One sentence of one side of a comparable corpus, with the ids of its gold translations: BUCC."""

    asked: ClassVar[str] = "source"

    @property
    def own_texts(self) -> tuple[str, ...]:
        """The sentence, unless it is one of the English side."""
        return (self.text,) if self.is_asked else ()


@dataclass(frozen=True, slots=True)
class RankingExample(_SideExample):
    """A query with its gold candidates, or (gold = ()) a candidate: LAReQA, Mewsli-X."""

    asked: ClassVar[str] = "query"
