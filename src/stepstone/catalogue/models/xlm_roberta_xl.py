"""XLM-R XL: 100 languages, 36 layers of 2560."""

from __future__ import annotations

from stepstone.catalogue.cc100 import CC_100, READ
from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="xlm-roberta-xl",
    repository="facebook/xlm-roberta-xl",
    revision="aa5d120255845efeebc9b7f42822a1dd0f9ece9d",
    architecture=Architecture(
        model_type="xlm-roberta-xl",
        vocab_size=250_880,
        hidden_size=2_560,
        num_hidden_layers=36,
        intermediate_size=10_240,
        max_position_embeddings=514,
        type_vocab_size=1,
    ),
    pretraining_text=CC_100,
    evidence={
        "revision": "pinned by public projects",
        "architecture": "its config.json as quoted in a public project, and the defaults of XLMRobertaXLConfig",
        "pretraining_text": READ,
    },
)
