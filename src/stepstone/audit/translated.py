"""Translated sets beside their originals: how many examples pair, and what is lost, in each language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import Field

from stepstone.audit.overlap import DataSplit, ReadSplit
from stepstone.core.errors import UserError
from stepstone.core.task import Task
from stepstone.core.value import Value
from stepstone.data.pairs import NO_TRANSLATION, pair_examples


class Translated(Value):
    """How one split of a translated set pairs with its originals."""

    translation: str = Field(description="task, split and language")
    original: str = Field(description="task, split and language")
    num_pairs: int = 0
    lost: dict[str, int] = Field({}, description="why -> examples without a partner")
    fault: str = Field("", description="why nothing is paired; empty where it is")

    @property
    def is_whole(self) -> bool:
        """Whether every translation has its original, with the same label."""
        return not self.fault and not set(self.lost) - {NO_TRANSLATION}


def translated(task: Task, loaded: Iterable[DataSplit], read: ReadSplit) -> Iterator[Translated]:
    """Each split that is translated, beside its originals where these can be read.

    Args:
        task: the translated set.
        loaded: its splits.
        read: the examples of a split, or none where it cannot be read.
    """
    whose = task.translation
    for part in loaded if whose else ():
        assert whose is not None
        original = DataSplit(whose.of, part.split, whose.language or part.language)
        if part.split in whose.splits and part != original and read(part) and read(original):
            named = {"translation": " ".join(part), "original": " ".join(original)}
            try:
                found = pair_examples(read(original), read(part), whose.by)
            except UserError as error:
                yield Translated(**named, fault=str(error).splitlines()[0])
            else:
                yield Translated(**named, num_pairs=len(found.pairs), lost=found.lost)
