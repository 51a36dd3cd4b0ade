"""ModernBERT-Ja 130m: Japanese and English, 19 layers of 512."""

from __future__ import annotations

from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(
    name="modernbert-ja-130m",
    repository="sbintuitions/modernbert-ja-130m",
    revision="9f4a175ba3ab2034311a5bc034bdea5fe1b08ed6",
    architecture=Architecture(
        model_type="modernbert",
        vocab_size=102_400,
        hidden_size=512,
        num_hidden_layers=19,
        intermediate_size=2_048,
        max_position_embeddings=8_192,
    ),
    evidence={
        "revision": "the hub's page of a file at that commit, which marks the repository as safetensors",
        "architecture": "the table of its series on the hub; its count is the size stated there",
    },
)
