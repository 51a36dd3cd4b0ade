"""The texts of XTREME's files, made of kept rows: predictions as they are handed in, golds as their labels."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from stepstone.core.errors import UserError
from stepstone.scoring.neighbours import tatoeba_lines
from stepstone.scoring.rows import Rows, ScoredRow, check_indices, place
from stepstone.scoring.submission import MINING_TASK, SPAN_TASKS, TAGGING_TASKS, read_submitted
from stepstone.scoring.tagging import OUTSIDE

NEIGHBOUR_TASK = "tatoeba"
SubmittedPredictions = list[Any] | dict[str, str]


def predictions_in(
    task: str, language: str, rows: Rows, definition: str, labels: Collection[str] = ()
) -> SubmittedPredictions:
    """What the official reader is to find in a task's file: labels, tags, answers by id, or pairs of ids.

    The order is that of the rows; mined pairs, whose rows begin with the golds, are sorted.

    Args:
        task: one of XTREME's.
        language: of the rows.
        rows: kept predictions, in the order of the test set.
        definition: by whose threshold mined pairs are taken.
        labels: the names that the task's labels have; none: it has no labels.

    Raises:
        UserError: a row has no prediction, or one that the leaderboard does not know; an id is listed more than once.
    """
    if task == MINING_TASK:
        return sorted(row["id"].split("\t") for row in rows if _is_extracted(row, definition))
    for row in rows:
        _check(task, row, language, labels)
    if task in SPAN_TASKS:
        return _by_id(rows, language)
    if task == NEIGHBOUR_TASK:
        check_indices(rows, "prediction", language)
        return tatoeba_lines([row["prediction"] for row in rows], "corrected")
    if task in TAGGING_TASKS:
        # The official files need a tag for every word; none was predicted for words that were cut off.
        return [[OUTSIDE if tag is None else tag for tag in row["prediction"]] for row in rows]
    return [row["prediction"] for row in rows]


def file_text(task: str, said: SubmittedPredictions) -> str:
    r"""The file that says so, with nothing in it that a platform could read in another way.

    >>> file_text("panx", [["O", "B-PER"], ["O"]]), file_text("xnli", ["neutral", "entailment"])
    ('O\nB-PER\n\nO\n', 'neutral\nentailment\n')
    >>> file_text("mlqa", {"q1": "é"}), file_text("bucc2018", [["de-1", "en-7"]])
    ('{\n "q1": "\\u00e9"\n}\n', 'de-1\ten-7\n')
    """
    if task in SPAN_TASKS:
        return json.dumps(said, indent=1) + "\n"
    if task in TAGGING_TASKS:
        return "\n".join(_lines(tags) for tags in said)
    return _lines("\t".join(item) if task == MINING_TASK else item for item in said)


def label_text(task: str, rows: Rows) -> str:
    """The file that `evaluate.py` would find among its labels, from the golds of the rows."""
    if task in SPAN_TASKS:
        asked = [{"id": row["id"], "answers": [{"text": text} for text in row["gold"]]} for row in rows]
        return json.dumps({"data": [{"paragraphs": [{"qas": asked}]}]})
    if task == MINING_TASK:
        return file_text(task, [row["id"].split("\t") for row in rows if row["gold"]])
    return file_text(task, [f"{row['gold']}" if task == NEIGHBOUR_TASK else row["gold"] for row in rows])


def check_read_back(task: str, said: SubmittedPredictions, text: str) -> None:
    """Raise UserError where the official reader finds anything else in `text` than what was said."""
    found = read_submitted(task, text)
    wanted, got = (list(side.items()) if isinstance(side, Mapping) else list(side) for side in (said, found))
    if len(wanted) != len(got):
        raise UserError(f"the official reader finds {len(got):,} predictions where {len(wanted):,} were made")
    for number, (prediction, other) in enumerate(zip_longest(wanted, got), start=1):
        if prediction != other:
            raise UserError(f"prediction {number} is {prediction!r}, and the official reader finds {other!r}")


def _lines(items: Sequence[str] | Any) -> str:
    return "".join(f"{item}\n" for item in items)


def _is_extracted(row: ScoredRow, definition: str) -> bool:
    said = row["prediction"]
    return bool(said.get(definition) if isinstance(said, Mapping) else said)


def _by_id(rows: Rows, language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in rows:
        if row["id"] in found:
            raise UserError("the id is listed twice, and the file has one answer for each", where=place(row, language))
        found[row["id"]] = row["prediction"]
    return found


def _check(task: str, row: ScoredRow, language: str, labels: Collection[str]) -> None:
    said = row.get("prediction")
    if said is None or (task in TAGGING_TASKS and not said):
        remedy = "the official files hold one prediction for each example: evaluate it again"
        raise UserError("the prediction is missing", where=place(row, language), remedy=remedy)
    if task in SPAN_TASKS and not isinstance(said, str):
        raise UserError(f"the prediction is {said!r}", where=place(row, language), remedy="a text")
    known = {*labels, None} if task in TAGGING_TASKS else labels
    unknown = [label for label in (said if task in TAGGING_TASKS else [said]) if labels and label not in known]
    if unknown:
        remedy = f"the leaderboard's labels are {', '.join(labels)}"
        raise UserError(f"the label {unknown[0]!r} is unknown", where=place(row, language), remedy=remedy)
