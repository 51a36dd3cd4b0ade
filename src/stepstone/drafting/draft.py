"""A commented study for a user's own files: what they hold is guessed, and every guess says why and what to change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.drafting.answers import GivenAnswers
from stepstone.drafting.ask import raise_questions
from stepstone.drafting.encoder import DraftedEncoder
from stepstone.drafting.guess import guess
from stepstone.drafting.guessed import Guess
from stepstone.drafting.lines import DraftPlan, fields_of, study_lines
from stepstone.drafting.sort import NAMED, NamedFile, SortedFiles, by_task, common_name, find_files, sort_files

# Where there is nothing to train on: tasks whose heads may serve.
_TRAINERS = ("mnli", "panx", "udpos", "squad", "squad2", "commonsenseqa")


@dataclass(frozen=True)
class Draft:
    """A study as TOML, the name of its task, and remarks on files."""

    text: str
    name: str
    remarks: tuple[str, ...]


def drafts(paths: Sequence[Path], answers: GivenAnswers, encoder: DraftedEncoder, folder: Path = Path()) -> list[Draft]:
    """A study of `encoder` for each task that files hold, to lie in `folder`, and remarks on what is not read.

    Raises:
        UserError: a file cannot be read, or the files do not show what a task is, or in which languages it is.
    """
    named, remarks = find_files(paths)
    try:
        found = [_draft(group, answers, encoder, folder) for group in by_task(named)]
    except UserError as error:
        # What seems to be missing may be in a file that was passed over.
        raise UserError("\n  ".join([str(error), *remarks[:NAMED]])) from error
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        raise UserError(f"two tasks are called {names[0]}", remedy="give files of one task at a time")
    first = found[0]
    return [Draft(first.text, first.name, (*remarks, *first.remarks)), *found[1:]]


def _draft(named: Sequence[NamedFile], answers: GivenAnswers, encoder: DraftedEncoder, folder: Path) -> Draft:
    files = sort_files(named, answers)
    found = guess(files.peeks, answers.columns | ({"language": files.column} if files.column else {}))
    drafted = draft_of(_name(named), found, files, encoder, folder=folder)
    raise_questions(files, found)
    return drafted


def draft_of(
    name: str,
    found: Guess,
    files: SortedFiles,
    encoder: DraftedEncoder,
    table: Sequence[str] = (),
    origin: str = "",
    folder: Path = Path(),
) -> Draft:
    """A study of one task.

    Args:
        name: of the task.
        found: what it is.
        files: its splits and languages.
        encoder: what is trained.
        table: lines that say where rows of the hub are; none: they are in files.
        origin: the data set of the hub.
        folder: where the study is to lie.
    """
    chosen = _choose(found, files, encoder)
    lines = study_lines(name, chosen, folder, table, origin)
    return Draft("\n".join(lines) + "\n", name, files.remarks)


def _name(named: Sequence[NamedFile]) -> str:
    name = re.sub(r"^[^a-z]+", "", common_name(named)) or "mine"
    return f"{name}_own" if name in BUILT_IN.tasks() else name


def _choose(found: Guess, files: SortedFiles, encoder: DraftedEncoder) -> DraftPlan:
    split = next((name for name in ("test", "dev") if name in files.files), None)
    if split is None:
        raise UserError(
            "there is train and nothing to evaluate",
            where=str(files.peeks[0].path),
            remedy="put some of its rows, which are then not trained on, into a file with test in its name",
        )
    trained = files.files.get("train", {})
    labels, trainer = found.labels, None
    if not trained and BUILT_IN.family(found.family).is_trained:
        labels, trainer = _trained_elsewhere(found, files)
    source = "en" if "en" in trained or not trained else next(iter(trained))
    return DraftPlan(found, files, labels, trainer, source, split, encoder)


def _trained_elsewhere(found: Guess, files: SortedFiles) -> tuple[tuple[str, ...], str]:
    """Labels in the order of a catalogue task that has the same, and its name."""
    for name in _TRAINERS:
        task = BUILT_IN.task(name)
        serves = name == "squad2" if found.unanswerable else name != "squad2"
        same = fields_of(found.family).labels == "options" or set(found.labels) <= set(task.labels)
        if task.family == found.family and same and serves:
            return task.labels or found.labels, name
    raise UserError(
        "there is nothing to train on, and no task of the catalogue has these labels",
        where=str(files.peeks[0].path),
        remedy="give a file with train in its name",
    )
