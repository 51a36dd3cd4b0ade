"""XTREME's `evaluate.py` as a whole, and what it has for XTREME-R: which files must be there, what stops it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from stepstone.core.benchmark import Benchmark
from stepstone.core.errors import UserError
from stepstone.scoring import submission
from stepstone.scoring.aggregate import BenchmarkScore, aggregate
from stepstone.scoring.errors import Definition, OfficialFailure
from stepstone.scoring.labels import accuracy
from stepstone.scoring.ranking import TOP, reciprocal_rank
from stepstone.scoring.spans import GoldQuestion
from stepstone.scoring.squad2 import evaluate_squad2
from stepstone.scoring.submission import read_json
from stepstone.scoring.tagging import ChunkRule
from stepstone.scoring.text import SQUAD, TextRule

SUFFIXES = {"mewslix": "json", "xcopa": "jsonl"}


class ReciprocalRanks(NamedTuple):
    """The mean reciprocal rank (0..1) and how many examples are missing or not asked for."""

    mean: float
    num_missing: int
    num_unexpected: int


def mean_reciprocal_rank(
    gold: Mapping[str, Sequence[str]], predictions: Mapping[str, Sequence[str]], k: int | None = TOP
) -> ReciprocalRanks:
    """Mewsli-X `evaluate`: a missing example counts 0, an unexpected one is ignored, no example gives 0.

    Raises:
        OfficialFailure: if an example has no gold.
    """
    ranks = [reciprocal_rank(golds, predictions.get(key, ()), k) for key, golds in gold.items()]
    mean = sum(ranks) / len(ranks) if ranks else 0.0
    return ReciprocalRanks(mean, len(gold.keys() - predictions.keys()), len(predictions.keys() - gold.keys()))


def macro_reciprocal_rank(
    gold: Mapping[str, Mapping[str, Sequence[str]]],
    predictions: Mapping[str, Mapping[str, Sequence[str]]],
    k: int | None = TOP,
) -> float:
    """Mewsli-X `evaluate_all`: the mean over the languages of the gold; a language without predictions is 0.

    Raises:
        UserError: if there is no language.
    """
    if not gold:
        raise UserError("there is no language to score")
    return sum(mean_reciprocal_rank(gold[key], predictions.get(key, {}), k).mean for key in gold) / len(gold)


def read_choices(file_text: str) -> list[Any]:
    """The key `label` of each line (XCOPA), kept as the value it is.

    Raises:
        OfficialFailure: for a line that is no JSON (a blank one too) or has no label.
    """
    labels = []
    for number, line in enumerate(io.StringIO(file_text, newline=None), start=1):
        try:
            labels.append(json.loads(line)["label"])
        except json.JSONDecodeError as error:
            raise OfficialFailure("JSONDecodeError", "the line is no JSON", where=f"line {number}") from error
        except (KeyError, TypeError) as error:
            official = type(error).__name__
            raise OfficialFailure(official, 'the line has no key "label"', where=f"line {number}") from error
    return labels


def file_name(task: str, language: str) -> str:
    """The path of a task's file below `labels/` or `predictions/`."""
    if task in SUFFIXES:
        return f"{task}/test-{language}.{SUFFIXES[task]}"
    return submission.file_name(task, language)


def score_files(
    task: str, language: str, label_text: str, prediction_text: str, tags: ChunkRule = "seqeval-1.2.2"
) -> dict[str, float]:
    """One file; Mewsli-X's number appears as `mrr@20`, which it is."""
    if task == "xcopa":
        return {"accuracy": accuracy(read_choices(label_text), read_choices(prediction_text))}
    if task == "mewslix":
        return {"mrr@20": 100 * mean_reciprocal_rank(read_json(label_text), read_json(prediction_text)).mean}
    return submission.score_files(task, language, label_text, prediction_text, tags)


def score_submission(
    labels: Mapping[str, str],
    predictions: Mapping[str, str],
    benchmark: Benchmark,
    tags: ChunkRule = "seqeval-1.2.2",
) -> BenchmarkScore:
    """Score a whole submission: path to text on both sides (a folder without files is a path ending in `/`).

    A task is scored if both sides have its folder; then every language of its list must be there.

    Args:
        labels: path below `labels/` to file text.
        predictions: path below `predictions/` to file text.
        benchmark: whose tasks and languages.
        tags: the seqeval release.

    Raises:
        OfficialFailure: where the official script stops, above all at a missing file.
    """
    folders = {path.split("/")[0] for path in labels} & {path.split("/")[0] for path in predictions}
    if "lareqa" in folders and folders >= {part.task for part in benchmark.parts}:
        raise OfficialFailure("KeyError", "evaluate.py cannot score LAReQA", where="lareqa")
    scores: dict[str, dict[str, dict[str, float | None]]] = {}
    for part in benchmark.parts:
        if part.task not in folders or part.task == "lareqa":
            continue
        scores[part.task] = {}
        for language in part.languages:
            path = file_name(part.task, language)
            for side, files in (("predictions", predictions), ("labels", labels)):
                if path not in files:
                    raise OfficialFailure("FileNotFoundError", "the file is missing", where=f"{side}/{path}")
            scores[part.task][language] = dict(score_files(part.task, language, labels[path], predictions[path], tags))
    score = aggregate(scores, benchmark)
    # XTREME-R's script cannot score LAReQA, so it never prints a mean over all tasks.
    return replace(score, all_task=None) if benchmark.name == "xtreme-r" else score


def evaluate_with_zero_probabilities(
    questions: Sequence[GoldQuestion],
    predictions: Mapping[str, str],
    rule: TextRule = SQUAD,
    definition: Definition = "xtreme-2020",
) -> dict[str, float]:
    """`squad_evaluate` of transformers, which jiant and JGLUE call: 2.0 with every probability 0."""
    zeros = dict.fromkeys(predictions, 0.0)
    return evaluate_squad2(questions, predictions, no_answer=zeros, rule=rule, definition=definition)
