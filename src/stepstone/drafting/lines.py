"""The lines of a drafted study: every guess says why and what to change."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.family import OwnFields, Suggestion
from stepstone.drafting.encoder import DraftedEncoder
from stepstone.drafting.guessed import Guess
from stepstone.drafting.peek import Peek
from stepstone.drafting.sort import SortedFiles
from stepstone.drafting.toml import array, column_value, path_from, value

# Steps of a usual fine-tuning; small data is read the more often for them, but not for ever.
STEPS, BATCH, MAX_EPOCHS = 1000, 32, 20
_SPEECH = Suggestion("speech", {"en": "udpos", "ja": "udpos"}, 7_000)


@dataclass(frozen=True)
class DraftPlan:
    """What the study will say of training and testing."""

    guess: Guess
    sorted: SortedFiles
    labels: tuple[str, ...]
    trainer: str | None
    source: str
    split: str
    encoder: DraftedEncoder


def fields_of(family: str) -> OwnFields[Any]:
    """What a family asks of a user's own task."""
    return BUILT_IN.own_families()[family]


def study_lines(name: str, chosen: DraftPlan, folder: Path, table: Sequence[str], origin: str) -> Iterator[str]:
    """The whole study; the arguments are those of `draft_of`."""
    yield from _head(name, chosen, origin)
    yield from _task(name, chosen, folder, table)
    yield from _intermediate(chosen)
    yield from _target(name, chosen)
    yield from chosen.encoder.tables()


def _head(name: str, chosen: DraftPlan, origin: str) -> Iterator[str]:
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


def _task(name: str, chosen: DraftPlan, folder: Path, table: Sequence[str]) -> Iterator[str]:
    found, files = chosen.guess, chosen.sorted
    yield ""
    yield f"[task.{name}]"
    yield f'family = "{found.family}"    # {found.why["family"]}'
    if chosen.labels and chosen.trainer is not None and fields_of(found.family).labels == "outputs":
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
    fields = fields_of(found.family)
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


def _intermediate(chosen: DraftPlan) -> Iterator[str]:
    is_speech = {"NOUN", "VERB"} <= set(chosen.labels)
    tried = _SPEECH if is_speech else fields_of(chosen.guess.family).suggestion
    shown = ", ".join(f'{code} = "{task}"' for code, task in tried.tasks.items())
    yield ""
    yield "# A stepping stone: each language is one arm of the study, set against none. Your own task may be one, too."
    yield "# Its data comes from your data folders or from the hub; `stepstone list tasks` shows others. Where neither"
    yield "# has it, take this table out: your own task, trained and scored in all its languages, is a first result."
    yield f"[intermediate.{tried.name}]"
    yield f"tasks = {{ {shown} }}"
    yield f"num_examples = {tried.num_examples}    # the same number in every language, so that they can be compared"


def _target(name: str, chosen: DraftPlan) -> Iterator[str]:
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


def _training(chosen: DraftPlan) -> Iterator[str]:
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
