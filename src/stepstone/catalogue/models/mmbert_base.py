"""mmBERT Base: 1,833 languages, 22 layers of 768."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="mmbert-base",
    repository="jhu-clsp/mmBERT-base",
    revision="ca5b84ba39fb0531402e727a3d9a50626d9f522c",
    architecture=Architecture(
        model_type="modernbert",
        vocab_size=256_000,
        hidden_size=768,
        num_hidden_layers=22,
        intermediate_size=1_152,
        max_position_embeddings=8_192,
    ),
    evidence={
        "revision": "pinned by a public project: the hub's safetensors of main at c5955035, which has a pickle",
        "architecture": "README of JHU-CLSP/mmBERT; its count is the size stated there",
    },
)
