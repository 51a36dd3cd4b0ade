"""mmBERT: two sizes of ModernBERT on 1,833 languages."""

from __future__ import annotations

from stepstone.core.ladder import Ladder

README = "README of JHU-CLSP/mmBERT"

ladder = Ladder(
    name="mmbert",
    title="mmBERT",
    models=("mmbert-small", "mmbert-base"),
    tokenizer="that of Gemma 2, 256,000 pieces",
    languages="FineWeb2, DCLM and others: 60, then 110, then 1,833 languages",
    tokens="3 T",
    objective="masked language modelling of 30 %, then 15 %, then 5 % of the pieces",
    differs="both have 22 layers and 1,152 units inside: only the width differs",
    citation="Marone, Weller, Fleshman, Yang, Lawrie and Van Durme 2025",
    url="https://github.com/JHU-CLSP/mmBERT",
    evidence=dict.fromkeys(("tokenizer", "languages", "tokens", "objective", "differs"), README),
)
