"""Ettin 400m: English, 28 layers of 1024."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="ettin-400m",
    repository="jhu-clsp/ettin-encoder-400m",
    revision=None,
    architecture=Architecture(
        model_type="modernbert",
        vocab_size=50_368,
        hidden_size=1_024,
        num_hidden_layers=28,
        intermediate_size=2_624,
        max_position_embeddings=7_999,
    ),
    evidence={
        "revision": "no commit with safetensors was read; public projects pin main at 7662476d and convert it",
        "architecture": "README of JHU-CLSP/ettin-encoder-vs-decoder and MTEB; its count is that of MTEB",
    },
)
