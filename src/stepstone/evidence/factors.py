"""What sets encoders and conditions apart, as columns: the same in every table of the evidence."""

from __future__ import annotations

from typing import Any

# A row of one of the evidence's tables: values by column.
TableRow = dict[str, Any]
MODEL: dict[str, str] = {
    "model": "the encoder; of one size under several pretraining seeds, each by a name of its own",
    "size": "the model's name in the study, which encoders of several pretraining seeds share",
    "ladder": "the ladder that it is on, of models that were pretrained alike; empty where it is on none",
    "pretraining_seed": "of an encoder that is pretrained here; empty of others, whose seed nobody knows",
    "num_parameters": "its parameters, as declared; empty where unknown",
    "num_layer_parameters": "those of them that are no embeddings; empty where unknown",
}
FACTORS: dict[str, str] = {
    "intermediate": "intermediate task; empty for the baseline",
    "intermediate_base": "the same without its number of examples, where several are tried; empty for the baseline",
    "num_intermediate_examples": "examples that each of its hops is to train on; empty where the study says none",
    "arm": "its arm, often a language; control: more of the target's own task instead",
    "intermediate_language": "what it was trained in: ja, en+ja (together), en, ja (in turn), en>ja (translated)",
    "method": "single (one task in one language), mixture, chain, merge, control",
    "setting": "how targets and intermediate tasks are trained, where the study tries several ways; else empty",
}
# What a training is of: an encoder and a condition.
CONDITION: dict[str, str] = {
    **MODEL,
    "condition": "none (no intermediate task), or intermediate.arm",
    **FACTORS,
}
