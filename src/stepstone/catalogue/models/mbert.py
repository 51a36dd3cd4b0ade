"""mBERT: 104 languages, 12 layers of 768, word pieces of its own."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="mbert",
    repository="google-bert/bert-base-multilingual-cased",
    revision="3f076fdb1ab68d5b2880cb87a0886f315b8146f8",
    architecture=Architecture(
        model_type="bert",
        vocab_size=119_547,
        hidden_size=768,
        num_hidden_layers=12,
        intermediate_size=3_072,
        max_position_embeddings=512,
        type_vocab_size=2,
    ),
    evidence={
        "revision": "pinned by one public project",
        "architecture": "its config.json as shown in public projects; its count is the size that public projects print",
    },
)
