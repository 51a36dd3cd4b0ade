"""Mining bitext: nearest neighbours both ways, against a product for each way with a partition of every row.

    python benchmarks/mining.py --sentences 20000 --width 768
    python benchmarks/mining.py --sentences 20000 --width 768 --shared 1   # all alike, as an encoder makes them

Seconds of the processor, one thread, sides alternating; equal neighbours; memory held at once. With `--device cuda`
seconds are by the clock, and the other side stays on the processor.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np
import torch
from machine import gemm_peak

from stepstone.learning.precision import slowdown
from stepstone.learning.search import nearest_both_ways
from stepstone.scoring.mining import lines_of, mine, unify
from stepstone.scoring.neighbours import normalize_rows, similarity_chunks

K = 4


def main() -> None:
    """Compare, and print a line a side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=20_000)
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--shared", type=float, default=0.0, help="of what is drawn for all, by what is for each")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    device, now = torch.device(options.device), time.process_time if options.device == "cpu" else time.monotonic
    x, y = sides_of(options.sentences, options.width, options.shared)
    search = partial(nearest_both_ways, device=device)
    sides: dict[str, Callable[[], list[np.ndarray]]] = {
        "one product": lambda: [one.indices for one in search(x, y, K)],
        "a product and a partition each way": lambda: [by_partition(x, y), by_partition(y, x)],
    }
    peaks = {precision: gemm_peak(options.device, precision) for precision in ("fp32", "bf16")}
    print(f"peak of a product {peaks['fp32']:.0f} GFLOP/s in fp32, {peaks['bf16']:.0f} in bf16")
    print(f"a product in bf16 takes {slowdown(device):.2f} of one in fp32")
    taken: dict[str, list[float]] = {name: [] for name in sides}
    found = {}
    for _ in range(options.rounds):
        for name, side in sides.items():
            began = now()
            found[name] = side()
            taken[name].append(now() - began)
    one, two = found.values()
    same = np.mean([np.mean(a == b) for a, b in zip(one, two, strict=True)])
    flops = 2 * options.sentences**2 * options.width
    for name, seconds in taken.items():
        speed = flops / median(seconds) / 1e9
        print(f"{name}: {median(seconds):.1f} s, {speed:.0f} GFLOP/s of one product")
    ratio = median(two / one for one, two in zip(*taken.values(), strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"ratio {ratio:.2f}; {100 * same:.3f} % of neighbours the same; peak memory {peak:.2f} GB")
    lines = lines_of([str(number) for number in range(len(x))])
    began = now()
    pairs = mine(unify(lines, x), unify(lines, y), search=search)
    print(f"mine: {now() - began:.1f} s, {len(pairs):,} pairs")


def sides_of(num: int, width: int, shared: float) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of sentences and, somewhat off, of their translations, of length 1."""
    generator = np.random.default_rng(1)
    common = shared * generator.standard_normal(width, dtype=np.float32)
    x = generator.standard_normal((num, width), dtype=np.float32)
    y = x + generator.standard_normal(x.shape, dtype=np.float32)
    return normalize_rows(x + common), normalize_rows(y + common)


def by_partition(queries: np.ndarray, base: np.ndarray) -> np.ndarray:
    """The places of the nearest, the best first, `[num_queries, K]`."""
    found = []
    for _, scores in similarity_chunks(queries, base, "cosine"):
        best = np.argpartition(scores, scores.shape[1] - K, axis=1)[:, -K:]
        order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
        found.append(np.take_along_axis(best, order, axis=1))
    return np.concatenate(found)


if __name__ == "__main__":
    main()
