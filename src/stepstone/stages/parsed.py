"""Examples that a worker has read, kept for the stages that follow: files are parsed once per worker."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from stepstone.core.example import Example
from stepstone.core.place import Place
from stepstone.core.result import ReadAs, Skipped
from stepstone.core.uses import DataUse

# Of texts of some hundred characters these are half a gigabyte.
MAX_EXAMPLES = 400_000


class ParsedSplit(NamedTuple):
    """The examples of a split, what was left out of it, and how it was read."""

    examples: tuple[Example, ...]
    skipped: tuple[Skipped, ...]
    read_as: tuple[ReadAs, ...]


class ParsedSplits:
    """The splits that were used last, by their content and where they were found."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[DataUse, tuple[str, ...], Place], ParsedSplit] = OrderedDict()

    def get(self, use: DataUse, labels: tuple[str, ...], place: Place, read: Callable[[], ParsedSplit]) -> ParsedSplit:
        """The whole split of a use under a task's labels, read where it is not kept."""
        wanted = use.model_copy(update={"num_examples": None}), labels, place
        if wanted not in self._kept:
            self._kept[wanted] = read()
        self._kept.move_to_end(wanted)
        while len(self._kept) > 1 and sum(len(one.examples) for one in self._kept.values()) > MAX_EXAMPLES:
            self._kept.popitem(last=False)
        return self._kept[wanted]
