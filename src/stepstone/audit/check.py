"""Look through all data of a task: rows, labels, duplicates, overlaps, and every error with file and line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from stepstone.audit import compare
from stepstone.audit.copies import FileCopy, copies
from stepstone.audit.overlap import DataSplit, Overlap, RunningText, overlaps, running_text, text_overlaps
from stepstone.audit.translated import Translated, translated
from stepstone.catalogue.catalogue import BUILT_IN, Catalogue
from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.facts import mark_remembered
from stepstone.core.place import Place
from stepstone.core.task import Task
from stepstone.core.value import Value
from stepstone.data.convert import ConvertedRow, outcomes
from stepstone.data.find import find_split_files
from stepstone.data.formats.log import GatheringLog, Log
from stepstone.data.generated import in_world
from stepstone.data.load import NoData, available, check_available, data_identity, release_rows
from stepstone.data.prepared import HubUnreachableError
from stepstone.data.remedies import NoExample

# More are counted, but not listed one by one.
MAX_ERRORS = 20
# Translations agree far more often than chance: rows that differ by a third of what chance gives are no translations.
_TRANSLATED = 1 / 3


class SplitReport(Value):
    """What one split holds in one language, or why it is not available."""

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
    absent_labels: tuple[str, ...] = Field((), description="labels of the task that no labelled example has")
    skipped: dict[str, int] = Field({}, description="lines and rows that hold no example, by what they are")
    readings: tuple[str, ...] = Field((), description="how whole files are read, where the files leave it open")
    num_control: int = Field(0, description="examples with control characters in their texts")
    passed_over: tuple[FileCopy, ...] = Field((), description="other files of this split, which are not read")


class LabelDifference(Value):
    """Rows that are translations of each other, but have another label in another language."""

    split: str
    language: str
    other: str = Field(description="the language compared with")
    num_compared: int
    num_different: int


class TaskReport(Value):
    """What `check_task` found in a task."""

    task: str
    title: str
    licence: str
    traps: tuple[str, ...]
    splits: tuple[SplitReport, ...]
    overlaps: tuple[Overlap, ...]
    differences: tuple[LabelDifference, ...] = ()
    translated: tuple[Translated, ...] = ()

    @property
    def num_errors(self) -> int:
        """Errors of all files."""
        return sum(split.num_errors for split in self.splits)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found, neither good nor bad."""
        return all(split.missing for split in self.splits)


def check_task(
    task: Task, place: Place, catalogue: Catalogue = BUILT_IN, text: RunningText | None = None
) -> TaskReport:
    """Read everything that can be had of a task, and compare what it evaluates with what a model saw before.

    Errors in files are gathered, not raised. A hub table is loaded where `place` allows the hub.

    Args:
        task: The task.
        place: Where its data is.
        catalogue: What the tasks that it is trained on are called in.
        text: The running text, where several tasks are checked and it is to be read once (`overlap.running_text`).
    """
    task = in_world(task, place)
    loaded: dict[DataSplit, list[Example]] = {}
    splits = []
    for split, languages in task.languages.items():
        for language in languages:
            report, loaded[DataSplit(task.name, split, language)] = _check_split(task, split, language, place)
            splits.append(report)

    def read(part: DataSplit) -> list[Example]:
        if part not in loaded:
            loaded[part] = _readable(catalogue.task(part.task), part, place)
        return loaded[part]

    lines = text or running_text(place)
    evaluated = [part for part, examples in loaded.items() if part.split != "train" and examples]
    return TaskReport(
        task=task.name,
        title=task.title,
        licence=mark_remembered(task.licence, task.evidence, "licence"),
        traps=task.traps,
        splits=tuple(splits),
        overlaps=(*overlaps(task, evaluated, read, catalogue), *text_overlaps(evaluated, read, lines)),
        differences=tuple(_differences(task, loaded)),
        translated=tuple(translated(task, tuple(loaded), read)),
    )


def _differences(task: Task, loaded: Mapping[DataSplit, list[Example]]) -> Iterator[LabelDifference]:
    """Each language against the first one of its split that is labelled, English before others."""
    for split in task.languages:
        parts = [
            part for part, examples in loaded.items() if part.split == split and any(item.is_known for item in examples)
        ]
        parts.sort(key=lambda part: part.language != "en")
        for part in parts[1:]:
            found = compare.label_agreement(loaded[part], loaded[parts[0]])
            if 0 < found.num_different < _TRANSLATED * found.num_by_chance:
                yield LabelDifference(
                    split=split,
                    language=part.language,
                    other=parts[0].language,
                    num_compared=found.num_compared,
                    num_different=found.num_different,
                )


def _readable(task: Task, part: DataSplit, place: Place) -> list[Example]:
    """The examples of a part that can be read, or none."""
    task = in_world(task, place)
    if available(task, part.split, part.language, place) is not None:
        return []
    results = _outcomes(task, part.split, part.language, place, GatheringLog())
    return [result.example for result in results if result.example is not None]


def _check_split(task: Task, split: str, language: str, place: Place) -> tuple[SplitReport, list[Example]]:
    named = {"split": split, "language": language}
    try:
        check_available(task, split, language, place)
        identity = data_identity(task, split, language, place)
    except NoData as error:
        return SplitReport(**named, missing=str(error)), []
    except UserError as error:
        return SplitReport(**named, num_errors=1, errors=(str(error),)), []
    examples: list[Example] = []
    errors: list[str] = []
    files: Counter[str] = Counter()
    num_dropped = 0
    log = GatheringLog()
    for result in _outcomes(task, split, language, place, log):
        if result.row is not None:
            files[result.row.source] += 1
        if result.example is not None:
            examples.append(result.example)
        elif result.error is not None and not files and _is_absent(result.error, task, split, language, place):
            return SplitReport(**named, missing=str(result.error)), []
        elif result.error is not None:
            errors.append(str(result.error))
        else:
            num_dropped += 1
    report = _describe(task, examples, SplitReport(**named, content=identity, num_dropped=num_dropped))
    found: dict[str, Any] = {"files": dict(files), "num_errors": len(errors), "errors": tuple(errors[:MAX_ERRORS])}
    found |= {"skipped": dict(log.skipped), "readings": tuple(log.readings)}
    local = place.lab_seed is None and not task.joins and "files:" in identity
    passed_over = tuple(copies(task, split, language, place, examples)) if local else ()
    return report.model_copy(update={**found, "passed_over": passed_over}), examples


def _is_absent(error: UserError, task: Task, split: str, language: str, place: Place) -> bool:
    """Whether nothing is there, where nothing was read: of a table, or of files that hold other languages."""
    is_other = isinstance(error, NoExample) and _is_shared(task, split, language, place)
    return isinstance(error, HubUnreachableError) or is_other


def _is_shared(task: Task, split: str, language: str, place: Place) -> bool:
    """Whether the files hold other languages, too: then one that is not in them is missing, not damaged."""
    found = find_split_files(task, split, language, place) if place.lab_seed is None else None
    return found is not None and found.options.is_shared


def _describe(task: Task, examples: list[Example], report: SplitReport) -> SplitReport:
    """The report with what the examples are."""
    repeated, contradicting = compare.num_duplicates(examples)
    labels = compare.label_counts(examples)
    num_unlabelled = sum(not example.is_known for example in examples)
    wanted = task.labels if task.family_declaration.has_own_labels and num_unlabelled < len(examples) else ()
    return report.model_copy(
        update={
            "num_examples": len(examples),
            "num_declared": task.num_rows(report.split, report.language),
            "num_unlabelled": num_unlabelled,
            "labels": labels,
            "num_duplicates": repeated,
            "num_contradicting": contradicting,
            "empty": compare.empty_fields(examples),
            "num_control": compare.num_control(examples),
            "absent_labels": tuple(label for label in wanted if label not in labels),
        }
    )


def _outcomes(task: Task, split: str, language: str, place: Place, log: Log) -> Iterator[ConvertedRow]:
    """What comes of each row of a task, or of each of its parts; the log gathers damage."""
    for part in task.resolved.parts:
        yield from _outcomes(part, split, language, place, log)
    if not task.joins:
        yield from outcomes(task, split, language, release_rows(task, split, language, place, log), log)
