"""Which files of a benchmark's submission an arm of a study can fill, and why it cannot fill the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stepstone.core.benchmark import Benchmark, BenchmarkTask
from stepstone.core.result import EvaluateResult
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.planning.arms import ChosenReplicate
from stepstone.planning.plan import Plan
from stepstone.planning.twins import num_in_lab
from stepstone.scoring.submission import MINING_TASK, file_name
from stepstone.store.record import Record
from stepstone.store.store import Store


@dataclass(frozen=True)
class SubmissionFile:
    """One file to write: the predictions of one evaluation."""

    part: BenchmarkTask
    language: str
    path: str
    spec: EvaluateSpec
    record: Record


@dataclass(frozen=True)
class MissingFiles:
    """Languages of a task that have no file, and why."""

    part: BenchmarkTask
    languages: tuple[str, ...]
    why: str

    def __str__(self) -> str:
        """It as a line."""
        which = "" if self.languages == self.part.languages else f" in {', '.join(self.languages)}"
        return f"{self.part.task}{which}: {self.why}"


def find_submission_files(
    plan: Plan, store: Store, arm: ChosenReplicate, benchmark: Benchmark
) -> tuple[list[SubmissionFile], list[MissingFiles]]:
    """The files that can be written, task by task, and what is missing for the others."""
    files: list[SubmissionFile] = []
    gaps: list[MissingFiles] = []
    for part in benchmark.parts:
        reasons: dict[str, list[str]] = {}
        for language in part.languages:
            found = _find(plan, store, arm, part, language)
            if isinstance(found, SubmissionFile):
                files.append(found)
            else:
                reasons.setdefault(found, []).append(language)
        gaps += [MissingFiles(part, tuple(languages), why) for why, languages in reasons.items()]
    return files, gaps


def _find(plan: Plan, store: Store, arm: ChosenReplicate, part: BenchmarkTask, language: str) -> SubmissionFile | str:
    key = arm.keys.get((part.task, language))
    if key is None:
        return _absence(plan, arm, part)
    spec = plan.stages[key].spec
    assert isinstance(spec, EvaluateSpec), "an arm's keys are those of evaluations"
    record = store.record(key)
    if record is None:
        failure = store.failure(key)
        return f"failed ({failure.message.splitlines()[0]})" if failure and failure.message else "is not computed yet"
    for why in _differences(plan, part, spec, record):
        return why
    return SubmissionFile(part, language, file_name(part.task, language), spec, record)


def _absence(plan: Plan, arm: ChosenReplicate, part: BenchmarkTask) -> str:
    if not any(cell.target == part.task for cell in plan.cells):
        return "is no target of the study"
    if not any(target == part.task for target, _ in arm.keys):
        return f"has no score under the condition {arm.condition}"
    return "is not evaluated"


def _differences(plan: Plan, part: BenchmarkTask, spec: EvaluateSpec, record: Record) -> Iterator[str]:
    """In what the predictions are not those of the official test set; nothing where they are."""
    if spec.data.split != part.split:
        yield f"is scored on {spec.data.split}, not on {part.split}"
    official = _num_examples(plan, part, spec.data.language)
    sample = spec.data.num_examples
    if sample is not None and (official is None or sample < official):
        yield f"is scored on a sample of its test set (num_test = {sample})"
    assert isinstance(record.result, EvaluateResult)
    num = record.result.scores.num_examples
    if official is not None and num != official:
        yield f"has {num:,} predictions, where the official file has {official:,} examples"


def _num_examples(plan: Plan, part: BenchmarkTask, language: str) -> int | None:
    """Examples of the official test set, or of the lab's; None: not declared, as for pairs that are to be found."""
    if part.task == MINING_TASK:
        return None
    task = plan.catalogue.task(part.task)
    return task.num_rows(part.split, language) if plan.place.lab_seed is None else num_in_lab(task, part.split)
