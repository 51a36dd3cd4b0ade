"""Multilingual E5 Small: a MiniLM trained further on pairs of texts, 12 layers of 384."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="multilingual-e5-small",
    repository="intfloat/multilingual-e5-small",
    revision="fd1525a9fd15316a2d503bf26ab031a61d056e98",
    architecture=Architecture(
        model_type="bert",
        vocab_size=250_037,
        hidden_size=384,
        num_hidden_layers=12,
        intermediate_size=1_536,
        max_position_embeddings=512,
        type_vocab_size=2,
    ),
    evidence={
        "revision": "pinned by public projects",
        "architecture": "its config.json as shown in public projects; its count is the size that public projects print",
    },
)
