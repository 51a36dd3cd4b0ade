"""Trainings side by side on one device: how many steps a second 1, 2, 4, 8 ... processes make together.

    python benchmarks/side_by_side.py xnli --shape 12x384 --device cuda --workers 1 2 4 8
    python benchmarks/side_by_side.py xnli --shape 12x384 --workers 1x1 1x2 2x1      # processes x threads of each

Options are those of `throughput.py`. Every process has its own model and examples in memory; some of them train for
some seconds while the others wait. Seconds are the clock's: other programs must be few.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import torch
from throughput import make, parser

from stepstone.learning.loop import Trainer
from stepstone.stages import finetune


class Over(Exception):
    """The time is up."""


def main() -> None:
    """Measure, and print a table."""
    chosen = _options()
    torch.set_num_threads(chosen.threads)
    context = multiprocessing.get_context("spawn")
    most = max(num for num, _ in chosen.workers)
    barrier, counts = context.Barrier(most), context.Array("i", most * len(chosen.workers))
    workers = [context.Process(target=work, args=(place, chosen, barrier, counts)) for place in range(most)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(f"{chosen.job}, {chosen.shape}, {chosen.precision}, batches of their usual size, {chosen.seconds:g} s each")
    print("| processes | threads | steps a second, all | of the first |")
    print("| --: | --: | --: | --: |")
    for phase, (num, threads) in enumerate(chosen.workers):
        speed = sum(counts[phase * most : (phase + 1) * most]) / chosen.seconds
        alone = sum(counts[:most]) / chosen.seconds
        print(f"| {num} | {threads} | {speed:.2f} | {speed / alone:.2f} |")


def work(place: int, chosen: argparse.Namespace, barrier: Barrier, counts: Any) -> None:
    """One process: it trains in every phase that has room for it, and notes how many steps it made."""
    torch.set_num_threads(chosen.threads)
    with tempfile.TemporaryDirectory() as folder:
        bench = make(chosen, Path(folder))
        made = finetune.prepare(bench.train, bench.context)
        objective, recipe = replace(made.objective, num_steps=1_000_000), bench.train.recipe
        for phase, (num, threads) in enumerate([(0, chosen.threads), *chosen.workers]):
            barrier.wait()
            torch.set_num_threads(threads)
            if phase and place >= num:
                continue
            until, steps = time.monotonic() + chosen.seconds, 0

            def draw(step: int, until: float = until) -> Sequence[Any]:
                nonlocal steps
                if time.monotonic() > until:
                    raise Over
                steps += 1
                return made.objective.draw(step)

            try:
                Trainer(made.loaded.model, replace(objective, draw=draw), recipe, 1, bench.context.training()).run()
            except Over:
                # In the first phase, which all have, kernels are chosen and memory is taken.
                if phase:
                    counts[(phase - 1) * max(num for num, _ in chosen.workers) + place] = steps


def _options() -> argparse.Namespace:
    asked = parser(__doc__)
    asked.add_argument("--workers", nargs="+", default=["1", "2"], help="processes, or processes x threads of each")
    asked.add_argument("--seconds", type=float, default=4.0)
    chosen = asked.parse_args()
    each = [way.partition("x") for way in chosen.workers]
    chosen.workers = [(int(num), int(threads or chosen.threads)) for num, _, threads in each]
    return chosen


if __name__ == "__main__":
    main()
