"""EuroBERT 2.1B: 15 languages, 32 layers of 2304."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="eurobert-2.1b",
    repository="EuroBERT/EuroBERT-2.1B",
    revision="81245a4d71f43452badf5e04458e4ddb831ff109",
    architecture=Architecture(
        model_type="eurobert",
        vocab_size=128_256,
        hidden_size=2_304,
        num_hidden_layers=32,
        intermediate_size=6_144,
        max_position_embeddings=8_192,
        num_attention_heads=18,
        num_key_value_heads=6,
    ),
    evidence={
        "revision": "pinned by public projects; the hub lists its safetensors",
        "architecture": "its config.json on the hub",
    },
)
