"""ModernBERT-Ja: four sizes on Japanese and English, all by one recipe: made to ask what size changes."""

from __future__ import annotations

from stepstone.core.ladder import Ladder

CARD = "model cards of the 30m and the 130m on the hub"

ladder = Ladder(
    name="modernbert-ja",
    title="ModernBERT-Ja",
    models=("modernbert-ja-30m", "modernbert-ja-70m", "modernbert-ja-130m", "modernbert-ja-310m"),
    tokenizer="one of 102,400 pieces",
    languages="Japanese and English",
    tokens="4.39 T",
    objective="masked language modelling",
    citation="SB Intuitions 2025",
    url="https://huggingface.co/collections/sbintuitions/modernbert-ja",
    evidence=dict.fromkeys(("tokenizer", "languages", "tokens", "objective"), CARD),
)
