"""A training's steps in ways that start fewer kernels, against the loop's own: time, loss, what preparing costs.

    python benchmarks/launches.py xnli --shape 4x192 --ways loop compiled
    python benchmarks/launches.py xnli --shape 24x1024 --data DATA --encoder FOLDER --device cuda --precision bf16

Options are `throughput.py`'s. Every way takes the same batches from the same weights, with dropout drawn from the same
seeds, twice: the first time kernels are compiled or captured, the second is timed. The ways:

- loop: as Stepstone trains, under autocast where --precision is bf16;
- linear: bf16 copies of the linear layers' weights, made once a step, in the place of casts in every pass;
- whole: bf16 copies of all weights, and no autocast: between layers, too, everything is bf16 (weights stay fp32);
- compiled: torch.compile of the model, with dynamic shapes;
- graphs: passes captured as CUDA graphs, one for each shape, lengths being padded to multiples of 8 (a GPU alone);
- whole_graphs: both.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import torch
from machine import gemm_peak
from step_ways import WAYS, Graphs, Steps
from throughput import Bench, opened, parser, work
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from stepstone.learning.batch import Batch
from stepstone.learning.device import device_name
from stepstone.report.markup import markdown_table
from stepstone.stages import finetune

# What reads or describes memory that is there: no kernel is started.
VIEWS = {
    "alias",
    "as_strided",
    "detach",
    "empty",
    "empty_like",
    "empty_strided",
    "expand",
    "permute",
    "reshape",
    "select",
    "slice",
    "split",
    "squeeze",
    "t",
    "transpose",
    "unsafe_split",
    "unsqueeze",
    "view",
    "_unsafe_view",
    "_local_scalar_dense",
}
HEAD = ("way", "step, ms", "of peak", "operators a layer", "prepared in, s", "losses apart")


class Count(TorchDispatchMode):
    """Counts operators that reach a kernel."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name = function.overloadpacket.__name__
        self.found.update([name] if name not in VIEWS else [])
        return function(*args, **(kwargs or {}))


def main() -> None:
    """Train in every way, and print a table."""
    options = parser(__doc__)
    options.add_argument("--ways", nargs="+", default=["loop", "linear", "whole"], choices=list(WAYS))
    chosen = options.parse_args()
    with opened(chosen) as bench:
        amount, peak = work(bench)[0], gemm_peak(chosen.device, chosen.precision)
        what = f"{chosen.job}, {chosen.shape}, {chosen.steps} steps, {chosen.precision}"
        print(f"{what}; {device_name(torch.device(chosen.device))}, torch {torch.__version__}, peak {peak:.0f} GFLOP/s")
        found = {name: timed(bench, WAYS[name]) for name in chosen.ways}
    rows, first = [], next(iter(found.values())).losses
    for name, one in found.items():
        gap = max(abs(ours - other) for ours, other in zip(one.losses, first, strict=True))
        cells = [
            f"{one.step * 1e3:.1f}",
            f"{amount / chosen.steps / one.step / peak / 1e9:.0%}",
            f"{one.operators:.0f}",
        ]
        rows.append([name, *cells, f"{one.preparing:.1f}", f"{gap:.1e}"])
    print(markdown_table(HEAD, rows, range(1, 6)))


@dataclass(frozen=True)
class Timed:
    """Of one way: seconds of a step and of preparing all of them, losses, operators that reach a kernel by layer."""

    step: float
    preparing: float
    losses: list[float]
    operators: float


def timed(bench: Bench, way: type[Steps]) -> Timed:
    """Train through all batches twice: losses are those of the first time, seconds of the second."""
    made = finetune.prepare(bench.train, bench.context)
    device = torch.device(bench.device)
    shares = [share for step in range(made.objective.num_steps) for share in made.objective.shares(step)]
    pad_id, multiple = int(made.tokenizer.pad_token_id), 8 if issubclass(way, Graphs) else 1
    batches = [(one, padded(one.collate(one.features), pad_id, multiple).to(device)) for one in shares]
    steps = way(made.loaded.model, batches, bench.train.recipe, device)
    began = bench.now()
    losses = steps.all()
    between = bench.now()
    steps.all()
    seconds = bench.now() - between
    with Count() as count:
        steps.step(0)
    operators = sum(count.found.values()) / made.loaded.model.config.num_hidden_layers
    return Timed(seconds / len(batches), max(0.0, between - began - seconds), losses, operators)


def padded(batch: Batch, pad_id: int, multiple: int) -> Batch:
    """The same batch, its length made a multiple."""
    ids = batch.inputs["input_ids"]
    inputs = {
        name: nn.functional.pad(value, (0, -ids.shape[1] % multiple), value=pad_id if name == "input_ids" else 0)
        for name, value in batch.inputs.items()
    }
    return replace(batch, inputs=inputs)


if __name__ == "__main__":
    main()
