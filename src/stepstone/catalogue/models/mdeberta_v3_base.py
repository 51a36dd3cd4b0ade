"""mDeBERTa V3 Base: 100 languages, disentangled attention, 12 layers of 768."""

from __future__ import annotations

from stepstone.core.model import HubModel

model = HubModel(
    name="mdeberta-v3-base",
    repository="microsoft/mdeberta-v3-base",
    revision="faf660b811036d7b6dfc53aacfe5281447d4e2c6",
    num_parameters=278_000_000,
    evidence="revision: refs/pr/5, which has model.safetensors where the main branch has a pickle; size: as remembered",
)
