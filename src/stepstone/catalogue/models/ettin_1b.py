"""Ettin 1b: English, 28 layers of 1792."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="ettin-1b",
    repository="jhu-clsp/ettin-encoder-1b",
    revision=None,
    architecture=Architecture(
        model_type="modernbert",
        vocab_size=50_368,
        hidden_size=1_792,
        num_hidden_layers=28,
        intermediate_size=3_840,
        max_position_embeddings=7_999,
    ),
    evidence={
        "revision": "no commit with safetensors was read; public projects pin main at befd76be and convert it",
        "architecture": "README of JHU-CLSP/ettin-encoder-vs-decoder and MTEB; its count is that of MTEB",
    },
)
