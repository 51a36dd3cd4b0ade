"""Training only the rows of an embedding that occur, against training all: a step, a resume point, its size.

    python benchmarks/rows.py --shape 12x384 --vocabulary 250037

Seconds of the processor, sides alternating; encoders of random weights.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import torch
from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

from stepstone.core.recipe import Recipe, Runtime
from stepstone.families.classification import family
from stepstone.learning.batch import Feature, draw_from
from stepstone.learning.layers import encoder_of
from stepstone.learning.loop import Trainer
from stepstone.learning.objective import SingleObjective
from stepstone.learning.progress import TrainingContext
from stepstone.learning.ranks import SingleProcess
from stepstone.learning.resume import save_point
from stepstone.learning.rows import train_occurring
from stepstone.store.files import folder_bytes

PAD = 1


def main() -> None:
    """A line for each side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", default="12x384", help="layers x width")
    parser.add_argument("--vocabulary", type=int, default=250_037)
    parser.add_argument("--batch", type=int, default=32, help="texts of a step")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    taken: dict[str, list[tuple[float, float, float]]] = {"all rows": [], "rows that occur": []}
    for _ in range(options.rounds):
        for name, found in taken.items():
            found.append(measure(options, name == "rows that occur"))
    for name, runs in taken.items():
        step, save, size = (median(run[part] for run in runs) for part in range(3))
        print(f"{name}: a step {step:.2f} s, a resume point {save:.2f} s and {size:.2f} GB")


def measure(options: argparse.Namespace, spared: bool) -> tuple[float, float, float]:
    """Seconds of a step (the second of two) and of writing a resume point, and its size in GB."""
    layers, width = map(int, options.shape.split("x"))
    config = XLMRobertaConfig(
        vocab_size=options.vocabulary,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=width // 32,
        intermediate_size=4 * width,
        max_position_embeddings=130,
        num_labels=3,
    )
    torch.manual_seed(0)
    model = XLMRobertaForSequenceClassification(config)
    # Some ten thousand pieces occur, as in a training set.
    pieces = np.random.default_rng(1).integers(4, min(10_000, options.vocabulary), (500, 44)).tolist()
    features = [Feature([0, *row, 2], place, None, {"label": place % 3}) for place, row in enumerate(pieces)]
    if spared:
        assert train_occurring(encoder_of(model), {PAD}.union(*(one.ids for one in features)))
    objective = SingleObjective(
        draw_from(features, options.batch, 1), 9, lambda rows: family.collate(rows, PAD), family.loss
    )
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(model, objective, Recipe(), 1, TrainingContext(Runtime(device="cpu"), Path(folder)))
        alone = SingleProcess(torch.device("cpu"))
        trainer.begin(alone)
        trainer._step()
        began = time.process_time()
        trainer._step()
        stepped = time.process_time()
        save_point(Path(folder), 2, trainer._point(), alone)
        return stepped - began, time.process_time() - stepped, folder_bytes(Path(folder)) / 1e9


if __name__ == "__main__":
    main()
