"""Steps and forward passes alone, against Hugging Face's Trainer: nothing is read, tokenised or saved meanwhile.

    python benchmarks/steady.py xnli --shape 12x384
    python benchmarks/steady.py xnli --shape 24x1024 --data DATA --encoder FOLDER --device cuda --precision bf16

The comparison is `throughput.py`'s, whose options these are, and so are its sides; on a GPU the scripts also run at
Stepstone's precision. A step's time is the mean over those after the first ones, by the clock.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import transformers
from machine import gemm_peak
from scripts import AUTO, MODEL_COLUMNS, Inputs, Padding, trainer
from throughput import Bench, examples_of, opened, order, parser, under_head, work
from transformers import TrainerCallback

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.recipe import Precision
from stepstone.learning.loop import Trainer
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.stages import evaluate, finetune

# Steps that are not counted: memory is taken, and on a GPU kernels are chosen.
FIRST, FIRST_ON_GPU = 1, 8


@dataclass
class Clock(TrainerCallback):
    """When each step began, all that was asked of the device before being done."""

    bench: Bench
    began: list[float]

    @property
    def first(self) -> int:
        """Steps that are not counted."""
        return FIRST if self.bench.device == "cpu" else FIRST_ON_GPU

    def on_step_begin(self, args: Any = None, state: Any = None, control: Any = None, **rest: Any) -> None:
        """Note the time of the first step that counts."""
        self.began.append(self.bench.now() if len(self.began) == self.first else 0.0)

    def seconds(self) -> float:
        """Of all steps, as the mean of those after the first ones gives it."""
        mean = (self.bench.now() - self.began[self.first]) / (len(self.began) - self.first)
        return mean * len(self.began)


def main() -> None:
    """Compare, and print a table."""
    options = parser(__doc__)
    chosen = options.parse_args()
    least = 1 + (FIRST if chosen.device == "cpu" else FIRST_ON_GPU)
    if chosen.steps < least:
        options.error(f"--steps {chosen.steps}: the first {least - 1} are not counted; give {least} or more")
    with opened(chosen) as bench:
        (trains, reads, share), peak = work(bench), gemm_peak(chosen.device, chosen.precision)
        print(
            f"{chosen.job}, {chosen.shape}, {chosen.steps} steps, on {device_name(chosen)}, torch {torch.__version__}"
        )
        print(f"real share of the maximum {share:.2f}; peak of a matrix product {peak:.0f} GFLOP/s")
        print("| side | step, ms | ratio | of peak | evaluation, s | ratio | of peak |")
        print("| --- | --: | --: | --: | --: | --: | --: |")
        first: tuple[float, float] | None = None
        for name, side in all_sides(chosen.precision).items():
            trained, read = side(bench)
            first = first or (trained, read)
            cells = [
                f"{trained / chosen.steps * 1e3:.1f}",
                f"{trained / first[0]:.2f}",
                f"{trains / trained / peak / 1e9:.0%}",
            ]
            cells += [f"{read:.2f}", f"{read / first[1]:.2f}", f"{reads / read / peak / 1e9:.0%}"]
            print(f"| {name} | {' | '.join(cells)} |", flush=True)


def all_sides(precision: Precision) -> dict[str, Callable[[Bench], tuple[float, float]]]:
    """Stepstone, and the scripts at each padding and precision."""
    found: dict[str, Callable[[Bench], tuple[float, float]]] = {f"Stepstone, {precision}": ours}
    for kind in dict.fromkeys(("fp32", precision)):
        for padding, name in (("max_length", "maximum"), ("dynamic", "dynamic")):
            found[f"Trainer, {name}, {kind}"] = lambda bench, p=padding, k=kind: theirs(bench, p, k)
    return found


def ours(bench: Bench) -> tuple[float, float]:
    """Seconds of all steps, and of all forward passes with what is read off them."""
    context = bench.context
    made, clock = finetune.prepare(bench.train, context), Clock(bench, [])

    def draw(step: int) -> Sequence[Any]:
        clock.on_step_begin()
        return made.objective.draw(step)

    objective = replace(made.objective, draw=draw)
    Trainer(made.loaded.model, objective, bench.train.recipe, bench.train.seed, context.training()).run()
    trained = clock.seconds()
    folder = context.resume.parent / "trained"
    made.adapted.merge()
    made.loaded.model.cpu().save_pretrained(folder)
    made.tokenizer.save_pretrained(folder)
    reading = replace(context, parents={"checkpoint": folder}, kept={})
    seconds = [0.0, 0.0]
    for spec in bench.evaluations:
        for time_ in range(2):  # At the second, inputs are there.
            place = folder / f"{spec.data.language}{time_}"
            place.mkdir()
            began = bench.now()
            evaluate.run(spec, place, reading)
            seconds[time_] += bench.now() - began
    return trained, seconds[1]


def theirs(bench: Bench, padding: Padding, precision: Precision) -> tuple[float, float]:
    """The same of a Trainer."""
    task, folder, start = BUILT_IN.task(bench.job.train), Path(tempfile.mkdtemp(dir=bench.folder)), under_head(bench)
    model = getattr(transformers, AUTO[task.family]).from_pretrained(start)
    inputs = Inputs(task, load_tokenizer(start), bench.train.recipe, padding)
    table, clock = inputs.encode(examples_of(bench, bench.train.train)), Clock(bench, [])
    made = trainer(model, inputs, table, order(bench, len(table)), folder, bench.device, precision=precision)
    made.add_callback(clock)
    made.train()
    trained = clock.seconds()
    reading = Inputs(BUILT_IN.task(bench.job.target), load_tokenizer(start), bench.train.recipe, padding)
    tables = [reading.encode(examples_of(bench, spec.data), trains=False) for spec in bench.evaluations]
    kept = [one.remove_columns([name for name in one.column_names if name not in MODEL_COLUMNS]) for one in tables]
    made.predict(kept[0])
    began = bench.now()
    for one in kept:
        made.predict(one)
    return trained, bench.now() - began


def device_name(chosen: argparse.Namespace) -> str:
    """The GPU's own name, or how many threads of the processor."""
    return f"{chosen.threads} threads" if chosen.device == "cpu" else torch.cuda.get_device_name()


if __name__ == "__main__":
    main()
