"""A small lab study that is really pretrained, trained and evaluated, in seconds; and what its store holds."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

from stepstone import Study, plan, run
from stepstone.cli.app import answer_signals
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.launchers.local import Local
from stepstone.store.store import Store

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
pretraining = { num_steps = 60, batch_size = 16, max_length = 48 }
[recipe]
max_length = 64
learning_rate = 1e-3
eval_every = 8
num_steps = 24
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


def results_of(store: Path) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Label -> digests of the files, weights and predictions among them, and the result but for its seconds."""
    found = {}
    for path in records_of(store):
        record = json.loads(path.read_text(encoding="utf-8"))["record"]
        result = {name: value for name, value in record["result"].items() if name != "seconds_per_example"}
        found[record["label"]] = (record["files"], result)
    return found


def run_saving_often(folder: Path) -> int:
    """The ordinary run of `killed.toml` in `folder`, but for resume points after every few steps; its exit status."""
    # Whoever started the tests may have had it ignored, as nohup does.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    answer_signals()
    store = Store(folder / "store")
    planned = plan(Study.load(folder / "killed.toml"), Place(cache=folder / "store" / "cache"))
    launcher = Local(num_workers=1, logs=store.root / "logs")
    return run(planned, store, launcher, Runtime(device="cpu", save_seconds=0.05, save_share=1)).exit_status
