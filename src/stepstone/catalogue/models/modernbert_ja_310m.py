"""ModernBERT-Ja 310m: Japanese and English, 25 layers of 768."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="modernbert-ja-310m",
    repository="sbintuitions/modernbert-ja-310m",
    revision="77675fc96a7e445e982e2ba90246b816efc74ec6",
    architecture=Architecture(
        model_type="modernbert",
        vocab_size=102_400,
        hidden_size=768,
        num_hidden_layers=25,
        intermediate_size=3_072,
        max_position_embeddings=8_192,
    ),
    evidence={
        "revision": "pinned by public projects, which read its model.safetensors",
        "architecture": "that of a model made of it; its count is the size that public projects print",
    },
)
