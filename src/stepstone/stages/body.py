"""A checkpoint's encoder without its head, where models compute, with its tokenizer."""

from __future__ import annotations

from pathlib import Path

from transformers import PreTrainedModel, PreTrainedTokenizerFast

from stepstone.learning.device import pick_device
from stepstone.learning.encoder import load_encoder
from stepstone.learning.layers import body_of
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.stages.context import StageContext


def open_body(checkpoint: Path, context: StageContext) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """What sentence vectors are read off."""
    model = body_of(load_encoder(checkpoint).model).to(pick_device(context.runtime.device))
    return model, load_tokenizer(checkpoint)
