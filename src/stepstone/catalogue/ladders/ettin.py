"""Ettin's encoders: six sizes on English, the same text in the same order."""

from __future__ import annotations

from stepstone.core.ladder import Ladder

README = "README of JHU-CLSP/ettin-encoder-vs-decoder"

ladder = Ladder(
    name="ettin",
    title="Ettin, encoders",
    models=("ettin-17m", "ettin-32m", "ettin-68m", "ettin-150m", "ettin-400m", "ettin-1b"),
    tokenizer="that of ModernBERT, 50,368 pieces",
    languages="English",
    tokens="1.7 T, then 250 B, then 100 B",
    objective="masked language modelling",
    citation="Weller, Ricci, Marone, Chaffin, Lawrie and Van Durme 2025 (Seq vs Seq)",
    url="https://github.com/JHU-CLSP/ettin-encoder-vs-decoder",
    evidence=dict.fromkeys(("tokenizer", "languages", "tokens", "objective"), README),
)
