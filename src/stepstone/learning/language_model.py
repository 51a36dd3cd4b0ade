"""An encoder under its language-model head, which fine-tuning dropped and the pretrained checkpoint still has."""

from __future__ import annotations

from pathlib import Path

from transformers import AutoModelForMaskedLM, PreTrainedModel

from stepstone.core.errors import UserError
from stepstone.learning.encoder import Loaded, first_names, load_encoder, open_model


def load_language_model(encoder: Path, checkpoint: Path) -> PreTrainedModel:
    """The encoder of `checkpoint` under the head of `encoder`, the pretrained one that it goes back to.

    Where the head's output is tied to the embeddings, it is to the checkpoint's; all else of it is as pretrained.

    Raises:
        UserError: `encoder` has no such head, or the two are not of one shape.
    """
    loaded = _open(encoder)
    if loaded.new:
        raise UserError(
            "holds no language-model head, under which masked pieces are predicted "
            f"(missing: {first_names(loaded.new)})",
            where=str(encoder),
            remedy="leave mlm out of [probes], or take an encoder that was saved with its head",
        )
    if checkpoint != encoder:
        _replace_encoder(loaded.model, checkpoint)
    return loaded.model


def has_language_model(folder: Path) -> bool:
    """Whether the files of an encoder hold a whole language-model head; no weight is read for it."""
    try:
        loaded = _open(folder, device_map="meta")
    except UserError:
        return False
    return not loaded.new and not loaded.model.config.is_encoder_decoder


def _open(folder: Path, **settings: str) -> Loaded:
    loaded = open_model(AutoModelForMaskedLM, folder, **settings)
    if loaded.new and getattr(loaded.model.config, "legacy", False):
        # DeBERTa has two forms of it, and a config need not say which of them its weights are in.
        return open_model(AutoModelForMaskedLM, folder, legacy=False, **settings)
    return loaded


def _replace_encoder(model: PreTrainedModel, checkpoint: Path) -> None:
    """Copy the weights of a checkpoint's encoder into `model`; tied ones stay tied."""
    weights = load_encoder(checkpoint).model.state_dict()
    base = getattr(model, model.base_model_prefix)
    wanted = base.state_dict()
    misfits = sorted(name for name in wanted if name not in weights or weights[name].shape != wanted[name].shape)
    if misfits:
        raise UserError(
            "has not the shape of the encoder whose language-model head it is to be read under "
            f"({first_names(misfits)})",
            where=str(checkpoint),
            remedy="leave mlm out of [probes]",
        )
    base.load_state_dict({name: weights[name] for name in wanted})
