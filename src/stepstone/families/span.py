"""Extractive question answering: windows over the context, a start and an end, or no answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedTokenizerFast

from stepstone.catalogue.families import span
from stepstone.core.example import Answer, SpanExample
from stepstone.core.language import language as find_language
from stepstone.core.recipe import Limits
from stepstone.core.task import Task
from stepstone.families.family import Inputs, Levels, Prediction, TrainedFamily, name_outputs, row_of
from stepstone.families.windows import PairTemplate, Window, windows_of
from stepstone.learning.batch import Batch, Feature, pad


class SpanFamily(TrainedFamily[SpanExample]):
    """Cross-entropy over start and end pieces; a window without the answer points to its first piece."""

    declaration = span.family

    def settings(self, task: Task) -> dict[str, Any]:
        """A start and an end, whatever number of labels the parent had."""
        return name_outputs(("start", "end"))

    def inputs(
        self,
        examples: Sequence[SpanExample],
        task: Task,
        tokenizer: PreTrainedTokenizerFast,
        limits: Limits,
    ) -> Inputs:
        """One feature per window, at least one per example."""
        layout = PairTemplate.of(tokenizer)
        features, num_cut = [], 0
        for place, windows in enumerate(windows_of(examples, tokenizer, layout, limits)):
            answers = examples[place].answers
            reachable = False
            for window in windows:
                feature = Feature(window.ids, place, window.types, {"window": window})
                if answers is not None:
                    feature.fields["span"] = window.find(_first(answers)) if answers else (0, 0)
                    reachable |= any(_readable(window, answer, limits) for answer in answers)
                features.append(feature)
            num_cut += bool(answers) and not reachable
        return Inputs(features, num_cut)

    def collate(self, features: Sequence[Feature], pad_id: int) -> Batch:
        """`spans` [batch, 2]: first and last piece of the answer."""
        spans = [feature.fields.get("span") for feature in features]
        targets = {} if None in spans else {"spans": torch.tensor(spans, dtype=torch.long)}
        return Batch(pad(features, pad_id), targets, float(len(features)))

    def loss(self, model: nn.Module, batch: Batch) -> torch.Tensor:
        """The mean of the start's and the end's cross-entropy, summed over windows."""
        output = model(**batch.inputs)
        hidden = batch.inputs["attention_mask"] == 0
        spans = batch.targets["spans"]
        losses = [
            nn.functional.cross_entropy(logits.float().masked_fill(hidden, -1e4), spans[:, side], reduction="sum")
            for side, logits in enumerate((output.start_logits, output.end_logits))
        ]
        return (losses[0] + losses[1]) / 2

    def outputs(self, model: nn.Module, batch: Batch) -> list[Any]:
        """Start and end logits of each window, float32 [2, tokens]."""
        output = model(**batch.inputs)
        both = torch.stack((output.start_logits, output.end_logits), dim=1).float().cpu().numpy()
        lengths = batch.inputs["attention_mask"].sum(dim=1).tolist()
        return [logits[:, :length] for logits, length in zip(both, lengths, strict=True)]

    def rows(
        self,
        examples: Sequence[SpanExample],
        task: Task,
        features: Sequence[Feature],
        outputs: list[Any],
        limits: Limits,
    ) -> list[Prediction]:
        """The best span over all windows; for tasks with unanswerable questions, or the empty answer."""
        best: list[tuple[float, str]] = [(-np.inf, "")] * len(examples)
        null = [np.inf] * len(examples)
        for feature, logits in zip(features, outputs, strict=True):
            window: Window = feature.fields["window"]
            score, first, last = best_span(logits, window, limits)
            null[feature.example] = min(null[feature.example], float(logits[0, 0] + logits[1, 0]))
            if score > best[feature.example][0]:
                context = examples[feature.example].context
                best[feature.example] = (score, context[window.starts[first] : window.ends[last]].strip())
        return [
            _decide(example, task, text, float(absent - score))
            for example, (score, text), absent in zip(examples, best, null, strict=True)
        ]

    def trivial(
        self,
        examples: Sequence[SpanExample],
        task: Task,
        language: str,
    ) -> Levels:
        """The context's first word, and where some questions have none, no answer throughout."""
        spaced = find_language(language).spaced
        words = [_decide(example, task, _first_word(example.context, spaced), -1.0) for example in examples]
        levels: Levels = {"first word": words}
        if any(example.answers == () for example in examples):
            levels["no answer"] = [_decide(example, task, "", 1.0) for example in examples]
        return levels


def best_span(logits: np.ndarray, window: Window, limits: Limits) -> tuple[float, int, int]:
    """Score, first and last piece of the best span among the `num_best` starts and ends; -inf: there is none.

    `logits` is [2, tokens]. As in the SQuAD script of BERT, a span lies in the context, does not run
    backwards and has at most `max_answer_length` pieces.
    """
    num = min(limits.num_best, logits.shape[1])
    starts, ends = (np.argsort(-side, kind="stable")[:num] for side in logits)
    scores = logits[0, starts][:, None] + logits[1, ends][None, :]
    length = ends[None, :] - starts[:, None] + 1
    inside = (starts >= window.first)[:, None] & (ends <= window.last)[None, :]
    scores = np.where(inside & (length >= 1) & (length <= limits.max_answer_length), scores, -np.inf)
    row, column = divmod(int(scores.argmax()), num)
    return float(scores[row, column]), int(starts[row]), int(ends[column])


def _decide(example: SpanExample, task: Task, text: str, no_answer: float) -> Prediction:
    row = _row(example, "" if task.unanswerable and no_answer > 0 else text)
    return row | {"no_answer": round(no_answer, 4)} if task.unanswerable else row


def _row(example: SpanExample, text: str) -> Prediction:
    return row_of(example, text, None if example.answers is None else [answer.text for answer in example.answers])


def _first(answers: Sequence[Answer]) -> Answer:
    """The answer that is trained on; empty ones are kept for scorers alone."""
    return next(answer for answer in answers if answer.text)


def _first_word(context: str, spaced: bool) -> str:
    """What stands before the first blank; two characters where the language writes none.

    >>> _first_word("The ferry left.", True), _first_word("渡し船が出る。", False)
    ('The', '渡し')
    """
    text = context.strip()
    return next(iter(text.split()), "") if spaced else text[:2]


def _readable(window: Window, answer: Answer, limits: Limits) -> bool:
    """Whether this window holds the answer within the length that is searched."""
    first, last = window.find(answer)
    return first > 0 and last - first < limits.max_answer_length


family = SpanFamily()
