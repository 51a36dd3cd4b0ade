"""Scores of a file of predictions, whoever made them, by a task's metric under a named definition."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stepstone.catalogue.rows import Row, shorten
from stepstone.core.errors import UserError
from stepstone.core.example import ChoiceExample, TaggingExample, TextExample
from stepstone.core.example_sides import MiningExample
from stepstone.core.place import Place
from stepstone.core.tag import canonical, find_tag
from stepstone.core.task import Task
from stepstone.data.by_id import listed_ids, refuse_unknown, rows_by_id
from stepstone.data.golds import golds_by_id
from stepstone.data.load import load_examples
from stepstone.scoring.definitions import scorer

ROW = '{"id": "...", "prediction": ...}'
NumberedRows = Mapping[str, tuple[int, Row]]


@dataclass(frozen=True)
class FileScores:
    """The scores of a file.

    Attributes:
        task: what is scored.
        language: its tag.
        metric: by what.
        definition: by whose rules.
        golds: where the right answers came from.
        num_examples: how many were scored.
        num_missing: how many of them have no prediction.
        main: the name of the score that a table shows.
        values: all scores in percent, NaN where one is not defined.
    """

    task: str
    language: str
    metric: str
    definition: str
    golds: str
    num_examples: int
    num_missing: int
    main: str
    values: dict[str, float]


@dataclass(frozen=True)
class GoldAnswers:
    """The right answers: where they came from and each by its id; of the task's data what predictions may be, too.

    `sentences` are the ids of all sentences of mining, `num_options` counts those of each question of multiple choice.
    """

    source: str
    by_id: dict[str, Any]
    sentences: frozenset[str] | None = None
    num_options: Mapping[str, int] = field(default_factory=dict)


def score_file(
    task: Task,
    path: Path,
    place: Place,
    *,
    language: str | None = None,
    definition: str | None = None,
    split: str = "test",
    gold: Path | None = None,
) -> FileScores:
    """Score JSON lines of `id` and `prediction` (docs/definitions.md); nothing is written.

    Golds are those of the file `gold`, else those that the rows have, else those of the task's own data at `place`.

    Raises:
        UserError: an id is missing, unknown or there twice, a label does not exist, there are no golds, or the
            definition cannot score the rows.
    """
    if not task.family_declaration.is_labelled:
        raise UserError("is running text, which has nothing to predict", where=f"task {task.name}")
    judge = scorer(task.metric, definition or task.definition)
    tag = _language(task, split, language)
    rows = rows_by_id(path, "predictions", ROW)
    _check_predictions(task, rows, path)
    golds = _golds(task, path, rows, gold, place, split, tag)
    scored = list(_joined(task, path, rows, golds))
    return FileScores(
        task=task.name,
        language=tag,
        metric=task.metric,
        definition=judge.definition,
        golds=golds.source,
        num_examples=len(scored),
        num_missing=sum(row.get("prediction") is None for row in scored),
        main=judge.main,
        values=judge.score(scored, tag),
    )


def _language(task: Task, split: str, given: str | None) -> str:
    """The tag that is meant; of a task in one language none need be given."""
    known = task.languages.get(split, ())
    if given is None and len(known) == 1:
        return known[0]
    if given is None:
        raise UserError("no language was given", where=f"task {task.name}", remedy=f"--language: {', '.join(known)}")
    try:
        tag = canonical(given)
    except ValueError as error:
        raise UserError(str(error), where="--language") from error
    return find_tag(tag, known) or tag


def _golds(
    task: Task, path: Path, rows: NumberedRows, gold: Path | None, place: Place, split: str, language: str
) -> GoldAnswers:
    if gold is None and not any("gold" in row for _, row in rows.values()):
        return _of_data(task, split, language, place)
    given = rows if gold is None else rows_by_id(gold, "golds", '{"id": "...", "gold": ...}')
    where = gold or path
    bare = next((number for number, row in given.values() if "gold" not in row), None)
    if bare is not None:
        remedy = "give every row its gold, or none and the task's data with --data"
        raise UserError("has no gold, where others may have", where=f"{where}:{bare}", remedy=remedy)
    _check_labels(task, given, "gold", where)
    return GoldAnswers(str(where), {name: row["gold"] for name, (_, row) in given.items()})


def _of_data(task: Task, split: str, language: str, place: Place) -> GoldAnswers:
    """The golds of the task's own data; where all languages are searched, those of every one."""
    examples = load_examples(task, split, language, place)
    golds = dict(golds_by_id(examples))
    for other in task.languages[split] if task.pooled else ():
        for name, more in golds_by_id(load_examples(task, split, other, place)) if other != language else ():
            if name in golds and golds[name] is not None:
                golds[name] += more or ()
    is_mined = issubclass(task.family_declaration.example, MiningExample)
    if is_mined and not golds:
        raise UserError("the gold pairs are not there", where=f"{task.name} {split}, language {language}")
    sentences = frozenset(one.id for one in examples) if is_mined else None
    num_options = {one.id: len(one.options) for one in examples if isinstance(one, ChoiceExample)}
    return GoldAnswers(f"{task.name} {split}", golds, sentences, num_options)


def _joined(task: Task, path: Path, rows: NumberedRows, golds: GoldAnswers) -> Iterator[dict[str, Any]]:
    """Every example's row with its gold; of mining every pair that is in the file or right."""
    if issubclass(task.family_declaration.example, MiningExample):
        yield from _pairs(path, rows, golds)
        return
    refuse_unknown(rows, golds.by_id.keys(), path)
    missing = [name for name in golds.by_id if name not in rows]
    if missing:
        raise UserError(
            f"{len(missing):,} of {len(golds.by_id):,} examples have no row: {listed_ids(missing)}",
            where=str(path),
            remedy='give each one; with "prediction": null the definition says what a missing prediction counts',
        )
    for name, gold in golds.by_id.items():
        number, row = rows[name]
        most, place = golds.num_options.get(name, 0) - 1, row["prediction"]
        if name in golds.num_options and place is not None and place > most:
            remedy = f"the place of an option, 0 to {most}"
            raise UserError(f"the prediction is {shorten(place)}", where=f"{path}:{number}", remedy=remedy)
        yield {**row, "id": name, "gold": gold}


def _pairs(path: Path, rows: NumberedRows, golds: GoldAnswers) -> Iterator[dict[str, Any]]:
    if golds.sentences is not None:
        refuse_unknown({part: row for name, row in rows.items() for part in name.split("\t")}, golds.sentences, path)
    for name in dict.fromkeys([*rows, *golds.by_id]):
        row = rows[name][1] if name in rows else {"prediction": False}
        yield {**row, "id": name, "gold": golds.by_id.get(name, False)}


def _check_predictions(task: Task, rows: NumberedRows, path: Path) -> None:
    if not rows:
        raise UserError("holds no predictions", where=str(path), remedy=f"one row an example: {ROW}")
    bare = next((number for number, row in rows.values() if "prediction" not in row), None)
    if bare is not None:
        remedy = f"{ROW}; null where nothing was predicted"
        raise UserError('has no "prediction"', where=f"{path}:{bare}", remedy=remedy)
    _check_labels(task, rows, "prediction", path)


def _check_labels(task: Task, rows: NumberedRows, key: str, path: Path) -> None:
    """Refuse what no example of the task could be labelled; null is left to the definition."""
    example = task.family_declaration.example
    for number, row in rows.values():
        value, where = row.get(key), f"{path}:{number}"
        what = _wanted(task, value, key)
        if what and value is not None:
            raise UserError(f"the {key} is {shorten(_json(value))}", where=where, remedy=what)
        if not (task.labels and issubclass(example, TextExample | TaggingExample)):
            continue
        for label in value if isinstance(value, list) and issubclass(example, TaggingExample) else [value]:
            if label is not None and label not in task.labels:
                known = ", ".join(map(_json, task.labels))
                raise UserError(f"the {key} {_json(label)} is no label of {task.name}", where=where, remedy=known)


def _wanted(task: Task, value: Any, key: str) -> str:
    """What belongs in the value's place where it is neither a place of an option nor a number, as the task asks."""
    example = task.family_declaration.example
    # Releases write -1 for a gold that they keep back.
    if issubclass(example, ChoiceExample) and (type(value) is not int or value < (-1 if key == "gold" else 0)):
        return "the place of an option, from 0"
    is_number = type(value) in (int, float) and abs(value) <= sys.float_info.max
    return "a number" if issubclass(example, TextExample) and not task.labels and not is_number else ""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
