"""ModernBERT-Ja 30m: Japanese and English, 10 layers of 256."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="modernbert-ja-30m",
    repository="sbintuitions/modernbert-ja-30m",
    revision="56f7427bc27a8ec0ae850a8c5f5632d7c22771bb",
    architecture=Architecture(
        model_type="modernbert",
        vocab_size=102_400,
        hidden_size=256,
        num_hidden_layers=10,
        intermediate_size=1_024,
        max_position_embeddings=8_192,
    ),
    evidence={
        "revision": "the hub's page of that commit, which lists model.safetensors",
        "architecture": "its config.json on the hub",
    },
)
