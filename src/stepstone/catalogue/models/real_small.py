"""A small encoder for two cores, pretrained on real English and Japanese text and some of three more languages."""

from __future__ import annotations

from stepstone.core.model import ScratchModel
from stepstone.core.recipe import PretrainRecipe

model = ScratchModel(
    name="real-small",
    text="text",
    # Without the Wikipedia contexts and the Bible: the former are passages that XQuAD and MLQA ask about.
    corpora=("tanaka_enja", "ntrex", "wiki_panx", "ud_text"),
    languages=("en", "ja", "de", "es", "fr"),
    vocab_size=8000,
    hidden_size=128,
    num_layers=3,
    num_heads=4,
    max_positions=256,
    dropout=0.0,
    initializer_range=0.06,
    pretraining=PretrainRecipe(
        learning_rate=1.5e-3,
        batch_size=64,
        num_steps=2500,
        max_length=96,
        translation_share=0.7,
        language_temperature=0.5,
    ),
    recipe={"learning_rate": 3e-4, "max_length": 128},
)
