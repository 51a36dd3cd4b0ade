"""The files of a model folder before a library opens them: whole, readable, and under the names that it looks for."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from transformers import AutoModelForMaskedLM

from stepstone.core.errors import UserError
from stepstone.data.formats.lines import FETCH_IT, IS_POINTER, LFS_POINTER
from stepstone.learning.encoder import Loaded, first_names

WEIGHTS = "model.safetensors"
INDEX = f"{WEIGHTS}.index.json"
_TABLES = ("config.json", "tokenizer.json", "tokenizer_config.json", INDEX)
# What DataParallel, torch.compile, FSDP, DeepSpeed, sentence-transformers and Lightning put before every name.
_WRAPPED = re.compile(r"(?:(?:module|_orig_mod|_fsdp_wrapped_module|_forward_module|(?:0\.)?auto_model|model)\.)+(?=.)")


def check_files(files: Sequence[Path], again: str) -> None:
    """Raise UserError for the first of a model's files that is not what its name says.

    Args:
        files: all files of the folder that will be read.
        again: the remedy for a file that is damaged.
    """
    for path in files:
        with path.open("rb") as file:
            head = file.read(len(LFS_POINTER))
        if head == LFS_POINTER:
            raise UserError(IS_POINTER, where=str(path), remedy=FETCH_IT)
        if path.suffix == ".json":
            _check_json(path, again)
        elif path.suffix == ".safetensors":
            _check_weights(path, again)
    _check_shards({path.name: path for path in files}, again)
    _refuse_adapters(files)


def _check_json(path: Path, again: str) -> None:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise UserError(f"is not JSON: {error.msg}", where=f"{path}:{error.lineno}", remedy=again) from error
    except UnicodeDecodeError as error:
        raise UserError("is not UTF-8", where=str(path), remedy=again) from error
    except (ValueError, RecursionError) as error:
        raise UserError("is nested too deep, or holds thousands of digits", where=str(path), remedy=again) from error
    if path.name in _TABLES and not isinstance(table, dict):
        raise UserError("is no table of names and values", where=str(path), remedy=again)


def _check_weights(path: Path, again: str) -> None:
    try:
        with safe_open(path, "pt") as file:
            held = file.keys()
    except (SafetensorError, OSError) as error:
        size = f"{path.stat().st_size:,} bytes"
        raise UserError(
            f"is cut short or no safetensors file ({size}; {error})", where=str(path), remedy=again
        ) from error
    if not held:
        raise UserError("holds no weights", where=str(path), remedy=again)


def _check_shards(files: dict[str, Path], again: str) -> None:
    """Weights are one file, or all the files that an index names."""
    if WEIGHTS in files:
        return
    folder = next(iter(files.values())).parent
    if INDEX not in files:
        found = sorted(name for name in files if name.endswith(".safetensors"))
        remedy = f"copy {INDEX} there too where the weights are in several files, or name the one file {WEIGHTS}"
        if any(name.startswith("adapter") for name in found):
            remedy = (
                "adapters are not an encoder: merge them into the one that they were trained on, and save that: "
                "PeftModel.from_pretrained(...).merge_and_unload().save_pretrained(FOLDER)"
            )
        raise UserError(
            f"has neither {WEIGHTS} nor {INDEX}; it has {first_names(found)}", where=str(folder), remedy=remedy
        )
    table = json.loads(files[INDEX].read_text(encoding="utf-8"))
    parts = table.get("weight_map") if isinstance(table, dict) else None
    if not isinstance(parts, dict):
        raise UserError("has no weight_map", where=str(files[INDEX]), remedy=again)
    lost = sorted({str(name) for name in parts.values()} - set(files))
    if lost:
        remedy = f"copy it there too, from where {INDEX} came"
        raise UserError(f"{INDEX} names it and it is not there", where=str(folder / lost[0]), remedy=remedy)


def _refuse_adapters(files: Sequence[Path]) -> None:
    """Raise UserError where adapters lie beside whole weights: the library puts them into any model of the folder."""
    for path in files:
        if path.name == "adapter_config.json":
            raise UserError(
                "names adapters beside the whole weights of an encoder, into which they may be merged or not",
                where=str(path),
                remedy="merge them and save that (PeftModel.from_pretrained(...).merge_and_unload()), or move what is "
                "called adapter_* out of the folder",
            )


def find_wrapped(files: Iterable[Path]) -> dict[str, str]:
    """Names of weights that known wrappers put a prefix before, each with the name below it.

    Empty where there is none, or where two weights would have one name.
    """
    names = [name for path in files if path.suffix == ".safetensors" for name in _names(path)]
    below = {name: _WRAPPED.sub("", name, count=1) if _WRAPPED.match(name) else name for name in names}
    if len(set(below.values())) < len(names):
        return {}
    return {name: bare for name, bare in below.items() if name != bare}


def find_tied(files: Iterable[Path], loaded: Loaded) -> dict[str, str]:
    """Names of output layers that hold the embeddings tied to them, each with the name of those.

    Whoever converts tied weights keeps one of their two names, and it may be the one that an encoder does not have.
    Empty unless that is all that the encoder lacks.
    """
    config, prefix = loaded.model.config, f"{loaded.model.base_model_prefix}."
    known = AutoModelForMaskedLM._model_mapping
    if not loaded.lost or not config.tie_word_embeddings or type(config) not in known:
        return {}
    tied = getattr(known[type(config)], "_tied_weights_keys", None) or {}
    names = {name for path in files if path.suffix == ".safetensors" for name in _names(path)}
    found = {output: table for output, table in tied.items() if table.removeprefix(prefix) in loaded.lost}
    is_all = {table.removeprefix(prefix) for table in found.values()} == set(loaded.lost)
    return found if is_all and set(found) <= names else {}


def _names(path: Path) -> list[str]:
    with safe_open(path, "pt") as file:
        return list(file.keys())


def prefixes(wrapped: dict[str, str]) -> tuple[str, ...]:
    """What was before the names.

    >>> prefixes({"module.a": "a", "module.b": "b"})
    ('module.',)
    """
    return tuple(sorted({name.removesuffix(bare) for name, bare in wrapped.items()}))


def rename(path: Path, names: dict[str, str], target: Path) -> None:
    """Write a file of weights, or their index, with other names; copy any other."""
    if path.suffix == ".safetensors":
        weights = {names.get(name, name): value for name, value in load_file(path).items()}
        save_file(weights, target, metadata={"format": "pt"})
    elif path.name == INDEX:
        table = json.loads(path.read_text(encoding="utf-8"))
        table["weight_map"] = {names.get(name, name): part for name, part in table["weight_map"].items()}
        target.write_text(json.dumps(table, indent=2), encoding="utf-8")
    else:
        shutil.copyfile(path, target)
