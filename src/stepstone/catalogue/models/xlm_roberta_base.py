"""XLM-R Base: 100 languages, 12 layers of 768."""

from __future__ import annotations

from stepstone.catalogue.cc100 import CC_100, READ
from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="xlm-roberta-base",
    repository="FacebookAI/xlm-roberta-base",
    revision="e73636d4f797dec63c3081bb6ed5c7b0bb3f2089",
    architecture=Architecture(
        model_type="xlm-roberta",
        vocab_size=250_002,
        hidden_size=768,
        num_hidden_layers=12,
        intermediate_size=3_072,
        max_position_embeddings=514,
        type_vocab_size=1,
    ),
    pretraining_text=CC_100,
    evidence={
        "revision": "pinned by public projects",
        "architecture": "its config.json as shown in public projects; its count is the size that public projects print",
        "pretraining_text": READ,
    },
)
