"""A commented study for a user's own files: what they hold is guessed, and every guess says why and what to change."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.family import OwnFields, Suggestion
from stepstone.drafting.answers import Answers
from stepstone.drafting.ask import ask
from stepstone.drafting.encoder import Encoder
from stepstone.drafting.guess import guess
from stepstone.drafting.guessed import Guess
from stepstone.drafting.peek import Peek
from stepstone.drafting.sort import Named, Sorted, by_task, common_name, find_files, sort_files
from stepstone.drafting.toml import array, column_value, path_from, value

# Steps of a usual fine-tuning; small data is read the more often for them, but not for ever.
STEPS, BATCH, MAX_EPOCHS = 1000, 32, 20
_SPEECH = Suggestion("speech", {"en": "udpos", "ja": "udpos"}, 7_000)
# Where there is nothing to train on: tasks whose heads may serve.
_TRAINERS = ("mnli", "panx", "udpos", "squad", "squad2", "commonsenseqa")


@dataclass(frozen=True)
class Draft:
    """A study as TOML, the name of its task, and remarks on files."""

    text: str
    name: str
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class _Plan:
    """What the study will say of training and testing."""

    guess: Guess
    sorted: Sorted
    labels: tuple[str, ...]
    trainer: str | None
    source: str
    split: str
    encoder: Encoder


def drafts(paths: Sequence[Path], answers: Answers, encoder: Encoder, folder: Path = Path()) -> list[Draft]:
    """A study of `encoder` for each task that files hold, to lie in `folder`, and remarks on what is not read.

    Raises:
        UserError: a file cannot be read, or the files do not show what a task is, or in which languages it is.
    """
    named, remarks = find_files(paths)
    found = [_draft(group, answers, encoder, folder) for group in by_task(named)]
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        raise UserError(f"two tasks are called {names[0]}", remedy="give files of one task at a time")
    first = found[0]
    return [Draft(first.text, first.name, (*remarks, *first.remarks)), *found[1:]]


def _draft(named: Sequence[Named], answers: Answers, encoder: Encoder, folder: Path) -> Draft:
    files = sort_files(named, answers)
    found = guess(files.peeks, answers.columns | ({"language": files.column} if files.column else {}))
    drafted = draft_of(_name(named), found, files, encoder, folder=folder)
    ask(files, found)
    return drafted


def draft_of(
    name: str,
    found: Guess,
    files: Sorted,
    encoder: Encoder,
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
    lines = [*_head(name, chosen, origin), *_task(name, chosen, folder, table), *_stone(chosen), *_target(name, chosen)]
    lines += encoder.tables()
    return Draft("\n".join(lines) + "\n", name, files.remarks)


def _fields_of(family: str) -> OwnFields[Any]:
    return BUILT_IN.own_families()[family]


def _name(named: Sequence[Named]) -> str:
    name = re.sub(r"^[^a-z]+", "", common_name(named)) or "mine"
    return f"{name}_own" if name in BUILT_IN.tasks() else name


def _choose(found: Guess, files: Sorted, encoder: Encoder) -> _Plan:
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
    return _Plan(found, files, labels, trainer, source, split, encoder)


def _trained_elsewhere(found: Guess, files: Sorted) -> tuple[tuple[str, ...], str]:
    """Labels in the order of a catalogue task that has the same, and its name."""
    for name in _TRAINERS:
        task = BUILT_IN.task(name)
        serves = name == "squad2" if found.unanswerable else name != "squad2"
        same = _fields_of(found.family).labels == "options" or set(found.labels) <= set(task.labels)
        if task.family == found.family and same and serves:
            return task.labels or found.labels, name
    raise UserError(
        "there is nothing to train on, and no task of the catalogue has these labels",
        where=str(files.peeks[0].path),
        remedy="give a file with train in its name",
    )


def _head(name: str, chosen: _Plan, origin: str) -> Iterator[str]:
    whence = origin or "its files"
    yield f"# A study of the task {name}, drafted from {whence}: what was guessed says why; change what is wrong."
    if origin:
        yield "#   stepstone data get FILE      fetches it; it is read from the hub's cache from then on"
    else:
        yield "# File names count from a data folder (--data FOLDER) or from the folder of this file."
    yield "#   stepstone data check FILE    every row is read: labels, duplicates, overlaps, errors with their lines"
    yield "#   stepstone rehearse FILE      the same question in a generated world, in minutes"
    yield "#   stepstone run FILE           the study itself; kill it at any moment, run it again"
    yield from (f"# {remark}" for remark in chosen.sorted.remarks)
    yield f'name = "{name}"'
    yield f'question = "Does an intermediate task help {name}, and in which languages?"'
    yield f'models = ["{chosen.encoder.name}"]    # `stepstone list models`, or a [model.NAME] table with a folder'
    yield "seeds = [1, 2, 3]                # replicates: fewer are quicker and less sure"
    if chosen.source != "en":
        yield f'source_language = "{chosen.source}"          # what targets are trained in: train is in no English'


def _task(name: str, chosen: _Plan, folder: Path, table: Sequence[str]) -> Iterator[str]:
    found, files = chosen.guess, chosen.sorted
    yield ""
    yield f"[task.{name}]"
    yield f'family = "{found.family}"    # {found.why["family"]}'
    if chosen.labels and chosen.trainer is not None and _fields_of(found.family).labels == "outputs":
        yield f"# The order is that of {chosen.trainer}, whose head is used."
    elif found.labels and "labels" in found.why:
        yield f"# {found.why['labels']}; their order is the order of the head's outputs."
    if chosen.labels:
        yield from array("labels", chosen.labels)
    columns = dict(found.columns) | ({"language": files.column} if files.column else {})
    columns |= {field: number for field, number in files.peeks[0].options.items() if field in ("words", "tags")}
    if columns:
        shown = ", ".join(f"{field} = {column_value(column)}" for field, column in columns.items())
        yield f"columns = {{ {shown} }}    # field = column of your files"
    if found.spare:
        yield f"# Not read: {', '.join(found.spare)}."
    if "unanswerable" in found.why:
        yield f"unanswerable = {str(found.unanswerable).lower()}    # {found.why['unanswerable']}"
    if found.scale is not None:
        low, high = found.scale
        yield f"scale = [{low:g}, {high:g}]    # {found.why['scale']}; give the ends that there can be"
    yield from table or _layout(files.peeks)
    yield from _metric(found)
    for split, by_language in () if table else files.files.items():
        yield from _files(name, split, by_language, folder)


def _layout(peeks: Sequence[Peek]) -> Iterator[str]:
    """How files are laid out, where their names do not say."""
    options = peeks[0].options
    if any(peek.options != options for peek in peeks) or any(peek.layout != peeks[0].layout for peek in peeks):
        odd = next((p for p in peeks if (p.options, p.layout) != (options, peeks[0].layout)), peeks[0])
        if odd.options or options:
            raise UserError(
                f"is laid out otherwise than {peeks[0].path}",
                where=str(odd.path),
                remedy="give all files the same columns and delimiter, with a header line in all or in none",
            )
    if "header" in options:
        yield "# No header line was found: columns are numbered."
        yield from array("header", options["header"])
    if "delimiter" in options:
        yield f"delimiter = {value(options['delimiter'])}"
    misnamed = {peek.layout for peek in peeks if _by_ending(peek) != peek.layout}
    if misnamed:
        yield f'format = "{misnamed.pop()}"    # by what the files hold, not by their names'


def _by_ending(peek: Peek) -> str:
    suffix = peek.path.suffix.lower()
    if suffix in (".tsv", ".txt"):
        return "conll" if peek.layout == "conll" else suffix[1:]
    if suffix == ".json":
        return "squad" if peek.layout == "squad" else "json"
    return {".ndjson": "jsonl", ".bio": "conll", ".iob": "conll", ".iob2": "conll"}.get(suffix, suffix[1:])


def _metric(found: Guess) -> Iterator[str]:
    fields = _fields_of(found.family)
    usual, *others = (
        metric for metric in fields.metrics if set(fields.of_labels.get(metric, found.labels)) == set(found.labels)
    )
    if others:
        more = f"or {', '.join(others[1:])}; " if others[1:] else ""
        yield f'# metric = "{others[0]}"    # {more}none: {"by the labels" if fields.score else usual}'


def _files(name: str, split: str, by_language: dict[str, Peek], folder: Path) -> Iterator[str]:
    yield f"[task.{name}.files.{split}]    # language = file"
    for code, peek in by_language.items():
        more = "" if peek.is_whole else " or more"
        yield f"{code} = {value(path_from(folder, peek.path))}    # {len(peek.rows):,}{more} rows"


def _stone(chosen: _Plan) -> Iterator[str]:
    is_speech = {"NOUN", "VERB"} <= set(chosen.labels)
    tried = _SPEECH if is_speech else _fields_of(chosen.guess.family).suggestion
    shown = ", ".join(f'{code} = "{task}"' for code, task in tried.tasks.items())
    yield ""
    yield "# A stepping stone: each language is one arm of the study, set against none. Your own task may be one, too."
    yield "# Its data comes from your data folders or from the hub; `stepstone list tasks` shows others. Where neither"
    yield "# has it, take this table out: your own task, trained and scored in all its languages, is a first result."
    yield f"[intermediate.{tried.name}]"
    yield f"tasks = {{ {shown} }}"
    yield f"num_examples = {tried.num_examples}    # the same number in every language, so that they can be compared"


def _target(name: str, chosen: _Plan) -> Iterator[str]:
    files = chosen.sorted.files
    yield ""
    if not BUILT_IN.family(chosen.guess.family).is_trained:
        yield "# Read off the encoder without training."
        yield f"[target.{name}]"
    else:
        source = chosen.trainer or f"its own {chosen.source} train"
        yield f"# Trained on {source} file, scored in every language of {chosen.split}, most of them zero-shot."
        yield f"[target.{name}]"
        yield from _training(chosen)
    if chosen.split != "test":
        yield f'split = "{chosen.split}"    # there is no test; what a checkpoint is chosen by is scored too well'
    codes = ", ".join(f'"{code}"' for code in files[chosen.split])
    yield f"# languages = [{codes}]    # evaluated; none: all there are"


def _training(chosen: _Plan) -> Iterator[str]:
    if chosen.trainer is not None:
        yield f'train = ["{chosen.trainer}"]    # there is no file to train on, and its labels are the same'
        return
    trained = chosen.sorted.files["train"][chosen.source]
    changes = []
    epochs = min(MAX_EPOCHS, math.ceil(STEPS * BATCH / len(trained.rows)))
    if epochs > 2:
        changes.append(f"num_epochs = {epochs}")
    if BUILT_IN.family(chosen.guess.family).has_windows:
        changes += [f"max_length = {chosen.encoder.longest(384)}", "batch_size = 16"]
    if chosen.source not in chosen.sorted.files.get("dev", {}) or chosen.split == "dev":
        changes.append('selection = "last"')
    if changes:
        yield f"recipe = {{ {', '.join(changes)} }}"
    if epochs > 2:
        yield f"# {epochs} passes over {len(trained.rows):,} rows: the usual 2 would be few steps."
    if 'selection = "last"' in changes:
        yield f"# The last checkpoint is kept: there is no dev file in {chosen.source} to choose another one by."
