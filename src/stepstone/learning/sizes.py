"""Whether a config and the files of weights beside it can be of one encoder, before memory is taken for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import safe_open
from transformers import AutoConfig, AutoModel

from stepstone.core.errors import UserError, first_line
from stepstone.learning.encoder import Loaded, cannot_open, first_names

_FLOATS = ("F64", "F32", "F16", "BF16")
# No encoder has as many layers; a config that says so would be built for hours.
_MOST_LAYERS = 1000
# Each is given a name when a config is opened.
_MOST_LABELS = 1_000_000
# Weights beside those of the encoder (heads, a decoder) make the files larger than the encoder, never smaller.
_MOST_TIMES = 4
_REMEDY = "take config.json and weights from the same checkpoint, or save the model again: save_pretrained(FOLDER)"


class _Held(NamedTuple):
    name: str
    dtype: str
    num: int


def check_sizes(folder: Path, files: Iterable[Path]) -> None:
    """Open the config and count what it describes, without values.

    Raises:
        UserError: no config can be opened there, or the encoder that it describes is far larger than its weights.
    """
    try:
        _check_labels(folder / "config.json")
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    # The library raises what it likes at what it finds in a file.
    except Exception as error:
        raise cannot_open(folder, first_line(error)) from error
    _refuse_quantised(folder / "config.json")
    depth = getattr(config, "num_hidden_layers", None)
    if isinstance(depth, int) and depth > _MOST_LAYERS:
        raise UserError(f"num_hidden_layers is {depth:,}", where=str(folder / "config.json"), remedy=_REMEDY)
    described, held = _count(config, folder), sum(one.num for one in _held(files))
    if described > _MOST_TIMES * held:
        raise UserError(
            f"describes an encoder of {described:,} weights, and its safetensors files hold {held:,}",
            where=str(folder / "config.json"),
            remedy=_REMEDY,
        )


def _refuse_quantised(config: Path) -> None:
    method = json.loads(config.read_bytes()).get("quantization_config")
    if method:
        name = method.get("quant_method", "of no name") if isinstance(method, dict) else method
        raise UserError(
            f"says that its weights are quantised ({name}); they would be trained as what was rounded",
            where=str(config),
            remedy="take the checkpoint that this one was quantised from, or save the model again without rounding; "
            "where the weights are floating-point numbers, take quantization_config out of it",
        )


def _check_labels(config: Path) -> None:
    num_labels = json.loads(config.read_bytes()).get("num_labels", 0)
    if isinstance(num_labels, int) and num_labels > _MOST_LABELS:
        raise ValueError(f"num_labels is {num_labels:,}")


def refuse_integers(loaded: Loaded, files: Iterable[Path], folder: Path) -> None:
    """Raise UserError where weights of the encoder are stored as whole numbers or bytes: quantised without a scale."""
    known = {name for name, _ in loaded.model.named_parameters()}
    odd = [one for one in _held(files) if one.dtype not in _FLOATS and any(one.name.endswith(name) for name in known)]
    if odd:
        raise UserError(
            f"{len(odd)} weights of the encoder are stored as {odd[0].dtype}, not as floating-point numbers "
            f"({first_names([one.name for one in odd])})",
            where=str(folder),
            remedy="take the checkpoint that this one was quantised from",
        )


def _count(config: Any, folder: Path) -> int:
    try:
        with torch.device("meta"):
            model = AutoModel.from_config(config, trust_remote_code=False)
    except Exception as error:
        raise cannot_open(folder, first_line(error)) from error
    return int(sum(value.numel() for value in model.parameters()))


def _held(files: Iterable[Path]) -> Iterator[_Held]:
    for path in files:
        if path.suffix == ".safetensors":
            with safe_open(path, "pt") as file:
                for name in file.keys():  # noqa: SIM118
                    part = file.get_slice(name)
                    num = 1
                    for size in part.get_shape():
                        num *= size
                    yield _Held(name, str(part.get_dtype()), num)
