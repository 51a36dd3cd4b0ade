"""XTREME's submission files, given as texts, read and scored as its `evaluate.py` does."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

from stepstone.core.errors import UserError
from stepstone.scoring.aggregate import Benchmark, BenchmarkScore, aggregate
from stepstone.scoring.bitext import pair_f1
from stepstone.scoring.errors import OfficialFailure
from stepstone.scoring.labels import accuracy
from stepstone.scoring.ranking import mean_reciprocal_rank
from stepstone.scoring.spans import Question, evaluate_spans
from stepstone.scoring.tagging import ChunkRule, chunk_f1
from stepstone.scoring.text import SQUAD, mlqa_rule

SPAN_TASKS = ("xquad", "tydiqa", "mlqa")
LABEL_TASKS = ("pawsx", "xnli", "tatoeba")
TAGGING_TASKS = ("panx", "udpos")


def read_labels(file_text: str) -> list[str]:
    """Every line, stripped, is a label; the whole line counts, and a blank last line is one more."""
    return [line.strip() for line in io.StringIO(file_text, newline=None)]


def read_tags(file_text: str) -> list[list[str]]:
    r"""Every stripped line is a tag, an empty one ends a sentence; two in a row make an empty sentence.

    >>> read_tags("NOUN\n\n\nVERB")
    [['NOUN'], [], ['VERB']]
    """
    sentences: list[list[str]] = []
    tags: list[str] = []
    for line in read_labels(file_text):
        if line:
            tags.append(line)
        else:
            sentences.append(tags)
            tags = []
    return [*sentences, tags] if tags else sentences


def read_json(file_text: str) -> Any:
    """A JSON document; if its top has a key `data`, that is taken, for predictions as well.

    Raises:
        OfficialFailure: if it is no JSON.
    """
    try:
        document = json.loads(file_text)
    except json.JSONDecodeError as error:
        raise OfficialFailure("JSONDecodeError", f"the file is no JSON: {error}") from error
    return document.get("data", document) if isinstance(document, dict) else document


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


def read_questions(articles: Any) -> list[Question]:
    """The questions of a SQuAD-like document, in order, repeated ids included."""
    return [
        Question(question["id"], tuple(answer["text"] for answer in question["answers"]))
        for article in articles
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
    ]


def score_files(
    task: str,
    language: str,
    label_text: str,
    prediction_text: str,
    tags: ChunkRule = "seqeval-1.2.2",
) -> dict[str, float]:
    """Score one task in one language from the texts of its two files, percent, under `evaluate.py`'s names.

    Mewsli-X's number appears as `mrr@20`, which it is.

    Raises:
        OfficialFailure: where the official script stops.
        UserError: for a task that it cannot score.
    """
    if task in LABEL_TASKS:
        return {"accuracy": accuracy(read_labels(label_text), read_labels(prediction_text))}
    if task == "xcopa":
        return {"accuracy": accuracy(read_choices(label_text), read_choices(prediction_text))}
    if task in TAGGING_TASKS:
        return _score_tags(read_tags(label_text), read_tags(prediction_text), tags)
    if task == "bucc2018":
        pairs: list[list[list[str]]] = [
            [line.split("\t") for line in read_labels(text)] for text in (label_text, prediction_text)
        ]
        return pair_f1(*pairs)._asdict()
    if task == "mewslix":
        return {"mrr@20": 100 * mean_reciprocal_rank(read_json(label_text), read_json(prediction_text)).mean}
    if task in SPAN_TASKS:
        rule = mlqa_rule(language) if task == "mlqa" else SQUAD
        questions = read_questions(read_json(label_text))
        return evaluate_spans(questions, read_json(prediction_text), rule)._asdict()
    raise UserError(f"evaluate.py has no reader for the task {task!r}", where="submission")


def _score_tags(gold: list[list[str]], prediction: list[list[str]], rule: ChunkRule) -> dict[str, float]:
    # The driver counts sentences itself, whatever seqeval release it calls.
    if len(gold) != len(prediction):
        raise OfficialFailure("AssertionError", f"{len(prediction)} predicted sentences for {len(gold)} gold sentences")
    return chunk_f1(gold, prediction, rule)._asdict()


def file_name(task: str, language: str) -> str:
    """The path of a task's file below `labels/` or `predictions/`."""
    suffix = "json" if task in (*SPAN_TASKS, "mewslix") else "jsonl" if task == "xcopa" else "tsv"
    return f"{task}/test-{language}.{suffix}"


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
    if "lareqa" in folders and folders >= set(benchmark.tasks):
        raise OfficialFailure("KeyError", "evaluate.py cannot score LAReQA", where="lareqa")
    scores: dict[str, dict[str, dict[str, float | None]]] = {}
    for task in [task for task in benchmark.tasks if task in folders and task != "lareqa"]:
        scores[task] = {}
        for language in benchmark.tasks[task].languages:
            path = file_name(task, language)
            for side, files in (("predictions", predictions), ("labels", labels)):
                if path not in files:
                    raise OfficialFailure("FileNotFoundError", "the file is missing", where=f"{side}/{path}")
            scores[task][language] = dict(score_files(task, language, labels[path], predictions[path], tags))
    return aggregate(scores, benchmark)
