"""Merging of encoders weight by weight: one of them is held in memory, of the others a weight at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedModel

from stepstone.core.arm import Merged
from stepstone.core.errors import UserError
from stepstone.learning.encoder import first_names, load_encoder
from stepstone.learning.layers import POOLER, embeddings_of, layers_of
from stepstone.learning.stored import StoredWeights
from stepstone.learning.ties import merge_signs, nth_largest, trim

# From a weight's name and its values in all encoders, what they are merged into.
Rule = Callable[[str, list[torch.Tensor]], torch.Tensor]


@dataclass
class MergedEncoder:
    """An encoder in whose place the merged one has come.

    `names` are its weights that all have, `left_out` those that only some have; `products` are the scalar products of
    the task vectors, [models, models], where there is a base.
    """

    model: PreTrainedModel
    names: tuple[str, ...]
    left_out: tuple[str, ...]
    products: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))


@torch.inference_mode()
def merge(how: Merged, folders: Sequence[Path], base: Path | None) -> MergedEncoder:
    """Merge the encoders of `folders`; sums are float32, scalar products float64.

    Raises:
        UserError: they are not alike; folder and weights are named.
    """
    origin = base or folders[0]
    loaded = load_encoder(origin)
    state = loaded.model.state_dict()
    names = _one_name_each(state)
    stored = [StoredWeights(folder, loaded.model.base_model_prefix, names) for folder in folders]
    known = {names[name] for name in state if name not in loaded.new}
    shared = _common(known, stored, origin)
    _check_shapes(state, shared, stored, origin)
    left_out = known.union(*(weights.names for weights in stored)).difference(shared)
    result = MergedEncoder(loaded.model, shared, tuple(sorted(left_out)))
    if base:
        result.products = np.zeros((len(stored), len(stored)))
        _add_vectors(how, result, state, stored)
    else:
        rule = _by_layers(how, loaded.model, origin) if how.method == "layers" else _mean
        for name in shared:
            state[name].copy_(rule(name, [weights.read(name) for weights in stored]))
    return result


def _mean(name: str, values: list[torch.Tensor]) -> torch.Tensor:
    return torch.stack(values).sum(dim=0) / len(values)


def _by_layers(how: Merged, encoder: PreTrainedModel, origin: Path) -> Rule:
    """Lower layers of the first, and its embeddings if they are asked for; all else of the second."""
    layers, num = layers_of(encoder), how.num_layers or 0
    if num > len(layers):
        raise UserError(f"num_layers = {num}, but it has {len(layers)} layers", where=str(origin))
    parts = [*layers[:num], *([embeddings_of(encoder)] if how.embeddings else [])]
    lower = {id(value) for part in parts for value in part.parameters()}
    first = {name for name, value in encoder.named_parameters(remove_duplicate=False) if id(value) in lower}
    return lambda name, values: values[0 if name in first else 1]


def _add_vectors(
    how: Merged, result: MergedEncoder, state: dict[str, torch.Tensor], stored: Sequence[StoredWeights]
) -> None:
    """Task vectors, as they are or trimmed and of one sign, are added to the base that `state` holds."""
    limits = [_limit(how, result.names, state, weights) for weights in stored] if how.method == "ties" else []
    for name in result.names:
        vectors = [weights.read(name) - state[name] for weights in stored]
        result.products += _products(vectors)
        if limits:
            trimmed = [trim(vector, limit) for vector, limit in zip(vectors, limits, strict=True)]
            change = merge_signs(torch.stack(trimmed))
        else:
            change = torch.stack(vectors).sum(dim=0)
        state[name].add_(change, alpha=how.scale)


def _limit(how: Merged, names: Sequence[str], state: dict[str, torch.Tensor], weights: StoredWeights) -> float:
    """The magnitude from which on a task vector is kept."""
    num = sum(state[name].numel() for name in names)
    return nth_largest(
        lambda: (weights.read(name) - state[name] for name in names),
        max(1, round(how.density * num)),
    )


def _products(vectors: list[torch.Tensor]) -> np.ndarray:
    flat = [vector.double().flatten() for vector in vectors]
    return np.array([[float(one @ other) for other in flat] for one in flat])


def _one_name_each(state: dict[str, torch.Tensor]) -> dict[str, str]:
    """Every name of a weight, with the first of those that share its memory."""
    first: dict[tuple[int, torch.Size], str] = {}
    return {name: first.setdefault((value.data_ptr(), value.shape), name) for name, value in state.items()}


def _common(known: set[str], stored: Sequence[StoredWeights], origin: Path) -> tuple[str, ...]:
    """Names of what all have; only a pooler may be absent from some, for not every head has one."""
    for weights in stored:
        lost = sorted(name for name in known - weights.names if name.partition(".")[0] != POOLER)
        more = [name for name in weights.beyond if name.partition(".")[0] != POOLER]
        if lost or more:
            said = (
                f"lacks {len(lost)} weights of it ({first_names(lost)})"
                if lost
                else f"has others ({first_names(more)})"
            )
            raise UserError(f"is not like {origin}: it {said}", where=str(weights.folder), remedy=_ALIKE)
    return tuple(sorted(name for name in known if all(name in weights.names for weights in stored)))


_ALIKE = "merge checkpoints that were trained from one encoder"


def _check_shapes(
    state: dict[str, torch.Tensor], names: Sequence[str], stored: Sequence[StoredWeights], origin: Path
) -> None:
    for weights in stored:
        for name in names:
            held, wanted = weights.shape(name), tuple(state[name].shape)
            if held != wanted:
                raise UserError(
                    f"is not like {origin}: {name} is {list(held)}, not {list(wanted)}",
                    where=str(weights.folder),
                    remedy=_ALIKE,
                )
