"""Evaluated examples that a model may know already: from training, from model selection, from running text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import NamedTuple

from pydantic import Field

from stepstone.audit.compare import num_in_text, num_shared, num_shared_passages, text_key
from stepstone.catalogue.catalogue import BUILT_IN, Catalogue
from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.place import Place
from stepstone.core.task import Task
from stepstone.core.value import Value
from stepstone.data.convert import read_file_rows
from stepstone.data.find import find_split_files
from stepstone.data.formats.log import DataFileError, GatheringLog


class DataSplit(NamedTuple):
    """One split of a task in one language."""

    task: str
    split: str
    language: str


class Overlap(Value):
    """Evaluated examples that are known from elsewhere."""

    evaluated: str = Field(description="task split language")
    known: str = Field(description="task split language, or the corpus of running text")
    num_evaluated: int
    num_shared: int = Field(0, description="evaluated examples with all texts the same")
    num_shared_passages: int = Field(0, description="evaluated examples on the same passage")


ReadSplit = Callable[[DataSplit], Sequence[Example]]


def overlaps(task: Task, evaluated: Sequence[DataSplit], read: ReadSplit, catalogue: Catalogue) -> Iterator[Overlap]:
    """Each evaluated part against what is trained on, or selected by, in its language, where that can be read."""
    for trained in dict.fromkeys((*task.trained_on, task.name)):
        # A test set is nobody's training data.
        for split in ("train", "dev"):
            source = task if trained == task.name else catalogue.task(trained)
            for language in source.languages.get(split, ()):
                known = DataSplit(trained, split, language)
                rivals = [part for part in evaluated if part.language == language and part[:2] != known[:2]]
                if rivals and read(known):
                    yield from (_compare(part, known, read) for part in rivals)


def _compare(part: DataSplit, known: DataSplit, read: ReadSplit) -> Overlap:
    return Overlap(
        evaluated=" ".join(part),
        known=" ".join(known),
        num_evaluated=len(read(part)),
        num_shared=num_shared(read(part), read(known)),
        num_shared_passages=num_shared_passages(read(part), read(known)),
    )


RunningText = Callable[[str], Mapping[str, Container[int]]]


def running_text(place: Place) -> RunningText:
    """The lines of running text, by language: corpus -> keys of its lines. Each language is read once."""

    @cache
    def lines_of(language: str) -> Mapping[str, Container[int]]:
        corpora: dict[str, set[int]] = defaultdict(set)
        # What is wrong with the text is reported where the text itself is checked.
        with suppress(UserError, DataFileError):
            found = (
                None
                if place.lab_seed is not None
                else find_split_files(BUILT_IN.task("text"), "train", language, place)
            )
            for row in read_file_rows(found, language, GatheringLog()) if found else ():
                corpora[row.values["corpus"]].add(text_key(row.values["text"]))
        return corpora

    return lines_of


def text_overlaps(evaluated: Sequence[DataSplit], read: ReadSplit, text: RunningText) -> Iterator[Overlap]:
    """Each evaluated part against the corpora of running text in its language; only those that share something."""
    for part in evaluated:
        for corpus, lines in text(part.language).items():
            shared = num_in_text(read(part), lines)
            if shared:
                yield Overlap(
                    evaluated=" ".join(part),
                    known=f"text {corpus} {part.language}",
                    num_evaluated=len(read(part)),
                    num_shared_passages=shared,
                )
