"""A small lab study that is really pretrained, trained and evaluated, in half a minute; and what its store holds."""

from __future__ import annotations

import json
from pathlib import Path

# Seconds after which something will never happen: how long it takes says nothing, on a busy machine least of all.
LIMIT = 1800.0

STUDY = """
name = "killed"
models = ["own"]
languages = ["en", "de"]
[lab]
[model.own.scratch]
text = "text"
languages = ["en", "de"]
num_documents = 60
vocab_size = 400
hidden_size = 32
num_layers = 2
num_heads = 2
max_positions = 96
pretraining = { num_steps = 120, batch_size = 16, max_length = 48 }
[recipe]
max_length = 64
learning_rate = 1e-3
eval_every = 20
num_steps = 60
batch_size = 16
[intermediate.nli]
tasks = { en = "mnli" }
num_examples = 400
[target.xnli]
num_examples = 200
num_test = 60
[target.xquad]
num_examples = 100
num_test = 40
"""


def records_of(store: Path) -> list[Path]:
    """The files of all records."""
    return sorted((store / "records").rglob("*.json"))


def results_of(store: Path) -> dict[str, tuple[str, bytes]]:
    """Label -> scores and predictions of every evaluation."""
    found = {}
    for path in records_of(store):
        record = json.loads(path.read_text(encoding="utf-8"))["record"]
        if "scores" in record["result"]:
            rows = store / record["folder"] / "predictions.jsonl"
            found[record["label"]] = (json.dumps(record["result"]["scores"]), rows.read_bytes())
    return found
