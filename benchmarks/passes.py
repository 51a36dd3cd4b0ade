"""How fast one pass is by its number of padded word pieces, in evaluation and in training.

    python benchmarks/passes.py

Encoders of random weights; lengths drawn as XNLI's are. GFLOP on real word pieces per second of the processor.
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import numpy as np
import torch
from machine import gemm_peak, operations
from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

from stepstone.learning.batch import Feature, cut_by_tokens, pad

BUDGETS = (512, 1024, 2048, 16384)
PAD = 1


def main() -> None:
    """A line for each shape, in evaluation and in training."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="*", default=["4x192:128", "12x384:48", "12x768:16"], help="shape:texts")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"peak of a matrix product: {gemm_peak():.0f} GFLOP per second of processor")
    for given in options.shapes:
        shape, _, num = given.partition(":")
        layers, width = map(int, shape.split("x"))
        for trains in (False, True):
            # A step of training has at most 32 texts.
            found = measure(layers, width, min(int(num), 32) if trains else int(num), trains, options.rounds)
            cells = ", ".join(f"{budget:,}: {speed:.0f}" for budget, speed in found.items())
            print(f"{shape} {'training' if trains else 'evaluation'}: {cells}", flush=True)


def measure(layers: int, width: int, num: int, trains: bool, rounds: int) -> dict[int, float]:
    """GFLOP per second by budget; budgets alternate."""
    config = XLMRobertaConfig(
        vocab_size=1000,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=width // 64,
        intermediate_size=4 * width,
        max_position_embeddings=130,
    )
    model = XLMRobertaForSequenceClassification(config).train(trains)
    drawn = np.random.default_rng(1).lognormal(3.7, 0.42, num).clip(8, 128).astype(int)
    features = [Feature([5] * length, place) for place, length in enumerate(drawn.tolist())]
    taken: dict[int, list[float]] = {}
    for _ in range(rounds):
        for budget in BUDGETS:
            began = time.process_time()
            for cut in cut_by_tokens([len(feature) for feature in features], budget):
                with torch.set_grad_enabled(trains):
                    found = model(**pad([features[place] for place in cut], PAD)).logits.sum()
                    if trains:
                        found.backward()
            taken.setdefault(budget, []).append(time.process_time() - began)
    amount = operations(config, drawn.tolist()) * (3 if trains else 1)
    return {budget: amount / median(seconds) / 1e9 for budget, seconds in taken.items()}


if __name__ == "__main__":
    main()
