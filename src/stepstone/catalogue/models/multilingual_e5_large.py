"""Multilingual E5 Large: XLM-R Large trained further on pairs of texts."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="multilingual-e5-large",
    repository="intfloat/multilingual-e5-large",
    revision="ab10c1a7f42e74530fe7ae5be82e6d4f11a719eb",
    architecture=Architecture(
        model_type="xlm-roberta",
        vocab_size=250_002,
        hidden_size=1_024,
        num_hidden_layers=24,
        intermediate_size=4_096,
        max_position_embeddings=514,
        type_vocab_size=1,
    ),
    evidence={
        "revision": "pinned by public projects",
        "architecture": "XLM-R Large's, from which it was trained; its size is read in public projects",
    },
)
