"""XTREME's submission files, given as texts, read and scored as its `evaluate.py` does."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

from stepstone.core.errors import UserError
from stepstone.scoring.bitext import pair_f1
from stepstone.scoring.errors import OfficialFailure
from stepstone.scoring.labels import accuracy
from stepstone.scoring.spans import GoldQuestion, evaluate_spans
from stepstone.scoring.tagging import ChunkRule, chunk_f1
from stepstone.scoring.text import SQUAD, mlqa_rule

SPAN_TASKS = ("xquad", "tydiqa", "mlqa")
LABEL_TASKS = ("pawsx", "xnli", "tatoeba")
TAGGING_TASKS = ("panx", "udpos")
MINING_TASK = "bucc2018"


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


def read_pairs(file_text: str) -> list[list[str]]:
    """Every stripped line is cut at its tabs; a blank one is a pair as well, though nobody's."""
    return [line.split("\t") for line in read_labels(file_text)]


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


def read_submitted(task: str, file_text: str) -> Any:
    """What the reader of a task's predictions makes of its file.

    Raises:
        OfficialFailure: where the official script stops.
        UserError: for a task that it cannot score.
    """
    if task not in READERS:
        raise UserError(f"evaluate.py has no reader for the task {task!r}", where="submission")
    return READERS[task](file_text)


def read_questions(articles: Any) -> list[GoldQuestion]:
    """The questions of a SQuAD-like document, in order, repeated ids included."""
    return [
        GoldQuestion(question["id"], tuple(answer["text"] for answer in question["answers"]))
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

    Raises:
        OfficialFailure: where the official script stops.
        UserError: for a task that it cannot score.
    """
    gold, prediction = (read_submitted(task, text) for text in (label_text, prediction_text))
    if task in LABEL_TASKS:
        return {"accuracy": accuracy(gold, prediction)}
    if task in TAGGING_TASKS:
        return _score_tags(gold, prediction, tags)
    if task == MINING_TASK:
        return pair_f1(gold, prediction)._asdict()
    rule = mlqa_rule(language) if task == "mlqa" else SQUAD
    return evaluate_spans(read_questions(gold), prediction, rule)._asdict()


def _score_tags(gold: list[list[str]], prediction: list[list[str]], rule: ChunkRule) -> dict[str, float]:
    # The driver counts sentences itself, whatever seqeval release it calls.
    if len(gold) != len(prediction):
        raise OfficialFailure("AssertionError", f"{len(prediction)} predicted sentences for {len(gold)} gold sentences")
    return chunk_f1(gold, prediction, rule)._asdict()


def file_name(task: str, language: str) -> str:
    """The path of a task's file below `labels/` or `predictions/`.

    >>> file_name("xnli", "sw"), file_name("mlqa", "vi")
    ('xnli/test-sw.tsv', 'mlqa/test-vi.json')
    """
    return f"{task}/test-{language}.{'json' if task in SPAN_TASKS else 'tsv'}"


READERS: dict[str, Callable[[str], Any]] = (
    dict.fromkeys(LABEL_TASKS, read_labels)
    | dict.fromkeys(TAGGING_TASKS, read_tags)
    | dict.fromkeys(SPAN_TASKS, read_json)
    | {MINING_TASK: read_pairs}
)
