"""The lab's encoders: six sizes pretrained here on the same text, for the same steps, by the same recipe."""

from __future__ import annotations

from stepstone.core.ladder import Ladder

DECLARED = "their own declarations"

ladder = Ladder(
    name="lab",
    title="The lab's encoders",
    models=("lab-nano", "lab-micro", "lab-mini", "lab-small", "lab-medium", "lab-large"),
    tokenizer="one of 3,000 pieces, made from the text",
    languages="generated text in ten toy languages",
    tokens="4,000 steps of 16 texts",
    objective="masked language modelling, of translations too",
    differs="new weights are drawn the narrower the wider the layers are (initializer_range)",
    evidence=dict.fromkeys(("tokenizer", "languages", "tokens", "objective", "differs"), DECLARED),
)
