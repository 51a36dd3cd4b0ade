"""Look through all data of a task: rows, labels, duplicates, overlaps, and every error with file and line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pydantic import Field

from stepstone.catalogue import lookup
from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.place import Place
from stepstone.core.task import Task
from stepstone.core.value import Value
from stepstone.data import compare
from stepstone.data.convert import Placed, check_known, convert, in_place, is_labelled, tell_damage
from stepstone.data.generated import in_world
from stepstone.data.load import available, content, rows_of
from stepstone.data.overlap import Overlap, Part, overlaps, text_overlaps

# More are counted, but not told one by one.
MAX_ERRORS = 20


class SplitReport(Value):
    """What one split holds in one language, or why it cannot be had."""

    split: str
    language: str
    missing: str = Field("", description="why there is no data; empty where there is")
    content: str = ""
    files: dict[str, int] = Field({}, description="rows of each file, or table, that were read")
    num_examples: int = 0
    num_declared: int | None = None
    num_dropped: int = Field(0, description="rows that are no examples: without consensus, for one")
    num_unlabelled: int = 0
    labels: dict[str, int] = {}
    num_duplicates: int = Field(0, description="examples with the texts of an earlier one")
    num_contradicting: int = Field(0, description="such examples with another label")
    empty: dict[str, int] = Field({}, description="field -> examples with nothing in it")
    num_errors: int = 0
    errors: tuple[str, ...] = ()


class Report(Value):
    """What `check` found in a task."""

    task: str
    title: str
    licence: str
    traps: tuple[str, ...]
    splits: tuple[SplitReport, ...]
    overlaps: tuple[Overlap, ...]

    @property
    def is_clean(self) -> bool:
        """Whether no file has an error and no evaluated example is known from training."""
        shared = any(overlap.num_shared or overlap.num_shared_passages for overlap in self.overlaps)
        return not shared and not any(split.num_errors for split in self.splits)


def check(task: Task, place: Place) -> Report:
    """Read everything that can be had of a task, and compare what it evaluates with what a model saw before.

    Errors in files are gathered, not raised. A hub table is loaded where `place` allows the hub.
    """
    task = in_world(task, place)
    loaded: dict[Part, list[Example]] = {}
    splits = []
    for split, languages in task.languages.items():
        for language in languages:
            report, loaded[Part(task.name, split, language)] = _check_split(task, split, language, place)
            splits.append(report)

    def read(part: Part) -> list[Example]:
        if part not in loaded:
            loaded[part] = _readable(part, place)
        return loaded[part]

    evaluated = [part for part, examples in loaded.items() if part.split != "train" and examples]
    return Report(
        task=task.name,
        title=task.title,
        licence=task.licence,
        traps=task.traps,
        splits=tuple(splits),
        overlaps=(*overlaps(task, evaluated, read), *text_overlaps(evaluated, read, place)),
    )


def _readable(part: Part, place: Place) -> list[Example]:
    """The examples of a part that can be read, or none."""
    task = in_world(lookup.task(part.task), place)
    if available(task, part.split, part.language, place) is not None:
        return []
    outcomes = _outcomes(task, part.split, part.language, place)
    return [item for item, _ in outcomes if item is not None and not isinstance(item, UserError)]


def _check_split(task: Task, split: str, language: str, place: Place) -> tuple[SplitReport, list[Example]]:
    named = {"split": split, "language": language}
    missing = available(task, split, language, place)
    if missing is not None:
        return SplitReport(**named, missing=missing), []
    examples: list[Example] = []
    errors: list[str] = []
    files: Counter[str] = Counter()
    num_dropped = 0
    for outcome, row in _outcomes(task, split, language, place):
        if row is not None:
            files[row.source] += 1
        if isinstance(outcome, UserError):
            errors.append(str(outcome))
        elif outcome is None:
            num_dropped += 1
        else:
            examples.append(outcome)
    repeated, contradicting = compare.num_duplicates(examples)
    report = SplitReport(
        **named,
        content=content(task, split, language, place),
        files=dict(files),
        num_examples=len(examples),
        num_declared=task.num_rows(split, language),
        num_dropped=num_dropped,
        num_unlabelled=sum(not is_labelled(example) for example in examples),
        labels=compare.label_counts(examples),
        num_duplicates=repeated,
        num_contradicting=contradicting,
        empty=compare.empty_fields(examples),
        num_errors=len(errors),
        errors=tuple(errors[:MAX_ERRORS]),
    )
    return report, examples


def _outcomes(
    task: Task, split: str, language: str, place: Place
) -> Iterator[tuple[Example | UserError | None, Placed | None]]:
    """Each row's example, None for a dropped one, or what is wrong with it; a broken file ends with its error."""
    for name in task.joins:
        yield from _outcomes(lookup.task(name), split, language, place)
    if task.joins:
        return
    number = 0
    try:
        for row in tell_damage(rows_of(task, split, language, place), task, split, language):
            try:
                example = convert(task, row, number, language)
                if example is not None:
                    check_known(example, split)
                    number += 1
                yield example, row
            except UserError as error:
                yield in_place(error, row, task, split, language), row
    except UserError as error:
        yield error, None
