"""A model in training with its optimiser: what of it is kept, as far as this rank holds it, and put back."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from stepstone.core.recipe import Recipe
from stepstone.learning.optimiser import make_optimiser
from stepstone.learning.ranks import SingleProcess
from stepstone.learning.rows import follow_decay, num_spared

Tensors = dict[str, torch.Tensor]


class TrainedModel:
    """A model and its optimiser, put where the ranks train it.

    Attributes:
        num_trained: weights that are trained, on all ranks together.
        num_bytes: of those and their two moments.
    """

    def __init__(self, model: nn.Module, recipe: Recipe, ranks: SingleProcess) -> None:
        self._model, self._ranks = model, ranks
        self._names = _names_of_trained(model)
        ranks.place(model)
        self.optimiser = make_optimiser(model, recipe)
        follow_decay(model, self.optimiser)
        trained = [value for value in model.parameters() if value.requires_grad]
        self.num_trained = sum(value.numel() for value in trained) + num_spared(model)
        self.num_bytes = 3 * sum(value.numel() * value.element_size() for value in trained)

    def weights(self) -> Tensors:
        """What training may change: a frozen weight is built again as it was."""
        return {name: value.detach().cpu().clone() for name, value in self._held().items()}

    def fits(self, weights: Mapping[str, torch.Tensor]) -> bool:
        """Whether these are weights of this model."""
        held = self._held()
        return all(name in held and held[name].shape == value.shape for name, value in weights.items())

    @torch.no_grad()
    def put_weights(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Put weights back; those that are not among them stay."""
        held = self._held()
        for name, value in weights.items():
            held[name].copy_(value)

    def moments(self) -> Tensors:
        """The optimiser's moments as `<weight>/<moment>` tensors."""
        names: dict[torch.Tensor, str] = {value: name for name, value in self._model.named_parameters()}
        return {
            f"{names[value]}/{moment}": self._ranks.own(tensor)
            for value, state in self.optimiser.state.items()
            for moment, tensor in state.items()
        }

    def put_moments(self, packed: Mapping[str, torch.Tensor]) -> None:
        """Put moments back where they came from."""
        values = dict(self._model.named_parameters())
        for name, tensor in packed.items():
            weight, _, moment = name.rpartition("/")
            # AdamW keeps its step counter in float32 on the weight's device when fused.
            self.optimiser.state[values[weight]][moment] = self._ranks.moment(tensor, values[weight])

    def _held(self) -> Tensors:
        state = self._model.state_dict()
        return {name: self._ranks.own(state[name]) for name in self._names}


def _names_of_trained(model: nn.Module) -> list[str]:
    """Names in the state of what is not frozen; a tensor with several (tied embeddings) has its first alone."""
    frozen = {name for name, value in model.named_parameters(remove_duplicate=False) if not value.requires_grad}
    first: dict[tuple[int, torch.Size], str] = {}
    for name, value in model.state_dict().items():
        if name not in frozen:
            # safetensors refuses memory that is shared.
            first.setdefault((value.data_ptr(), value.shape), name)
    return list(first.values())
