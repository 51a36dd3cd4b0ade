"""The numbers of examples that a study asks for, held against what its data has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from stepstone.core.uses import DataUse

SHOTS = "num_shots"
FEWER = "give a number that is there, or at_most = true beside it, which trains on all that a language has"


@dataclass(frozen=True)
class ExampleDemand:
    """A training that asks for exactly `use.num_examples`; `key` of the study says so."""

    key: str
    use: DataUse


def find_shortages(demands: Iterable[ExampleDemand], count: Callable[[DataUse], int]) -> Iterator[str]:
    """What has fewer examples than it is asked for, by table: languages compared are to be of one size.

    Args:
        demands: what the study asks for.
        count: how many examples the split of a use has, all in all.
    """
    found: dict[str, dict[str, tuple[DataUse, int]]] = {}
    for demand in demands:
        used = f"{demand.use.task} {demand.use.language}"
        found.setdefault(demand.key, {})[used] = demand.use, count(demand.use)
    for key, uses in found.items():
        short = [f'{use.task} has {num:,} in "{use.language}"' for use, num in uses.values() if num < _wanted(use)]
        if short:
            wanted = max(_wanted(use) for use, _ in uses.values())
            least = min(num for _, num in uses.values())
            name = key.rpartition(".")[2]
            fewer = "; or at_most = true beside it, which trains on all that a language has" if name != SHOTS else ""
            said = f"{key}: is {wanted:,}, but {', '.join(short)}"
            yield f"{said}\n  remedy: {name} = {least} or less, which all have{fewer}"


def _wanted(use: DataUse) -> int:
    return use.num_examples or 0
