"""EuroBERT: three sizes in Llama's form on 15 languages, Japanese among them; without heads that answer or choose."""

from __future__ import annotations

from stepstone.core.facts import REMEMBERED
from stepstone.core.ladder import Ladder

ladder = Ladder(
    name="eurobert",
    title="EuroBERT",
    models=("eurobert-210m", "eurobert-610m", "eurobert-2.1b"),
    tokenizer="one of 128,256 pieces",
    languages="15 European and widely spoken languages, mathematics and code",
    tokens="5 T",
    objective="masked language modelling",
    differs="the two large ones share keys and values between heads",
    citation="Boizard et al. 2025 (arXiv 2503.05500)",
    url="https://huggingface.co/blog/EuroBERT/release",
    evidence={
        "tokenizer": "config.json of all three",
        "languages": "its authors' announcement",
        "tokens": "its authors' announcement",
        "objective": f"{REMEMBERED}; the class in config.json is EuroBertForMaskedLM",
        "differs": "config.json of all three",
    },
)
