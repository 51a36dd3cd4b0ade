"""XLM-R: four sizes on 100 languages; the two large ones were trained otherwise."""

from __future__ import annotations

from stepstone.core.facts import REMEMBERED
from stepstone.core.ladder import Ladder

ladder = Ladder(
    name="xlm-r",
    title="XLM-R",
    models=("xlm-roberta-base", "xlm-roberta-large", "xlm-roberta-xl", "xlm-roberta-xxl"),
    tokenizer="one SentencePiece model of 250,000 pieces",
    languages="CC100: 100 languages",
    tokens="about 6 T in base and large, 0.5 T in XL and XXL",
    objective="masked language modelling",
    differs="XL and XXL normalise before each part instead of after it and read fewer tokens, so a slope over all "
    "four is one of recipe, too",
    citation="Conneau et al. 2020 (ACL); Goyal et al. 2021 (RepL4NLP)",
    url="https://github.com/facebookresearch/fairseq/tree/main/examples/xlmr",
    evidence={
        "tokenizer": f"{REMEMBERED}; the tables have 250,002 and 250,880 rows",
        "languages": REMEMBERED,
        "tokens": REMEMBERED,
        "objective": REMEMBERED,
        "differs": f"{REMEMBERED}; the order of norms is that of transformers' two architectures",
    },
)
