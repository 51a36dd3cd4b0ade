"""Neighbours from a product in any precision are those of float32: candidates are never lost to rounding."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from stepstone.learning import search
from stepstone.scoring.mining import lines_of, mine, unify
from stepstone.scoring.neighbours import k_nearest, normalize_rows

CPU = torch.device("cpu")
SMALL = st.integers(-3, 3).map(float)
MATRICES = arrays(np.float32, st.tuples(st.integers(1, 9), st.integers(1, 7)), elements=SMALL)
BFLOAT16, FLOAT32 = 0.5, 2.0  # how long a product in bfloat16 takes by one in float32: who is quicker is chosen


@given(MATRICES, st.integers(1, 9), st.integers(1, 9), st.sampled_from([BFLOAT16, FLOAT32]))
def test_both_ways_are_each_way_whatever_the_tiles(queries: np.ndarray, k: int, tile: int, slowdown: float) -> None:
    # Of small whole numbers every product is exact, so that ties are ties in both directions.
    base = np.roll(queries[::-1], 1, axis=1)[: max(1, len(queries) - 1)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "slowdown", lambda device: slowdown)
        patch.setattr(search, "TILE", tile)
        patch.setattr(search, "GROUP", 2)
        found = search.nearest_both_ways(queries, base, k, CPU)
    wanted = k_nearest(queries, base, k), k_nearest(base, queries, k)
    for one, other in zip(found, wanted, strict=True):
        assert one.indices.tolist() == other.indices.tolist()
        assert one.similarities.tolist() == other.similarities.tolist()


@pytest.fixture
def alike() -> tuple[np.ndarray, np.ndarray]:
    """Two sides of 900 vectors that are all alike: cosines of .98 and more, as those of an encoder can be."""
    generator = np.random.default_rng(1)
    shared = generator.standard_normal(64)
    sides = (shared + 0.1 * generator.standard_normal((900, 64)) for _ in range(2))
    one, other = (normalize_rows(side.astype(np.float32)) for side in sides)
    return one, other


def test_neighbours_that_bfloat16_cannot_tell_apart_are_told_apart(
    alike: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = alike
    rounded = (torch.from_numpy(x).bfloat16() @ torch.from_numpy(y).bfloat16().T).float()
    wanted = np.sort(k_nearest(x, y, 4).indices, axis=1)
    assert (np.sort(rounded.topk(4).indices.numpy(), axis=1) == wanted).mean() < 0.5
    monkeypatch.setattr(search, "slowdown", lambda device: BFLOAT16)
    monkeypatch.setattr(search, "TILE", 200)
    found = search.nearest_both_ways(x, y, 4, CPU)
    for one, other in zip(found, (k_nearest(x, y, 4), k_nearest(y, x, 4)), strict=True):
        # Products that are summed in another order can change places where they are equal to seven digits.
        assert (one.indices == other.indices).mean() > 0.995
        assert np.abs(one.similarities - other.similarities).max() < 1e-6


def test_whoever_is_quicker_the_neighbours_are_the_same_to_the_bit(
    alike: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for slowdown in (BFLOAT16, FLOAT32):
        monkeypatch.setattr(search, "slowdown", lambda device, times=slowdown: times)
        found.append(search.nearest_both_ways(*alike, 4, CPU))
    for one, other in zip(*found, strict=True):
        assert np.array_equal(one.indices, other.indices)
        assert np.array_equal(one.similarities, other.similarities)


def test_a_gpu_s_products_are_float32_for_its_sums_may_be_rounded_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "slowdown", lambda device: BFLOAT16)
    assert search.product_precision(torch.device("cuda")) is torch.float32
    assert search.product_precision(CPU) is torch.bfloat16


@given(st.integers(0, 10**6), st.integers(1, 300), st.sampled_from([1e-3, 1.0, 30.0]))
def test_no_product_is_further_off_than_is_said(seed: int, width: int, scale: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    x, y = (scale * torch.randn(20, width, generator=generator) + 1 for _ in range(2))
    near_x, near_y = x.bfloat16(), y.bfloat16()
    true, found = x.double() @ y.double().T, (near_x @ near_y.T).double()
    most, share = search.rounding(x, near_x, y, near_y)
    # The share is of what is kept, which is itself that far off.
    assert bool(((found - true).abs() <= most + share * (true.abs() + most)).all())


def test_few_are_compared_again(alike: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = (torch.from_numpy(side) for side in alike)
    near = x.bfloat16(), y.bfloat16()
    candidates = search.NearCandidates(len(x), 4, search.rounding(x, near[0], y, near[1]), CPU)
    products = (near[0] @ near[1].T).float()
    for place in range(0, len(y), 100):
        candidates.add(products[:, place : place + 100], 1, 0, place)
    found = candidates.drop()
    least = products.topk(4).values[:, -1] - 4 * (candidates.error.most + candidates.error.share)
    assert 4 * len(x) <= len(found.owners) <= int((products >= least[:, None]).sum())


def test_pairs_are_mined_as_with_a_product_each_way(alike: tuple[np.ndarray, np.ndarray]) -> None:
    lines = lines_of([str(number) for number in range(900)])
    corpora = [unify(lines, side) for side in alike]
    plain = mine(*corpora)
    found = mine(*corpora, search=lambda x, y, k: search.nearest_both_ways(x, y, k, CPU))
    assert len(found) > 300
    same = {(one.source, one.target) for one in found} & {(one.source, one.target) for one in plain}
    assert len(same) > 0.99 * len(plain)
    assert np.allclose([one.score for one in found[:200]], [one.score for one in plain[:200]], rtol=1e-6)
