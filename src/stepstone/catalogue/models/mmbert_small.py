"""mmBERT Small: 1,833 languages, 22 layers of 384."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="mmbert-small",
    repository="jhu-clsp/mmBERT-small",
    revision="461475a70b192efcbb760df5541d3825b07c4d5b",
    architecture=Architecture(
        model_type="modernbert",
        vocab_size=256_000,
        hidden_size=384,
        num_hidden_layers=22,
        intermediate_size=1_152,
        max_position_embeddings=8_192,
    ),
    evidence={
        "revision": "refs/pr/12, pinned by public projects: model.safetensors where the main branch has a pickle",
        "architecture": "README of JHU-CLSP/mmBERT; its count is the size stated there",
    },
)
