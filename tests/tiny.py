"""A tiny real encoder (random weights, real tokenizer) as an ordinary Hugging Face folder, for tests."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import torch
from transformers import XLMRobertaForMaskedLM

from stepstone.core.model import ScratchModel
from stepstone.learning.encoder import configure
from stepstone.learning.tokenizer import train_tokenizer

MODEL = ScratchModel(
    name="tiny",
    text="text",
    languages=("en",),
    vocab_size=220,
    hidden_size=32,
    num_layers=2,
    num_heads=2,
    max_positions=64,
)


def sentences() -> list[str]:
    """A few hundred invented sentences over a small vocabulary."""
    who = ("the miller", "a heron", "the old ferry", "nobody", "my aunt")
    did = ("mends", "counted", "does not carry", "followed", "paints")
    what = ("three baskets", "the red sail", "a letter from Oslo", "seven geese", "the cold soup")
    return [f"{a} {b} {c}." for a, b, c in product(who, did, what)]


def write_tiny(folder: Path) -> Path:
    """The encoder of `MODEL` with weights drawn from seed 0."""
    tokenizer = train_tokenizer(sentences(), MODEL.vocab_size, MODEL.max_positions)
    torch.manual_seed(0)
    XLMRobertaForMaskedLM(configure(MODEL, tokenizer)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
