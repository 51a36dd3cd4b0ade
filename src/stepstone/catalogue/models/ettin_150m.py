"""Ettin 150m: English, 22 layers of 768."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="ettin-150m",
    repository="jhu-clsp/ettin-encoder-150m",
    revision=None,
    architecture=Architecture(
        model_type="modernbert",
        vocab_size=50_368,
        hidden_size=768,
        num_hidden_layers=22,
        intermediate_size=1_152,
        max_position_embeddings=7_999,
    ),
    evidence={
        "revision": "no commit with safetensors was read; main, pinned publicly at 45d08642, was not looked into",
        "architecture": "README of JHU-CLSP/ettin-encoder-vs-decoder and MTEB; its count is that of MTEB",
    },
)
