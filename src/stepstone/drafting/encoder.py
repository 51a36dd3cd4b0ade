"""The encoder of a drafted study: one that is listed, or one in a folder of the user's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.catalogue.own_models import declare_model, no_config, shape_of
from stepstone.core.home import expanded
from stepstone.core.model import ModelEntry
from stepstone.core.recipe import Recipe
from stepstone.drafting.toml import path_from, value


@dataclass(frozen=True)
class Encoder:
    """Its name in the study, its folder as that has it, and how many word pieces it can place (None: any number)."""

    name: str = "xlm-roberta-base"
    folder: str | None = None
    num_positions: int | None = None

    def longest(self, wanted: int) -> int:
        """The length of texts that is wanted, or as much of it as there are positions for."""
        return wanted if self.num_positions is None else min(wanted, self.num_positions)

    def tables(self) -> Iterator[str]:
        """The tables that it takes in a study."""
        if self.folder is not None:
            yield from ("", f"[model.{self.name}]")
            yield f"folder = {value(self.folder)}    # in the Hugging Face layout"
        usual = Recipe().max_length
        if self.longest(usual) < usual:
            yield from ("", "[recipe]", f"max_length = {self.longest(usual)}    # {self.name} has no more positions")


def read_encoder(given: str | None, study: Path) -> Encoder:
    """From the word of --model, the name of a listed encoder or a folder, for a study that is to lie in `study`.

    Raises:
        UserError: it is neither, or the folder holds no config.json.
    """
    if given is None:
        return Encoder()
    folder = expanded(given)
    if not folder.is_dir():
        return Encoder(BUILT_IN.model(given).name)
    if not (folder / "config.json").is_file():
        raise no_config(folder)
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", folder.resolve().name).strip("-_") or "mine"
    shape = shape_of(declare_model(name, ModelEntry(folder=str(folder))))
    return Encoder(name, path_from(study, folder), None if shape is None else shape.num_positions)
