"""The lab's encoder of 0.9 million parameters: three layers of width 128."""

from __future__ import annotations

from stepstone.core.model import ScratchModel
from stepstone.core.recipe import PretrainRecipe

model = ScratchModel(
    name="lab-small",
    text="text",
    languages=("en", "de", "fr", "ru", "ja", "ko", "zh", "tr"),
    num_documents=3000,
    vocab_size=3000,
    hidden_size=128,
    num_layers=3,
    num_heads=4,
    max_positions=128,
    dropout=0.0,
    pretraining=PretrainRecipe(
        learning_rate=2e-3,
        batch_size=64,
        num_steps=450,
        max_length=96,
        mlm_probability=0.2,
        translation_share=0.5,
    ),
    recipe={"learning_rate": 5e-4, "batch_size": 32, "max_length": 96, "num_epochs": 2, "eval_every": 100000},
)
