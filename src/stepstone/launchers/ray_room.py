"""Room for workers on the nodes of a Ray cluster: how many they hold, and in words what is asked and what there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

# Nodes of the same amounts that are called by their names.
MOST_NAMES = 3


class Node(NamedTuple):
    """A machine of the cluster that is alive; resources by Ray's names, memory in bytes."""

    id: str
    name: str
    resources: Mapping[str, float]

    def num_fitting(self, demands: Mapping[str, float]) -> int:
        """How many workers it can hold when nothing else runs on it."""
        return min(int(self.resources.get(name, 0.0) / amount + 1e-6) for name, amount in demands.items())


def describe_amounts(resources: Mapping[str, float], wanted: Iterable[str]) -> str:
    """How much there is of what is wanted.

    >>> describe_amounts({"CPU": 4.0, "memory": 2.5 * 2**30}, ["CPU", "GPU", "memory"])
    'CPU 4, GPU 0, memory 2.5 GiB'
    """
    amounts = {name: resources.get(name, 0.0) for name in wanted}
    return ", ".join(
        f"{name} {amount / 2**30:.3g} GiB" if name == "memory" else f"{name} {amount:g}"
        for name, amount in amounts.items()
    )


def describe_nodes(nodes: Iterable[Node], wanted: Iterable[str]) -> str:
    """What the nodes have of what is wanted; those that have the same together.

    >>> describe_nodes([Node("1", "a", {"CPU": 8}), Node("2", "b", {}), Node("3", "c", {"CPU": 8})], ["CPU"])
    'a, c have CPU 8; b has CPU 0'
    """
    names: dict[str, list[str]] = {}
    wanted = tuple(wanted)
    for node in nodes:
        names.setdefault(describe_amounts(node.resources, wanted), []).append(node.name)
    return "; ".join(f"{_listed(group)} {amounts}" for amounts, group in names.items()) or "there are no nodes"


def describe_times(number: int) -> str:
    """How often something is asked for.

    >>> [describe_times(number) for number in (1, 2, 3)]
    ['once', 'twice', '3 times']
    """
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _listed(names: list[str]) -> str:
    if len(names) == 1:
        return f"{names[0]} has"
    others = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {others} more" if others > 0 else "") + " have"
