"""XLM-R XXL: 100 languages, 48 layers of 4096."""

from __future__ import annotations

from stepstone.catalogue.cc100 import CC_100, READ
from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="xlm-roberta-xxl",
    repository="facebook/xlm-roberta-xxl",
    revision="03e0fb540c3c9afd4bdda0072e7cb82d2eafd060",
    architecture=Architecture(
        model_type="xlm-roberta-xl",
        vocab_size=250_880,
        hidden_size=4_096,
        num_hidden_layers=48,
        intermediate_size=16_384,
        max_position_embeddings=514,
        type_vocab_size=1,
    ),
    pretraining_text=CC_100,
    evidence={
        "revision": "pinned by public projects for its tokenizer; that it holds safetensors was not read",
        "architecture": "its config.json as quoted in a public project",
        "pretraining_text": READ,
    },
)
