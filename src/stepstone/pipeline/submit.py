"""An arm's predictions leave as a leaderboard's files: written, read back by its rules, put in place in one move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stepstone.core.benchmark import Benchmark
from stepstone.core.errors import UserError, nearest
from stepstone.core.home import expanded
from stepstone.core.result import EvaluateResult
from stepstone.pipeline.coverage import MissingFiles, SubmissionFile, find_submission_files
from stepstone.planning.arms import ChosenReplicate, choose_arm
from stepstone.planning.plan import Plan
from stepstone.scoring.aggregate import BenchmarkScore, aggregate
from stepstone.scoring.errors import unscorable
from stepstone.scoring.handed_in import check_read_back, file_text, label_text, predictions_in
from stepstone.scoring.submission import MINING_TASK, score_files
from stepstone.store.files import storage_errors, sync, write_atomically
from stepstone.store.folders import beside, contents, replace_folder
from stepstone.store.given import AnyStore, opened
from stepstone.store.predictions import kept_predictions
from stepstone.store.store import Store

# Benchmarks whose files can be written, and which are therefore a format.
FORMATS = ("xtreme",)
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Submission:
    """What was written: the files below `folder`, what is missing, and the scores read back from the files."""

    arm: ChosenReplicate
    folder: Path
    files: tuple[str, ...]
    gaps: tuple[MissingFiles, ...]
    scores: BenchmarkScore
    in_lab: bool


def check_format(form: str) -> None:
    """Raise UserError with the nearest name where no format is called so."""
    if form not in FORMATS:
        raise UserError(f'no format is called "{form}"', where="--format", remedy=nearest(form, FORMATS))


def submit(
    plan: Plan,
    store: AnyStore,
    folder: str | Path,
    form: str = "xtreme",
    *,
    model: str | None = None,
    condition: str | None = None,
    seed: int | None = None,
    partial: bool = False,
) -> Submission:
    """Write the official submission files of one arm into `folder`, which is what `evaluate.py` takes as predictions.

    Args:
        plan: of a study that was run.
        store: with its predictions, or its folder; None: the folder `stepstone-store`.
        folder: new or empty; it is there afterwards with all files, or not at all.
        form: whose files; "xtreme".
        model: which of the study's models; like `condition` and `seed` needed only where there are several.
        condition: which condition: "none", or intermediate.language.
        seed: which replicate.
        partial: write what there is; without it nothing is written where a file is missing.

    Raises:
        UserError: several arms and none chosen, something missing, a folder that is taken, a prediction that the
            leaderboard would not take, or a file whose score is not the record's.
    """
    check_format(form)
    benchmark, arm = plan.catalogue.benchmark(form), choose_arm(plan, model, condition, seed)
    folder, store = expanded(folder).resolve(), opened(store)
    if contents(folder):
        raise UserError("is not empty", where=str(folder), remedy="name a new folder")
    files, gaps = find_submission_files(plan, store, arm, benchmark)
    _refuse(arm, benchmark, files, gaps, partial=partial)
    scores = aggregate(_write_all(files, plan, store, folder), benchmark)
    in_lab = plan.place.lab_seed is not None
    return Submission(arm, folder, tuple(file.path for file in files), tuple(gaps), scores, in_lab)


def _refuse(
    arm: ChosenReplicate,
    benchmark: Benchmark,
    files: Sequence[SubmissionFile],
    gaps: Sequence[MissingFiles],
    *,
    partial: bool,
) -> None:
    if not gaps or (partial and files):
        return
    num, missing = sum(len(part.languages) for part in benchmark.parts), sum(len(gap.languages) for gap in gaps)
    message = f"lacks {missing} of {num} files of {benchmark.title}, so nothing was written"
    remedy = "complete the study and run it" + (", or write what there is with --partial" if files else "")
    raise UserError("\n  ".join([message, *map(str, gaps)]), where=str(arm), remedy=remedy)


def _write_all(
    files: Sequence[SubmissionFile], plan: Plan, store: Store, folder: Path
) -> dict[str, dict[str, dict[str, float | None]]]:
    """Write all files, or none; their scores by task and language."""
    scores: dict[str, dict[str, dict[str, float | None]]] = {}
    with storage_errors(folder), beside(folder) as temporary:
        for file in files:
            scores.setdefault(file.part.task, {})[file.language] = dict(_write(file, plan, store, temporary))
        sync(temporary)
        replace_folder(temporary, folder)
    return scores


def _write(file: SubmissionFile, plan: Plan, store: Store, folder: Path) -> dict[str, float]:
    """Write one file and score what the official reader finds in it."""
    definition = _official_definition(file, plan)
    try:
        rows = kept_predictions(store, file.record.key)
        with unscorable(file.record.label):
            said = predictions_in(file.part.task, file.language, rows, definition, file.spec.data.labels)
            write_atomically(folder / file.path, file_text(file.part.task, said))
            text = (folder / file.path).read_text(encoding="utf-8")
            check_read_back(file.part.task, said, text)
            values = score_files(file.part.task, file.language, label_text(file.part.task, rows), text)
            _compare(file, values, definition)
    except UserError as error:
        raise UserError(str(error), where=file.path) from error
    return values


def _official_definition(file: SubmissionFile, plan: Plan) -> str:
    """By whose rules `evaluate.py` scores; it takes mined pairs as they come, whoever chose their threshold."""
    if file.part.task == MINING_TASK:
        return file.spec.definition
    return plan.catalogue.task(file.part.task).definition


def _compare(file: SubmissionFile, values: dict[str, float], definition: str) -> None:
    """Raise UserError where the record has another score than the file."""
    result = file.record.result
    assert isinstance(result, EvaluateResult)
    known = (result.scores, *result.other_scores)
    recorded = next((scores.values for scores in known if scores.definition == definition), None)
    remedy = f"score the kept predictions again: stepstone rescore STUDY --definition {definition}"
    if recorded is None:
        raise UserError(f'its record has no score by the rules "{definition}"', remedy=remedy)
    for metric in file.part.metrics:
        value = recorded[metric]
        if value is None or abs(values[metric] - value) > TOLERANCE:
            found = "not a number" if value is None else f"{value:.4f}"
            raise UserError(f"{metric} is {values[metric]:.4f} by the file, and {found} by its record", remedy=remedy)
