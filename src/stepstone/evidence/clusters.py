"""Which examples of a target are drawn together: clusters, linked across languages by the examples' ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Numbers = NDArray[np.intp]


@dataclass(frozen=True)
class Clustered:
    """The examples of one test set: their ids, and the name of each one's cluster (empty: it is its own)."""

    ids: Sequence[str]
    clusters: Sequence[str]

    @property
    def num_clusters(self) -> int:
        """How many clusters it has."""
        return len(set(self._names()))

    def _names(self) -> list[str]:
        pairs = zip(self.ids, self.clusters, strict=True)
        return [f"c{cluster}" if cluster else f"i{name}" for name, cluster in pairs]

    def named(self, prefix: str) -> list[str]:
        """The cluster of every example, under a name that no other test set uses."""
        return [f"{prefix}\0{name}" for name in self._names()]


def joined(sets: Mapping[str, Clustered]) -> tuple[dict[str, Numbers], int]:
    """The number of every example's cluster over the union of the test sets, [examples] by language; and their count.

    Examples with one id in two languages are translations of each other, so their clusters are one. A language in
    which that would melt clusters together (ids that merely count the rows of unrelated sets) is drawn by itself.
    """
    together = _components(sets, set())
    if not _melts(sets, together[0]):
        return together
    apart: set[str] = set()
    for number, language in enumerate(sets):
        known = {name: sets[name] for name in list(sets)[: number + 1]}
        if _melts(known, _components(known, apart)[0]):
            apart.add(language)
    return _components(sets, apart)


def _melts(sets: Mapping[str, Clustered], numbers: Mapping[str, Numbers]) -> bool:
    """Whether any test set is left with less than half of its clusters."""
    return any(2 * len(np.unique(numbers[name])) < own.num_clusters for name, own in sets.items())


def _components(sets: Mapping[str, Clustered], apart: set[str]) -> tuple[dict[str, Numbers], int]:
    """Connected components of the graph of ids and clusters; ids of languages `apart` are no one else's."""
    nodes: dict[str, int] = {}
    ids: dict[str, list[int]] = {}
    pairs: list[tuple[int, int]] = []
    for language, own in sets.items():
        prefix = f"{language}\0" if language in apart else ""
        ids[language] = [nodes.setdefault(f"{prefix}\0{name}", len(nodes)) for name in own.ids]
        clusters = [nodes.setdefault(f"cluster\0{name}", len(nodes)) for name in own.named(language)]
        pairs += zip(ids[language], clusters, strict=True)
    rows, columns = np.array(pairs, dtype=np.intp).T
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(len(nodes), len(nodes)))
    count, numbers = connected_components(graph, directed=False)
    return {language: np.asarray(numbers[places], dtype=np.intp) for language, places in ids.items()}, int(count)
