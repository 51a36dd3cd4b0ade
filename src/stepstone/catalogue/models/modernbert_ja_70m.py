"""ModernBERT-Ja 70m: Japanese and English, 13 layers of 384."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="modernbert-ja-70m",
    repository="sbintuitions/modernbert-ja-70m",
    revision=None,
    architecture=Architecture(
        model_type="modernbert",
        vocab_size=102_400,
        hidden_size=384,
        num_hidden_layers=13,
        intermediate_size=1_536,
        max_position_embeddings=8_192,
    ),
    evidence={
        "revision": "no commit of it was read anywhere",
        "architecture": "the table of its series on the hub; its count is the size stated there",
    },
)
