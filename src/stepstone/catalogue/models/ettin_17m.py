"""Ettin 17m: English, 7 layers of 256."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="ettin-17m",
    repository="jhu-clsp/ettin-encoder-17m",
    revision="59c53d9a19ee484b200676d55e4ae240528b2bb9",
    architecture=Architecture(
        model_type="modernbert",
        vocab_size=50_368,
        hidden_size=256,
        num_hidden_layers=7,
        intermediate_size=384,
        max_position_embeddings=7_999,
    ),
    evidence={
        "revision": "refs/pr/5, pinned by a public project that compared it with the pickle of the main branch",
        "architecture": "README of JHU-CLSP/ettin-encoder-vs-decoder and MTEB; its count is that of MTEB",
    },
)
