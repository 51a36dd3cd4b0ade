"""Ettin 32m: English, 10 layers of 384."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="ettin-32m",
    repository="jhu-clsp/ettin-encoder-32m",
    revision="27b98f697261919d35f3f995fee5c690921e5404",
    architecture=Architecture(
        model_type="modernbert",
        vocab_size=50_368,
        hidden_size=384,
        num_hidden_layers=10,
        intermediate_size=576,
        max_position_embeddings=7_999,
    ),
    evidence={
        "revision": "refs/pr/4, pinned by a public project that compared it with the pickle of the main branch",
        "architecture": "README of JHU-CLSP/ettin-encoder-vs-decoder and MTEB; its count is that of MTEB",
    },
)
