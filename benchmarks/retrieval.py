"""Sentence vectors against sentence-transformers' `encode`, and nearest neighbours both ways against faiss.

    pip install sentence-transformers faiss-cpu
    python benchmarks/retrieval.py --shape 12x384 --data DATA --encoder FOLDER

Both sides read the same sentences of Tatoeba (without --data: of the lab) with one encoder of random weights and pool
its last layer by the mean; Stepstone pools the layer of a study besides. Sides alternate; seconds are the processor's.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median

import faiss
import numpy as np
import torch
from machine import gemm_peak, write_encoder
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Pooling, Transformer

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.example_sides import PairExample
from stepstone.core.place import Place
from stepstone.core.recipe import Limits, Runtime
from stepstone.data.load import load_examples
from stepstone.families.family import InferenceContext
from stepstone.families.pooling import embed
from stepstone.families.retrieval import family
from stepstone.learning.search import nearest_both_ways
from stepstone.learning.tokenizer import load_tokenizer, train_tokenizer
from stepstone.scoring.neighbours import normalize_rows

K = 4
TASK = BUILT_IN.task("tatoeba")
LIMITS = Limits(max_length=128)


def main() -> None:
    """Compare, and print a table each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", default="4x192", help="layers x width of the encoder")
    parser.add_argument("--data", type=Path, help="a folder of release files")
    parser.add_argument("--encoder", type=Path, help="a folder whose tokenizer is used")
    parser.add_argument("--languages", nargs="+", default=["de", "ja", "hi"])
    parser.add_argument("--sentences", type=int, default=20_000, help="on each side of the search")
    parser.add_argument("--width", type=int, default=768, help="of the vectors that are searched")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    faiss.omp_set_num_threads(1)
    print(f"one thread; peak of a matrix product {gemm_peak():.0f} GFLOP/s")
    with tempfile.TemporaryDirectory() as folder:
        show("vectors", encoders(options, Path(folder)), options.rounds)
    show("neighbours", searches(options.sentences, options.width), options.rounds)


def encoders(options: argparse.Namespace, folder: Path) -> Mapping[str, Callable[[], np.ndarray]]:
    """Ways to turn all sentences into vectors, [sentences, width]."""
    place = Place(
        folders=(options.data.absolute(),) if options.data else (),
        cache=folder / "cache",
        lab_seed=None if options.data else 1,
        use_hub=False,
    )
    examples = [one for code in options.languages for one in load_examples(TASK, "test", code, place)]
    texts = [text for one in examples if isinstance(one, PairExample) for text in (one.source, one.target)]
    print(f"{len(texts):,} sentences, {options.shape}")
    tokenizer = load_tokenizer(options.encoder) if options.encoder else train_tokenizer(texts, 8000, 512)
    layers, width = map(int, options.shape.split("x"))
    write_encoder(folder / "encoder", tokenizer, layers, width)
    theirs = Transformer(str(folder / "encoder"), max_seq_length=LIMITS.max_length)
    model = SentenceTransformer(modules=[theirs, Pooling(width, "mean")], device="cpu")
    own = family.open(folder / "encoder", TASK).eval()

    def ours(layer: int | None) -> np.ndarray:
        return embed(own, texts, InferenceContext(TASK, tokenizer, LIMITS, Runtime(), layer))[0]

    return {
        "Stepstone, last layer": partial(ours, layers),
        "sentence-transformers": lambda: np.asarray(model.encode(texts, batch_size=32, show_progress_bar=False)),
        "Stepstone, a study's layer": partial(ours, None),
    }


def searches(num: int, width: int) -> Mapping[str, Callable[[], np.ndarray]]:
    """Ways to find the K nearest of either side, [2, sentences, K]."""
    generator = np.random.default_rng(1)
    x = generator.standard_normal((num, width), dtype=np.float32)
    y = normalize_rows(x + generator.standard_normal(x.shape, dtype=np.float32))
    x = normalize_rows(x)

    def by_faiss() -> np.ndarray:
        found = []
        for queries, base in ((x, y), (y, x)):
            index = faiss.IndexFlatIP(width)
            index.add(base)
            found.append(index.search(queries, K)[1])
        return np.stack(found)

    print(f"{num:,} x {num:,} vectors of width {width}")
    return {
        "Stepstone": lambda: np.stack([one.indices for one in nearest_both_ways(x, y, K, torch.device("cpu"))]),
        "faiss": by_faiss,
    }


def show(what: str, sides: Mapping[str, Callable[[], np.ndarray]], rounds: int) -> None:
    """Medians, ratios to the first, and how near what a side finds is to what the first does."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    found: dict[str, np.ndarray] = {}
    for _ in range(rounds):
        for name, side in sides.items():
            began = time.process_time()
            found[name] = side()
            taken[name].append(time.process_time() - began)
    first, one = next(iter(taken.values())), next(iter(found.values()))
    print(f"| {what} | s | ratio | as the first |")
    print("| --- | --: | --: | --- |")
    for name, seconds in taken.items():
        ratio = median(other / own for other, own in zip(seconds, first, strict=True))
        print(f"| {name} | {median(seconds):.1f} | {ratio:.2f} | {_alike(one, found[name])} |")


def _alike(one: np.ndarray, other: np.ndarray) -> str:
    if one.dtype.kind == "f" and np.abs(one - other).max() > 0.01:
        return "of another layer"
    if one.dtype.kind == "f":
        return f"at most {np.abs(one - other).max():.0e} apart"
    return f"{100 * np.mean(one == other):.2f} % the same"


if __name__ == "__main__":
    main()
