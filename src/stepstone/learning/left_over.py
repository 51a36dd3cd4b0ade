"""Weights in the files of an encoder that its config has no place for, though they are a part of it."""

from __future__ import annotations

import re
from pathlib import Path

from stepstone.core.errors import UserError
from stepstone.learning.encoder import Loaded, first_names

# Counted from the config, whatever a file has of them.
_TABLES_OF_ANGLES = ".inv_freq"


def refuse_deeper(loaded: Loaded, folder: Path) -> None:
    """Raise UserError where the files hold more layers of the encoder than its config has: a part would be left out."""
    shapes = {_shape(name) for name, _ in loaded.model.named_parameters()}
    prefix, has_layers = f"{loaded.model.base_model_prefix}.", any("#" in shape for shape in shapes)
    numbered = {name: shape for name in loaded.dropped if "#" in (shape := _shape(name).removeprefix(prefix))}
    more = [name for name, shape in numbered.items() if shape in shapes or not has_layers]
    if more:
        raise UserError(
            f"has fewer layers than the weights, of which {len(more)} would be left out ({first_names(more)})",
            where=str(folder / "config.json"),
            remedy="give it the num_hidden_layers of the weights; to use the lower layers alone, save them as a model: "
            "AutoModel.from_pretrained(FOLDER).save_pretrained(...)",
        )


def refuse_left_over(loaded: Loaded, folder: Path) -> None:
    """Raise UserError where the files hold more of a layer than the architecture has, which would be left out."""
    prefix = f"{loaded.model.base_model_prefix}."
    layers = {layer for name, _ in loaded.model.named_parameters() if (layer := _layer(name))}
    dropped = [name for name in loaded.dropped if not name.endswith(_TABLES_OF_ANGLES)]
    more = [name for name in dropped if _layer(name.removeprefix(prefix)) in layers]
    if more:
        raise UserError(
            f"{len(more)} weights within its layers are none that {loaded.model.config.model_type} has "
            f"({first_names(more)}): without them it is another encoder",
            where=str(folder),
            remedy="give config.json the architecture that they were saved from; adapters are merged into the weights "
            "that they stand beside, or left out of the files",
        )


def _layer(name: str) -> str:
    """What a weight's name says up to the number of its layer; empty where it has none.

    >>> _layer("encoder.layer.11.output.dense.bias")
    'encoder.layer.11.'
    """
    found = re.match(r"(?:[^.\d][^.]*\.)+\d+\.", name)
    return found[0] if found else ""


def _shape(name: str) -> str:
    """A weight's name with its layer's number left open.

    >>> _shape("encoder.layer.11.output.dense.bias")
    'encoder.layer.#.output.dense.bias'
    """
    return re.sub(r"(?<=\.)\d+(?=\.)", "#", name)
