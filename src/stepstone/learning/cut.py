"""An encoder cut to its lowest layers: a truncation, which is no smaller encoder that was pretrained by itself."""

from __future__ import annotations

from pathlib import Path

from transformers import PreTrainedModel

from stepstone.core.errors import UserError
from stepstone.learning.layers import layer_stack
from stepstone.learning.weights import INDEX


def cut_layers(encoder: PreTrainedModel, num_layers: int, where: str) -> None:
    """Leave the lowest layers and all that stands beside them: embeddings, a last norm, a pooler.

    Raises:
        UserError: its layers are no stack of its own, or it has fewer of them; `where` is the key that asks for it.
    """
    config = encoder.config
    stack = None if config.is_encoder_decoder else layer_stack(encoder)
    if stack is None:
        message = f"the layers of {config.model_type} are no stack that could be cut"
        raise UserError(message, where=where, remedy="leave num_layers out")
    depth = len(stack)
    if num_layers > depth:
        message = f"num_layers = {num_layers}, but it has {depth} layers"
        raise UserError(message, where=where, remedy=f"name fewer than {depth}, or leave it out")
    del stack[num_layers:]
    for name, value in config.to_dict().items():
        # What a config says layer by layer, such as which of them attend to all positions.
        if isinstance(value, list) and len(value) == depth:
            setattr(config, name, value[:num_layers])
    config.num_hidden_layers = num_layers


def save_over(encoder: PreTrainedModel, folder: Path) -> None:
    """Write config and weights where those of the whole encoder lie; what is linked from elsewhere stays there."""
    for path in (*folder.glob("*.safetensors"), folder / INDEX, folder / "config.json"):
        path.unlink(missing_ok=True)
    encoder.save_pretrained(folder)
