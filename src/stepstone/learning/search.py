"""The nearest vectors both ways from one product, in the precision that is quickest where it runs.

Similarities in bfloat16 only say which vectors can be among the nearest: how far they can be from the true ones is
known (Cauchy and Schwarz), and whoever is that near to the k-th is compared again in float32. So neighbours and
similarities are those of float32 in whatever precision, and on whatever device, the product is made.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from stepstone.learning.precision import slowdown
from stepstone.scoring.neighbours import Neighbours

TILE = 2048  # vectors of either side whose similarities are held at once: 8 MiB of bfloat16
GROUP = 32  # similarities whose maximum is looked at first: they lie apart, so that maxima are of whole rows
_PAIRS = 2**9  # pairs that are compared again at once: what a core keeps near


def nearest_both_ways(
    queries: np.ndarray, base: np.ndarray, k: int, device: torch.device
) -> tuple[Neighbours, Neighbours]:
    """The k nearest of the base for each query, and of the queries for each base vector, by their dot products.

    Equal products go by index, the lower first.

    Args:
        queries: `[num_queries, width]`, float32.
        base: `[num_base, width]`, float32.
        k: how many; fewer where there are fewer.
        device: where products are made.
    """
    x, y = (torch.from_numpy(side).to(device) for side in (queries, base))
    precision = product_precision(device)
    near_x, near_y = x.to(precision), y.to(precision)
    error = rounding(x, near_x, y, near_y)
    forward, backward = [], NearCandidates(len(y), k, error, device)
    # Taken once: to be given new memory takes a system as long as to look through it.
    space = torch.empty(min(TILE, len(x)) * min(TILE, len(y)), dtype=precision, device=device)
    for begin in range(0, len(x), TILE):
        rows = NearCandidates(min(TILE, len(x) - begin), k, error, device)
        for place in range(0, len(y), TILE):
            one, other = near_x[begin : begin + TILE], near_y[place : place + TILE]
            tile = space[: len(one) * len(other)].view(len(one), len(other))
            products = torch.mm(one, other.T, out=tile)
            rows.add(products, 1, 0, place)
            backward.add(products, 0, place, begin)
        forward.append(rows.nearest(x[begin : begin + TILE], y))
        backward.drop()
    return Neighbours(*map(np.concatenate, zip(*forward, strict=True))), backward.nearest(y, x)


def product_precision(device: torch.device) -> torch.dtype:
    """What is quickest of what `rounding` bounds: a GPU may round parts of a sum in bfloat16 before it adds them."""
    return torch.bfloat16 if device.type == "cpu" and slowdown(device) < 1 else torch.float32


class Rounding(NamedTuple):
    """How far a product can be from that of the true vectors: by so much, and by this share of the true one."""

    most: float
    share: float


def rounding(x: torch.Tensor, near_x: torch.Tensor, y: torch.Tensor, near_y: torch.Tensor) -> Rounding:
    """Of products of rounded vectors.

    `|xy - x'y'| <= |x||y - y'| + |x - x'||y'|`; a sum of n terms in float32 is off by at most n of its units, and
    what is kept of it by half a unit of the precision that it is kept in.
    """
    kept, near_x, near_y = near_x.dtype, near_x.float(), near_y.float()
    longest_x, longest_y, off_x, off_y = (float(side.norm(dim=1).max()) for side in (x, near_y, x - near_x, y - near_y))
    summed = x.shape[1] * torch.finfo(torch.float32).eps * (longest_x + off_x) * longest_y
    return Rounding(longest_x * off_y + off_x * longest_y + summed, torch.finfo(kept).eps / 2)


class Found(NamedTuple):
    """Pairs and their products, `[num_pairs]` each."""

    owners: torch.Tensor
    others: torch.Tensor
    products: torch.Tensor


class NearCandidates:
    """Whoever can be among the k nearest of each of some vectors, by products that come a tile at a time."""

    def __init__(self, num: int, k: int, error: Rounding, device: torch.device) -> None:
        self.k, self.error = k, error
        # The k highest of the groups' maxima: k products are no lower than the last of them.
        self.highest = torch.full((num, k), -torch.inf, device=device)
        self.found: list[Found] = []

    def add(self, products: torch.Tensor, axis: int, begin: int, place: int) -> None:
        """Take in a tile of products.

        Args:
            products: of the owners from `begin` on with the others from `place` on.
            axis: along which the others are.
            begin: the tile's first owner.
            place: the tile's first other.
        """
        groups = _groups(products, axis)
        # Owners go first from here on; to take maxima of the transposed tile would be twenty times as slow.
        maxima, members = groups.amax(dim=axis).float(), groups.movedim((1 - axis) * 2, 0)
        maxima = maxima if axis else maxima.T.contiguous()
        highest = self.highest[begin : begin + len(maxima)]
        highest.copy_(torch.cat([highest, maxima], dim=1).topk(self.k, dim=1).values)
        least = self._least(highest)
        owners, hit = (maxima >= least[:, None]).nonzero(as_tuple=True)
        values = members[owners, :, hit].float()
        hits, offsets = (values >= least[owners, None]).nonzero(as_tuple=True)
        owners, others = owners[hits], offsets * maxima.shape[1] + hit[hits]
        real = others < products.shape[axis]
        found = owners + begin, others + place, values[hits, offsets]
        self.found.append(Found(*(part[real] for part in found)))

    def drop(self) -> Found:
        """Forget those whom others have left behind since; returns who stays."""
        owners, others, products = map(torch.cat, zip(*self.found, strict=True))
        stay = products >= self._least(self.highest)[owners]
        self.found = [Found(owners[stay], others[stay], products[stay])]
        return self.found[0]

    def nearest(self, x: torch.Tensor, y: torch.Tensor) -> Neighbours:
        """The k nearest of each owner, by products in float32 of its vector in `x` with those of the others in `y`."""
        found = self.drop()
        pairs = zip(torch.split(found.owners, _PAIRS), torch.split(found.others, _PAIRS), strict=True)
        exact = torch.cat([(x.index_select(0, one).mul_(y.index_select(0, other))).sum(dim=1) for one, other in pairs])
        owners, others, similarities = (part.cpu().numpy() for part in (found.owners, found.others, exact))
        order = np.lexsort((others, -similarities, owners))
        firsts = np.searchsorted(owners[order], np.arange(len(x)))
        chosen = order[firsts[:, None] + np.arange(min(self.k, len(y)))]
        return Neighbours(similarities[chosen], others[chosen])

    def _least(self, highest: torch.Tensor) -> torch.Tensor:
        """What a product must reach for its true value to reach one of the k highest."""
        kth, (most, share) = highest[:, -1], self.error
        return kth - 2 * (most + share * (kth.abs() + 2 * most)) * (1 + 2 * share)


def _groups(products: torch.Tensor, axis: int) -> torch.Tensor:
    """An axis in two, `[GROUP, num_groups]`; what is missing of the last ones is lower than all."""
    short = -products.shape[axis] % GROUP
    if short:
        padding = (0, short) if axis else (0, 0, 0, short)
        products = nn.functional.pad(products, padding, value=-torch.inf)
    return torch.unflatten(products, axis, (GROUP, -1))
