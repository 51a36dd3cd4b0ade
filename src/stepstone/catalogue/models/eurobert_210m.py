"""EuroBERT 210m: 15 languages, 12 layers of 768."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="eurobert-210m",
    repository="EuroBERT/EuroBERT-210m",
    revision="39b51e15dd1f1a06f58b5cbf6a8a188cec60bd0e",
    architecture=Architecture(
        model_type="eurobert",
        vocab_size=128_256,
        hidden_size=768,
        num_hidden_layers=12,
        intermediate_size=3_072,
        max_position_embeddings=8_192,
        num_attention_heads=12,
        num_key_value_heads=12,
    ),
    evidence={
        "revision": "pinned by public projects; the hub lists its safetensors",
        "architecture": "its config.json on the hub",
    },
)
