"""mDeBERTa V3 Base: 100 languages, disentangled attention, 12 layers of 768."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="mdeberta-v3-base",
    repository="microsoft/mdeberta-v3-base",
    revision="faf660b811036d7b6dfc53aacfe5281447d4e2c6",
    architecture=Architecture(
        model_type="deberta-v2",
        vocab_size=251_000,
        hidden_size=768,
        num_hidden_layers=12,
        intermediate_size=3_072,
        max_position_embeddings=512,
        type_vocab_size=0,
        position_buckets=256,
    ),
    evidence={
        "revision": "refs/pr/5, which has model.safetensors where the main branch has a pickle",
        "architecture": "KerasHub's preset of it; its count is the size that KerasHub states",
    },
)
