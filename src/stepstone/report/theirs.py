"""Scores of others as files hold them: result files of MTEB and of lm-evaluation-harness, and plain CSV."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from stepstone.core.errors import UserError
from stepstone.core.home import expanded
from stepstone.evidence.beside import ReportedScore
from stepstone.report.results import METRICS
from stepstone.store.strict import IntegrityError, parse_json, read_regular

HEAD = ("task", "language", "metric", "score", "model", "source")
_LAYOUTS = "result files of MTEB or lm-evaluation-harness, or CSV with the columns " + ",".join(HEAD)
_OURS = {theirs: ours for ours, theirs in METRICS.items()}


def read_theirs(given: str) -> list[ReportedScore]:
    """The scores of a file; `MODEL=FILE` says of which model it is.

    MTEB's files do not say that themselves. Shares of MTEB and lm-evaluation-harness become percent; a CSV has percent.

    Raises:
        UserError: the file cannot be read, is of another layout, or holds what is no score; with its line or place.
    """
    model, _, name = given.rpartition("=")
    path = expanded(name)
    try:
        text = read_regular(path.resolve()).decode("utf-8-sig")
    except (OSError, IntegrityError, UnicodeDecodeError) as error:
        said = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read: {error}"
        raise UserError(said, where=str(path), remedy=f"give {_LAYOUTS}") from error
    rows = list(_of_csv(text, path) if path.suffix.lower() == ".csv" else _of_json(text, path, model))
    if not rows:
        raise UserError("holds no score", where=str(path), remedy=f"give {_LAYOUTS}")
    return [replace(row, model=model) for row in rows] if model else rows


def _of_csv(text: str, path: Path) -> Iterator[ReportedScore]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    found = []
    try:
        lacking = [name for name in HEAD if name not in (reader.fieldnames or ())]
        if lacking:
            remedy = f"its head is {','.join(HEAD)}"
            raise UserError(f"has no column {', '.join(lacking)}", where=f"{path}, line 1", remedy=remedy)
        for row in reader:
            found.append(_of_row(row, f"{path}, line {reader.line_num}"))
    except csv.Error as error:
        raise UserError(f"is no CSV: {error}", where=f"{path}, line {reader.reader.line_num}") from error
    if found and all(abs(one.score) <= 1 for one in found):
        remedy = "write percent, as 79.2 for 0.792"
        raise UserError("every score is 1 or less, as shares are", where=str(path), remedy=remedy)
    yield from found


def _of_row(row: Mapping[str | Any, Any], where: str) -> ReportedScore:
    given = {name: row[name].strip() if isinstance(row[name], str) else "" for name in HEAD}
    if None in row:
        raise UserError(f"has more cells than the {len(row) - 1} of the head", where=where, remedy="quote commas")
    for name in ("task", "score", "model"):
        if not given[name]:
            raise UserError(f"{name} is empty", where=where, remedy=f"fill the columns {','.join(HEAD)}")
    return ReportedScore(
        given["model"],
        given["task"],
        given["language"],
        given["metric"],
        _number(given["score"], where),
        given["source"],
        where,
    )


def _number(text: str, where: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not -100 <= found <= 100:
        raise UserError(f'score: "{text}" is no percentage', where=where, remedy="write a number, as 79.2")
    return found


def _of_json(text: str, path: Path, model: str) -> Iterator[ReportedScore]:
    try:
        # Both programs write NaN for a score that a task has not.
        found = parse_json(text.encode(), lambda _: None)
    except IntegrityError as error:
        raise UserError(
            f"{error}, nor CSV by its name", where=_line_of(text, path), remedy=f"give {_LAYOUTS}"
        ) from error
    if isinstance(found, dict) and isinstance(found.get("scores"), dict) and isinstance(found.get("task_name"), str):
        if not model:
            remedy = f"name it: --beside MODEL={path}"
            raise UserError("MTEB's file does not say of which model it is", where=str(path), remedy=remedy)
        yield from _of_mteb(found, path)
    elif isinstance(found, dict) and isinstance(found.get("results"), dict):
        yield from _of_harness(found, path, model)
    else:
        remedy = f"give {_LAYOUTS}"
        raise UserError("has neither task_name and scores, nor results", where=str(path), remedy=remedy)


def _line_of(text: str, path: Path) -> str:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"{path}, line {error.lineno}"
    except (ValueError, RecursionError):
        pass
    return str(path)


def _of_mteb(found: Mapping[str, Any], path: Path) -> Iterator[ReportedScore]:
    """A row for each score of each language of the test split, or of the only one that there is.

    Scores go by their names: what MTEB takes for a task's main score is often another than the task's own (average
    precision of XNLI, F1 of Tatoeba). Only where nothing else is there it stands for ours.
    """
    splits = found["scores"]
    split = "test" if "test" in splits else next(iter(splits), None)
    if split is None or (split != "test" and len(splits) > 1):
        raise UserError(f"has the splits {', '.join(splits) or 'none'}, and no test", where=f"{path}: scores")
    for place, one in enumerate(_list(splits[split], f"{path}: scores.{split}")):
        where = f"{path}: scores.{split}[{place}]"
        if not isinstance(one, dict) or "main_score" not in one:
            raise UserError("has no main_score", where=where)
        language = _language(one, where)
        main = _share(one["main_score"], where)
        named = {name: value for name, value in one.items() if name != "main_score" and isinstance(value, float)}
        for name, value in (named or {"": main}).items():
            score = round(100 * value, 6)
            yield ReportedScore("", found["task_name"], language, name, score, "MTEB", where, may_pass=bool(named))


def _language(one: Mapping[str, Any], where: str) -> str:
    """The language of a subset; of a pair with English, in which translations are looked for, the other one."""
    languages = [str(code) for code in _list(one.get("languages", []), f"{where}.languages")]
    foreign = [code for code in languages if not code.startswith("eng-")]
    named = foreign if len(languages) == 2 else languages
    return named[0] if len(named) == 1 else str(one.get("hf_subset", ""))


def _of_harness(found: Mapping[str, Any], path: Path, model: str) -> Iterator[ReportedScore]:
    """One row for each metric of each task, but for standard errors."""
    named = found.get("model_name")
    if not model and not (isinstance(named, str) and named):
        remedy = f"name it: --beside MODEL={path}"
        raise UserError("has no model_name: it does not say of which model it is", where=str(path), remedy=remedy)
    for task, values in found["results"].items():
        where = f"{path}: results.{task}"
        if not isinstance(values, dict):
            raise UserError("is no table of scores", where=where)
        for key, value in values.items():
            metric = key.partition(",")[0]
            if "," in key and not metric.endswith("_stderr") and isinstance(value, (int, float)):
                ours, place = _OURS.get(metric, metric), f"{where}.{key}"
                score = round(100 * float(value), 6)
                yield ReportedScore(str(named), task, "", ours, score, "lm-evaluation-harness", place, may_pass=True)


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise UserError("is no list", where=where)
    return value


def _share(value: Any, where: str) -> float:
    """A share as percent."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not -1 <= value <= 1:
        raise UserError(
            f"{json.dumps(value)[:60]} is no share, -1 to 1", where=where, remedy="give the file as it was written"
        )
    return round(100 * float(value), 6)
