"""The parts of an encoder, whatever its architecture calls them: embeddings, layers, the linear layers within."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn
from transformers import PreTrainedModel

# A layer above the encoder's own that not every encoder has, and not every head reads.
POOLER = "pooler"


def encoder_of(model: PreTrainedModel) -> PreTrainedModel:
    """The encoder under a head."""
    found: PreTrainedModel = getattr(model, model.base_model_prefix)
    return found


def body_of(model: PreTrainedModel) -> PreTrainedModel:
    """What gives a hidden state to every piece of a text: of an encoder with a decoder, the encoder."""
    return model.get_encoder() if model.config.is_encoder_decoder else model


def num_positions(model: PreTrainedModel) -> int | None:
    """Word pieces that the encoder can place, or None where positions are relative.

    Whoever numbers positions from the padding index on, as RoBERTa and its kin do, has that index in the table of
    positions, of which padding + 1 rows are lost.
    """
    config = model.config
    if getattr(config, "position_biased_input", True) is False:
        return None
    declared = getattr(config, "max_position_embeddings", None)
    if declared is not None and declared < 0:
        # XLNet's word for no limit.
        return None
    table = embedding(model, "position_embeddings")
    if declared is None or table is None:
        return declared
    lost = 0 if table.padding_idx is None else table.padding_idx + 1
    return min(int(declared), table.num_embeddings - lost)


def embedding(model: PreTrainedModel, name: str) -> nn.Embedding | None:
    """The table of this name, wherever the architecture has it."""
    tables = (module for path, module in model.named_modules() if path.rpartition(".")[2] == name)
    return next((table for table in tables if isinstance(table, nn.Embedding)), None)


def layers_of(encoder: PreTrainedModel) -> Sequence[nn.Module]:
    """The layers of an encoder, the lowest first; empty where they are no stack of its own, as in ALBERT and XLM."""
    return list(layer_stack(body_of(encoder)) or ())


def layer_stack(body: PreTrainedModel) -> nn.ModuleList | None:
    """The list in which a model holds its layers; None where they are no stack of its own.

    XLM has its attentions in a list, its norms in another one: a layer is no module there.
    """
    num = getattr(body.config, "num_hidden_layers", None)
    lists = {name: part for name, part in body.named_modules() if isinstance(part, nn.ModuleList) and len(part) == num}
    name = next(iter(lists), None)
    if name is None or not num or isinstance(lists[name][0], nn.ModuleList):
        return None
    beside = [other for other in lists if other.rpartition(".")[0] == name.rpartition(".")[0]]
    return lists[name] if len(beside) == 1 else None


def stack_of(model: nn.Module) -> Sequence[nn.Module]:
    """The layers of the encoder that a model has, under whatever heads; empty where they are no stack of its own."""
    found = next((part for part in model.modules() if isinstance(part, PreTrainedModel)), None)
    return () if found is None else layers_of(found.base_model)


class _Reached(Exception):
    """A pass has come to the layer whose input is asked for."""


def states_at(model: nn.Module, inputs: Mapping[str, torch.Tensor], layer: int) -> torch.Tensor:
    """`hidden_states[layer]` of a pass (0: the embeddings), [batch, pieces, hidden]: no layer above is computed.

    Where layers are no stack, or take their input in another form, the whole pass is made.
    """
    found: list[torch.Tensor] = []

    def stop(module: nn.Module, args: tuple[torch.Tensor, ...], given: Mapping[str, torch.Tensor]) -> None:
        states = args[0] if args else given.get("hidden_states")
        if isinstance(states, torch.Tensor) and states.shape[:2] == inputs["input_ids"].shape and states.ndim == 3:
            found.append(states)
            raise _Reached

    stack = layers_of(model) if isinstance(model, PreTrainedModel) else ()
    hooks = [stack[layer].register_forward_pre_hook(stop, with_kwargs=True)] if layer < len(stack) else []
    try:
        found.append(model(**inputs, output_hidden_states=True).hidden_states[layer])
    except _Reached:
        pass
    finally:
        for hook in hooks:
            hook.remove()
    return found[0]


def linear_layers(layers: Sequence[nn.Module]) -> tuple[str, ...]:
    """Names of the linear layers within each layer of a stack."""
    return tuple(name for name, part in layers[0].named_modules() if isinstance(part, nn.Linear)) if layers else ()


def embeddings_of(encoder: PreTrainedModel) -> nn.Module:
    """What turns pieces into vectors: with positions, types and a norm where they are one module with the words."""
    body = body_of(encoder)
    found = getattr(body, "embeddings", None)
    return found if isinstance(found, nn.Module) else body.get_input_embeddings()
