"""The parts of an encoder, whatever its architecture calls them: embeddings, layers, the linear layers within."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn
from transformers import PreTrainedModel

from stepstone.learning.fit import body_of


def encoder_of(model: PreTrainedModel) -> PreTrainedModel:
    """The encoder under a head."""
    found: PreTrainedModel = getattr(model, model.base_model_prefix)
    return found


def layers_of(encoder: PreTrainedModel) -> Sequence[nn.Module]:
    """The stack of an encoder's layers, the lowest first; empty where they are no stack of its own, as in ALBERT."""
    body = body_of(encoder)
    num = getattr(body.config, "num_hidden_layers", None)
    stacks = (part for part in body.modules() if isinstance(part, nn.ModuleList) and len(part) == num)
    return list(next(stacks, ()))


def stack_of(model: nn.Module) -> Sequence[nn.Module]:
    """The layers of the encoder that a model has, under whatever heads; empty where they are no stack of its own."""
    found = next((part for part in model.modules() if isinstance(part, PreTrainedModel)), None)
    return () if found is None else layers_of(found.base_model)


def linear_layers(layers: Sequence[nn.Module]) -> tuple[str, ...]:
    """Names of the linear layers within each layer of a stack."""
    return tuple(name for name, part in layers[0].named_modules() if isinstance(part, nn.Linear)) if layers else ()


def embeddings_of(encoder: PreTrainedModel) -> nn.Module:
    """What turns pieces into vectors: with positions, types and a norm where they are one module with the words."""
    body = body_of(encoder)
    found = getattr(body, "embeddings", None)
    return found if isinstance(found, nn.Module) else body.get_input_embeddings()
