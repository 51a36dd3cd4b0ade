"""Which examples make a step (identity) and how they are cut into micro-batches (execution)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch


@dataclass(slots=True)
class Feature:
    """One model input: word piece ids, the example it was made from, and what its family adds."""

    ids: list[int]
    example: int
    types: list[int] | None = None
    fields: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Batch:
    """Tensors for one forward pass; `weight` is what its summed loss is to be divided by.

    `groups` counts what each feature has several of, for families that have such: rows, or masked pieces.
    """

    inputs: dict[str, torch.Tensor]
    targets: dict[str, torch.Tensor]
    weight: float
    groups: tuple[int, ...] = ()

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        inputs = {name: value.to(device, non_blocking=True) for name, value in self.inputs.items()}
        targets = {name: value.to(device, non_blocking=True) for name, value in self.targets.items()}
        return Batch(inputs, targets, self.weight, self.groups)


def pad(features: Sequence[Feature], pad_id: int) -> dict[str, torch.Tensor]:
    """`input_ids`, `attention_mask` and, where the tokenizer has them, `token_type_ids`, all [batch, tokens]."""
    width = max(len(feature) for feature in features)
    ids = np.full((len(features), width), pad_id, dtype=np.int64)
    mask = np.zeros((len(features), width), dtype=np.int64)
    types = np.zeros((len(features), width), dtype=np.int64)
    for row, feature in enumerate(features):
        ids[row, : len(feature)] = feature.ids
        mask[row, : len(feature)] = 1
        if feature.types is not None:
            types[row, : len(feature)] = feature.types
    inputs = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
    if features[0].types is not None:
        inputs["token_type_ids"] = torch.from_numpy(types)
    return inputs


def cut_by_tokens(lengths: Sequence[int], budget: int, num_ranks: int = 1) -> list[list[int]]:
    """Positions sorted by falling length and cut so that count x longest stays within `budget` tokens.

    The positions of a cut are dealt out to so many ranks, each of which has that budget.

    >>> cut_by_tokens([3, 9, 4, 8], budget=18)
    [[1, 3], [2, 0]]
    >>> cut_by_tokens([3, 9, 4, 8], budget=9, num_ranks=2)
    [[1, 3], [2, 0]]
    """
    order = sorted(range(len(lengths)), key=lambda position: (-lengths[position], position))
    cuts: list[list[int]] = []
    for position in order:
        num_rows = len(cuts[-1]) // num_ranks + 1 if cuts else 0
        # The first of a cut is its longest, so that it alone decides the padded width.
        if cuts and (len(cuts[-1]) % num_ranks or num_rows * lengths[cuts[-1][0]] <= budget):
            cuts[-1].append(position)
        else:
            cuts.append([position])
    return cuts


def draw_from(features: Sequence[Feature], batch_size: int, seed: int) -> Callable[[int], list[Feature]]:
    """A function from step to effective batch: epoch after epoch of fresh permutations, a batch may span two.

    The batch of a step depends on seed and step alone, so a resumed run needs no sampler state.
    """

    def draw(step: int) -> list[Feature]:
        first = step * batch_size
        return [features[index] for index in stream(len(features), (seed,), first, batch_size)]

    return draw


def stream(num: int, seeds: Sequence[int], first: int, count: int) -> Iterator[int]:
    """`count` of `num` positions from place `first` on of an endless row of fresh permutations."""
    for epoch in range(first // num, (first + count - 1) // num + 1):
        order = np.random.default_rng([*seeds, epoch]).permutation(num)
        begin, end = max(first - epoch * num, 0), min(first + count - epoch * num, num)
        yield from order[begin:end].tolist()


def sample(num: int, count: int | None, seed: int) -> list[int]:
    """`count` of `num` positions drawn without replacement, in rising order; all where count is None or larger.

    Drawn as the head of one permutation, so that a larger sample of the same seed contains a smaller one.
    """
    if count is None or count >= num:
        return list(range(num))
    return sorted(np.random.default_rng([seed, num]).permutation(num)[:count].tolist())
