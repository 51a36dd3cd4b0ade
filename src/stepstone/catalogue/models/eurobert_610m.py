"""EuroBERT 610m: 15 languages, 26 layers of 1152."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="eurobert-610m",
    repository="EuroBERT/EuroBERT-610m",
    revision="d9af784ed20db6c2096e335ec6a67dd4a219924c",
    architecture=Architecture(
        model_type="eurobert",
        vocab_size=128_256,
        hidden_size=1_152,
        num_hidden_layers=26,
        intermediate_size=4_096,
        max_position_embeddings=8_192,
        num_attention_heads=18,
        num_key_value_heads=6,
    ),
    evidence={
        "revision": "pinned by public projects; the hub lists its safetensors",
        "architecture": "its config.json as quoted in a public project",
    },
)
