"""What a process holds of a model that several divide among them (`--shard`), beside the arithmetic of docs/devices.md.

    python benchmarks/divided_memory.py

On processors, by processes that find each other through gloo. Weights, gradients and moments are the bytes of torch's
tensors after a step; the peak is that of the process in the next one (VmHWM of /proc, so Linux alone), without what it
took before the model was built. An encoder of random weights under a head for texts, all weights trained in float32.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from training_memory import estimate_divided, estimate_memory
from transformers import AutoModelForSequenceClassification, XLMRobertaConfig

from stepstone.core.recipe import Recipe, Runtime
from stepstone.learning.ranks import SingleProcess
from stepstone.learning.trained import TrainedModel
from stepstone.report.markup import table_lines
from stepstone.stages.ranks import Rank

CONFIG = XLMRobertaConfig(
    vocab_size=20000,
    hidden_size=256,
    num_hidden_layers=12,
    num_attention_heads=4,
    intermediate_size=1024,
    max_position_embeddings=258,
    num_labels=2,
)
NUM_PROCESSES = (1, 2, 4)
# A micro-batch of each process: texts and their length.
TEXTS, LENGTH = 2, 128
MIB = 2**20
# What is let go goes back to the system at once, so that the peak is what is held.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536", "OMP_NUM_THREADS": "1"}


def main() -> None:
    """A row for each number of processes: measured in the first one, and counted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rank", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.rank:
        number, num, meeting = asked.rank
        print(json.dumps(measure(int(number), int(num), Path(meeting))))
        return
    for line in table_lines(("processes", "", "weights", "gradients", "moments", "peak"), rows(), (0, 2, 3, 4, 5)):
        print(line, flush=True)


def rows() -> Iterator[list[str]]:
    """What the first of so many processes holds, measured and counted."""
    for num in NUM_PROCESSES:
        recipe = Recipe()
        found = estimate_memory(CONFIG, recipe, TEXTS, LENGTH)
        if num > 1:
            found = estimate_divided(CONFIG, recipe, TEXTS, LENGTH, num)
        yield row(num, "measured", *together(num))
        yield row(num, "counted", found.weights, found.gradients, found.optimiser, found.total)


def row(num: int, how: str, *amounts: int) -> list[str]:
    """In MiB."""
    return [str(num), how, *(f"{amount / MIB:.0f}" for amount in amounts)]


def together(num: int) -> list[int]:
    """What the first of so many processes holds."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--rank"]
        started = [
            subprocess.Popen(
                [*command, str(number), str(num), f"{folder}/meeting"],
                env={**os.environ, **ALLOCATOR},
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(num)
        ]
        said = [one.communicate()[0] for one in started]
        assert not any(one.returncode for one in started)
    found: list[int] = json.loads(said[0])
    return found


def measure(number: int, num: int, meeting: Path) -> list[int]:
    """Bytes of weights, gradients and moments that this process holds, and its peak in a step, libraries apart."""
    before, recipe, device = resident("VmRSS"), Recipe(), torch.device("cpu")
    ranks = SingleProcess(device)
    if num > 1:
        ranks = Rank(number, Runtime(device="cpu", num_devices=num, shard=True), meeting).join(device)
    model = AutoModelForSequenceClassification.from_config(CONFIG, dtype=torch.float32)
    trained = TrainedModel(model, recipe, ranks)
    step(trained, model, ranks)
    Path("/proc/self/clear_refs").write_text("5")
    step(trained, model, ranks)
    peak = resident("VmHWM") - before
    weights = [ranks.own(value) for value in model.parameters()]
    gradients = [ranks.own(value.grad) for value in model.parameters() if value.grad is not None]
    moments = [value for name, value in trained.moments().items() if not name.endswith("/step")]
    return [*(sum(one.nbytes for one in held) for held in (weights, gradients, moments)), peak]


def step(trained: TrainedModel, model: torch.nn.Module, ranks: SingleProcess) -> None:
    """One of training; its gradients are left for whoever counts them."""
    trained.optimiser.zero_grad()
    ids = torch.ones((TEXTS, LENGTH), dtype=torch.long)
    inputs: dict[str, Any] = {"input_ids": ids + 4, "attention_mask": ids}
    loss = ranks.call(lambda model: model(**inputs).logits.square().mean())
    ranks.backward(loss)
    ranks.share_gradients()
    trained.optimiser.step()


def resident(field: str) -> int:
    """Bytes of this process in memory: now (VmRSS), or at most since that was forgotten (VmHWM)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


if __name__ == "__main__":
    main()
