"""Mining bitext: nearest neighbours both ways, against a product for each way with a partition of every row.

    python benchmarks/mining.py --sentences 20000 --width 768

Seconds of the processor, sides alternating; equal neighbours; memory held at once.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from stepstone.scoring.mining import lines_of, mine, unify
from stepstone.scoring.neighbours import nearest_both_ways, normalize_rows, similarity_chunks

K = 4


def main() -> None:
    """Compare, and print a line a side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=20_000)
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    generator = np.random.default_rng(1)
    x = generator.standard_normal((options.sentences, options.width), dtype=np.float32)
    y = normalize_rows(x + generator.standard_normal(x.shape, dtype=np.float32))
    x = normalize_rows(x)
    sides: dict[str, Callable[[], list[np.ndarray]]] = {
        "one product": lambda: [one.indices for one in nearest_both_ways(x, y, K)],
        "a product and a partition each way": lambda: [by_partition(x, y), by_partition(y, x)],
    }
    taken: dict[str, list[float]] = {name: [] for name in sides}
    found = {}
    for _ in range(options.rounds):
        for name, side in sides.items():
            began = time.process_time()
            found[name] = side()
            taken[name].append(time.process_time() - began)
    one, two = found.values()
    same = np.mean([np.mean(a == b) for a, b in zip(one, two, strict=True)])
    flops = 2 * options.sentences**2 * options.width
    for name, seconds in taken.items():
        speed = flops / median(seconds) / 1e9
        print(f"{name}: {median(seconds):.1f} s, {speed:.0f} GFLOP/s of one product")
    ratio = median(two / one for one, two in zip(*taken.values(), strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"ratio {ratio:.2f}; {100 * same:.2f} % of neighbours the same; peak memory {peak:.2f} GB")
    lines = lines_of([str(number) for number in range(len(x))])
    began = time.process_time()
    pairs = mine(unify(lines, x), unify(lines, y))
    print(f"mine: {time.process_time() - began:.1f} s, {len(pairs):,} pairs")


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
