"""The other side of `throughput.py`: Hugging Face's Trainer, set as the example scripts of transformers set it.

Inputs are made as run_xnli, run_qa, run_ner and run_swag make them; the order of the training examples is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal

import numpy as np
import torch
import transformers
from datasets import Dataset
from transformers import (
    DataCollatorForMultipleChoice,
    DataCollatorForTokenClassification,
    DataCollatorWithPadding,
    PreTrainedTokenizerFast,
    PrinterCallback,
    TrainerCallback,
    TrainingArguments,
)

from stepstone.core.example import Example
from stepstone.core.recipe import Precision, Recipe
from stepstone.core.task import Task

Padding = Literal["max_length", "dynamic"]
AUTO = {
    "classification": "AutoModelForSequenceClassification",
    "span": "AutoModelForQuestionAnswering",
    "tagging": "AutoModelForTokenClassification",
    "choice": "AutoModelForMultipleChoice",
}
# What the scripts hand to the model; other columns serve to read answers off.
MODEL_COLUMNS = ("input_ids", "attention_mask", "token_type_ids", "label", "labels", "start_positions", "end_positions")


class Inputs:
    """How a script cuts the texts of a task."""

    def __init__(self, task: Task, tokenizer: PreTrainedTokenizerFast, recipe: Recipe, padding: Padding) -> None:
        self.task, self.tokenizer, self.recipe, self.padding = task, tokenizer, recipe, padding
        self.numbers = {label: number for number, label in enumerate(task.labels)}
        self.cut = {"max_length": recipe.max_length, "padding": "max_length" if padding == "max_length" else False}

    def encode(self, examples: Sequence[Any], trains: bool = True) -> Dataset:
        """The table of inputs, made by `map` in batches of 1,000."""
        table = Dataset.from_dict({"place": list(range(len(examples)))})
        make = getattr(self, f"_{self.task.family}")
        return table.map(
            lambda rows: dict(make([examples[place] for place in rows["place"]], rows["place"], trains)),
            batched=True,
            remove_columns=["place"],
        )

    def collator(self) -> Any:
        """What makes a batch: tensors of what is padded already, or padding to the longest."""
        if self.task.family == "tagging":
            return DataCollatorForTokenClassification(self.tokenizer)
        if self.task.family == "choice":
            return DataCollatorForMultipleChoice(tokenizer=self.tokenizer)
        if self.padding == "max_length":
            return transformers.default_data_collator
        return DataCollatorWithPadding(self.tokenizer)

    def _classification(self, examples: Sequence[Any], places: list[int], trains: bool) -> Any:
        pairs = [one.pair for one in examples] if examples[0].pair is not None else None
        made = self.tokenizer([one.text for one in examples], pairs, truncation=True, **self.cut)
        made["label"] = [self.numbers[one.label] for one in examples]
        return made

    def _choice(self, examples: Sequence[Any], places: list[int], trains: bool) -> Any:
        firsts = [f"{one.context} {one.question}".strip() for one in examples for _ in one.options]
        seconds = [option for one in examples for option in one.options]
        flat, num = self.tokenizer(firsts, seconds, truncation=True, **self.cut), len(examples[0].options)
        made: dict[str, Any] = {
            name: [values[at : at + num] for at in range(0, len(values), num)] for name, values in flat.items()
        }
        made["label"] = [one.label for one in examples]
        return made

    def _tagging(self, examples: Sequence[Any], places: list[int], trains: bool) -> Any:
        words = [list(one.words) for one in examples]
        made = self.tokenizer(words, truncation=True, is_split_into_words=True, **self.cut)
        made["labels"] = [
            [-100 if word is None else self.numbers[one.tags[word]] for word in _firsts(made.word_ids(place))]
            for place, one in enumerate(examples)
        ]
        return made

    def _shared(self, examples: Sequence[Any]) -> int:
        """Pieces that two windows share where they begin `doc_stride` apart, as XTREME has it, at a usual question.

        What run_qa calls `doc_stride` is what they share: at the same number it reads fewer windows.
        """
        asked = median(len(ids) for ids in self.tokenizer([one.question for one in examples])["input_ids"])
        room = self.recipe.max_length - int(asked) - self.tokenizer.num_special_tokens_to_add(pair=True) + 2
        return max(0, room - self.recipe.doc_stride)

    def _span(self, examples: Sequence[Any], places: list[int], trains: bool) -> Any:
        made = self.tokenizer(
            [one.question.strip() for one in examples],
            [one.context for one in examples],
            truncation="only_second",
            stride=self._shared(examples),
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            **self.cut,
        )
        owners = made.pop("overflow_to_sample_mapping")
        inside = [[side == 1 for side in made.sequence_ids(row)] for row in range(len(owners))]
        offsets = made.pop("offset_mapping")
        if trains:
            spans = [_find(offsets[row], inside[row], examples[owner].answers[0]) for row, owner in enumerate(owners)]
            made["start_positions"], made["end_positions"] = (list(side) for side in zip(*spans, strict=True))
        else:
            made["place"] = [places[owner] for owner in owners]
            made["offsets"] = [
                [pair if is_in else [-1, -1] for pair, is_in in zip(offsets[row], inside[row], strict=True)]
                for row in range(len(owners))
            ]
        return made


@dataclass
class Losses(TrainerCallback):
    """The loss of every step, where each is logged."""

    seen: list[float]

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **rest: Any) -> None:
        """Keep it."""
        if logs and "loss" in logs:
            self.seen.append(float(logs["loss"]))


class Ordered(transformers.Trainer):
    """A Trainer whose examples come in a given order, so that both sides step on the same ones."""

    order: list[int]

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        return _Fixed(self.order)


class _Fixed(torch.utils.data.Sampler[int]):
    def __init__(self, order: list[int]) -> None:
        self.order = order

    def __iter__(self) -> Iterator[int]:
        return iter(self.order)

    def __len__(self) -> int:
        return len(self.order)


def trainer(
    model: Any,
    inputs: Inputs,
    table: Dataset,
    order: list[int],
    folder: Path,
    device: str,
    logs: bool = False,
    precision: Precision = "fp32",
) -> Ordered:
    """A Trainer for `num_steps` steps of the recipe."""
    recipe = inputs.recipe
    settings = TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=recipe.batch_size,
        per_device_eval_batch_size=8,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        max_grad_norm=recipe.clip_norm,
        max_steps=recipe.num_steps or -1,
        warmup_steps=0,
        logging_strategy="steps" if logs else "no",
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        use_cpu=device == "cpu",
        bf16=precision == "bf16",
        disable_tqdm=True,
    )
    made = Ordered(model, settings, inputs.collator(), table, callbacks=[Losses([])])
    made.remove_callback(PrinterCallback)
    made.order = order
    return made


def predictions(made: Ordered, inputs: Inputs, examples: Sequence[Example]) -> list[Any]:
    """What the scripts write of every example: a label's place, tags of words, the text of an answer."""
    table = inputs.encode(examples, trains=False)
    kept = table.remove_columns([name for name in table.column_names if name not in MODEL_COLUMNS])
    logits = made.predict(kept).predictions
    if inputs.task.family == "span":
        return answers(examples, table, logits)
    best = np.argmax(logits, axis=-1)
    if inputs.task.family != "tagging":
        return [int(one) for one in best]
    return [
        [int(tag) for tag, gold in zip(tags, golds, strict=False) if gold != -100]
        for tags, golds in zip(best, kept["labels"], strict=True)
    ]


def answers(examples: Sequence[Any], table: Dataset, logits: Any) -> list[str]:
    """The best of twenty starts and ends of at most thirty pieces, as in the scripts' utils_qa."""
    found: list[tuple[float, str]] = [(-np.inf, "")] * len(examples)
    for place, offsets, starts, ends in zip(table["place"], table["offsets"], *logits, strict=True):
        for first in np.argsort(starts)[-1:-21:-1].tolist():
            for last in np.argsort(ends)[-1:-21:-1].tolist():
                if max(first, last) >= len(offsets) or offsets[first][0] < 0 or offsets[last][0] < 0:
                    continue
                if last < first or last - first + 1 > 30:
                    continue
                text = examples[place].context[offsets[first][0] : offsets[last][1]]
                found[place] = max(found[place], (float(starts[first] + ends[last]), text))
    return [text for _, text in found]


def _firsts(words: Sequence[int | None]) -> list[int | None]:
    """The word of each piece that is the first of a word."""
    return [word if at == 0 or word != words[at - 1] else None for at, word in enumerate(words)]


def _find(offsets: list[tuple[int, int]], inside: list[bool], answer: Any) -> tuple[int, int]:
    """First and last piece of an answer; (0, 0) where the window does not hold it."""
    end = answer.start + len(answer.text)
    within = [place for place, is_in in enumerate(inside) if is_in]
    if not within or offsets[within[0]][0] > answer.start or offsets[within[-1]][1] < end:
        return 0, 0
    first = max(place for place in within if offsets[place][0] <= answer.start)
    return first, min(place for place in within if offsets[place][1] >= end)
