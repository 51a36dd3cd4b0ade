"""Ettin 68m: English, 19 layers of 512."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="ettin-68m",
    repository="jhu-clsp/ettin-encoder-68m",
    revision="d446589aef55657267b913c9bcce6c98b69061c7",
    architecture=Architecture(
        model_type="modernbert",
        vocab_size=50_368,
        hidden_size=512,
        num_hidden_layers=19,
        intermediate_size=768,
        max_position_embeddings=7_999,
    ),
    evidence={
        "revision": "refs/pr/4, pinned by a public project that compared it with the pickle of the main branch",
        "architecture": "README of JHU-CLSP/ettin-encoder-vs-decoder and MTEB; its count is that of MTEB",
    },
)
