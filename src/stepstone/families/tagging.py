"""A tag per word, read off the word's first piece; words that cutting removes have none, which counts as wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedTokenizerFast

from stepstone.catalogue.families import tagging
from stepstone.core.example import TaggingExample
from stepstone.core.recipe import Limits
from stepstone.core.task import Task
from stepstone.families.family import Inputs, Levels, Prediction, TrainedFamily, most_frequent, row_of
from stepstone.learning.batch import Batch, Feature, pad

IGNORED = -100


class TaggingFamily(TrainedFamily[TaggingExample]):
    """Cross-entropy over the first pieces of words."""

    declaration = tagging.family

    def inputs(
        self,
        examples: Sequence[TaggingExample],
        task: Task,
        tokenizer: PreTrainedTokenizerFast,
        limits: Limits,
    ) -> Inputs:
        """One feature per sentence, cut to `max_length` pieces."""
        numbers = {label: number for number, label in enumerate(task.labels)}
        encoded = tokenizer(
            [list(example.words) for example in examples],
            is_split_into_words=True,
            truncation=True,
            max_length=limits.max_length,
            return_attention_mask=False,
            return_token_type_ids="token_type_ids" in tokenizer.model_input_names,
        )
        features, num_cut = [], 0
        for place, example in enumerate(examples):
            firsts = _first_pieces(encoded.word_ids(place))
            types = encoded["token_type_ids"][place] if "token_type_ids" in encoded else None
            feature = Feature(encoded["input_ids"][place], place, types, {"firsts": firsts})
            if example.tags is not None:
                # Where tags are those of the training data, others may have some that the head lacks.
                feature.fields["tags"] = [numbers.get(example.tags[word], IGNORED) for word in firsts]
            features.append(feature)
            num_cut += len(firsts) < len(example.words)
        return Inputs(features, num_cut)

    def collate(self, features: Sequence[Feature], pad_id: int) -> Batch:
        """`tags` [batch, tokens], ignored but at first pieces; the weight is the number of words."""
        inputs = pad(features, pad_id)
        if any("tags" not in feature.fields for feature in features):
            return Batch(inputs, {}, float(len(features)))
        tags = np.full(inputs["input_ids"].shape, IGNORED, dtype=np.int64)
        for row, feature in enumerate(features):
            tags[row, list(feature.fields["firsts"].values())] = feature.fields["tags"]
        return Batch(inputs, {"tags": torch.from_numpy(tags)}, float((tags != IGNORED).sum()))

    def loss(self, model: nn.Module, batch: Batch) -> torch.Tensor:
        """Cross-entropy summed over words."""
        logits = model(**batch.inputs).logits.float()
        return nn.functional.cross_entropy(
            logits.flatten(0, 1), batch.targets["tags"].flatten(), ignore_index=IGNORED, reduction="sum"
        )

    def outputs(self, model: nn.Module, batch: Batch) -> list[Any]:
        """The best tag of every piece, [tokens]."""
        return list(model(**batch.inputs).logits.argmax(dim=-1).cpu().numpy())

    def rows(
        self,
        examples: Sequence[TaggingExample],
        task: Task,
        features: Sequence[Feature],
        outputs: list[Any],
        limits: Limits,
    ) -> list[Prediction]:
        """As many tags as words, None where a word was cut off."""
        rows = []
        for example, feature, best in zip(examples, features, outputs, strict=True):
            tags: list[str | None] = [None] * len(example.words)
            for word, piece in feature.fields["firsts"].items():
                tags[word] = task.labels[int(best[piece])]
            rows.append(_row(example, tags))
        return rows

    def trivial(
        self,
        examples: Sequence[TaggingExample],
        task: Task,
        language: str,
    ) -> Levels:
        """The most frequent tag for every word."""
        tag = most_frequent(tag for example in examples for tag in example.tags or ())
        return {"majority tag": [_row(example, [tag] * len(example.words)) for example in examples]}


def _row(example: TaggingExample, tags: Sequence[str | None]) -> Prediction:
    return row_of(example, list(tags), None if example.tags is None else list(example.tags))


def _first_pieces(words: Sequence[int | None]) -> dict[int, int]:
    """Word -> its first piece, for the words that have one."""
    firsts: dict[int, int] = {}
    for piece, word in enumerate(words):
        if word is not None:
            firsts.setdefault(word, piece)
    return firsts


family = TaggingFamily()
