"""The weights of a checkpoint's encoder as they lie on disk: read one at a time, under the encoder's own names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open

from stepstone.learning.weights import INDEX, WEIGHTS


class StoredWeights:
    """What a folder holds of an encoder whose weights are called `names`; a head's are passed over.

    Args:
        folder: a Hugging Face folder.
        prefix: what stands before the names of an encoder's weights in a model with a head.
        names: every name of a weight -> the one that it is read under; they differ where a weight has two names.
    """

    def __init__(self, folder: Path, prefix: str, names: Mapping[str, str]) -> None:
        self.folder = folder
        self._places: dict[str, tuple[Path, str]] = {}
        self.beyond: tuple[str, ...] = ()
        for path in _files(folder):
            with safe_open(path, "pt") as file:
                for stored in file.keys():  # noqa: SIM118 (it is no mapping)
                    self._add(path, stored, stored.removeprefix(f"{prefix}."), names)

    def _add(self, path: Path, stored: str, bare: str, names: Mapping[str, str]) -> None:
        if bare in names:
            self._places.setdefault(names[bare], (path, stored))
        elif bare != stored:
            self.beyond = (*self.beyond, bare)

    @property
    def names(self) -> frozenset[str]:
        """Of the weights that are there; `beyond` are those of the encoder's that it has no place for."""
        return frozenset(self._places)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a weight, which is not read for it."""
        path, stored = self._places[name]
        with safe_open(path, "pt") as file:
            return tuple(file.get_slice(stored).get_shape())

    def read(self, name: str) -> torch.Tensor:
        """A weight in float32."""
        path, stored = self._places[name]
        with safe_open(path, "pt") as file:
            weight: torch.Tensor = file.get_tensor(stored).float()
        return weight


def _files(folder: Path) -> list[Path]:
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    table = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return [folder / name for name in sorted(set(table["weight_map"].values()))]
