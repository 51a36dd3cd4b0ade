"""The lab's medium encoder: 4 layers of width 192, pretrained on ten toy languages."""

from __future__ import annotations

from stepstone.core.model import ScratchModel
from stepstone.core.recipe import PretrainRecipe

model = ScratchModel(
    name="lab-medium",
    text="text",
    languages=("en", "de", "fr", "ru", "ja", "ko", "zh", "ar", "hi", "tr"),
    num_documents=3000,
    vocab_size=3000,
    hidden_size=192,
    num_layers=4,
    num_heads=6,
    max_positions=128,
    dropout=0.0,
    initializer_range=0.05,
    pretraining=PretrainRecipe(
        learning_rate=1.5e-3, batch_size=16, num_steps=5000, max_length=96, mlm_probability=0.25
    ),
    recipe={
        "learning_rate": 5e-4,
        "max_length": 96,
        "max_query_length": 32,
        "doc_stride": 48,
        "num_epochs": 2,
        "eval_every": 100000,
    },
)
