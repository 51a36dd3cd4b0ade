"""XLM-R Large: 100 languages, 24 layers of 1024; the model of the 2020 study."""

from __future__ import annotations

from stepstone.catalogue.cc100 import CC_100, READ
from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="xlm-roberta-large",
    repository="FacebookAI/xlm-roberta-large",
    revision="c23d21b0620b635a76227c604d44e43a9f0ee389",
    architecture=Architecture(
        model_type="xlm-roberta",
        vocab_size=250_002,
        hidden_size=1_024,
        num_hidden_layers=24,
        intermediate_size=4_096,
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
