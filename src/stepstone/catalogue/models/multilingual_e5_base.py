"""Multilingual E5 Base: XLM-R Base trained further on pairs of texts."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="multilingual-e5-base",
    repository="intfloat/multilingual-e5-base",
    revision="d13f1b27baf31030b7fd040960d60d909913633f",
    architecture=Architecture(
        model_type="xlm-roberta",
        vocab_size=250_002,
        hidden_size=768,
        num_hidden_layers=12,
        intermediate_size=3_072,
        max_position_embeddings=514,
        type_vocab_size=1,
    ),
    evidence={
        "revision": "pinned by public projects",
        "architecture": "XLM-R Base's, from which it was trained; its size is read in public projects",
    },
)
