"""A pretrained encoder taken as it is, from the hub (pinned) or a folder: tokenizer, config and safetensors."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from transformers import PreTrainedConfig, PreTrainedTokenizerFast

from stepstone.catalogue.available import available
from stepstone.catalogue.catalogue import Catalogue
from stepstone.catalogue.own_models import no_config
from stepstone.core.errors import UserError
from stepstone.core.home import expanded
from stepstone.core.model import FolderModel, HubModel, conversion
from stepstone.core.result import PretrainedResult
from stepstone.core.specs.encoder import PretrainedSpec
from stepstone.data.model_folder import ENCODER_FILES
from stepstone.families.family import Family, find_family
from stepstone.learning.calls import find_calls, write_without
from stepstone.learning.cut import cut_layers, save_over
from stepstone.learning.download import download
from stepstone.learning.encoder import Loaded, has_head, open_encoder, reads_padding, refuse_lost
from stepstone.learning.fit import check_fit, describe_tokenizer
from stepstone.learning.language_model import has_language_model
from stepstone.learning.layers import layers_of, linear_layers, num_positions
from stepstone.learning.left_over import refuse_deeper, refuse_left_over
from stepstone.learning.sizes import check_sizes, refuse_integers
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.learning.weights import (
    check_files,
    find_tied,
    find_wrapped,
    prefixes,
    rename,
)
from stepstone.stages.context import StageContext

_AGAIN = "copy it there again, all of it, or save the model again: save_pretrained(FOLDER)"


def run(spec: PretrainedSpec, folder: Path, context: StageContext) -> PretrainedResult:
    """Put the model's files into `folder`, open them once and try the encoder on a text pair.

    Raises:
        UserError: something of the model is missing, damaged, or fits nothing else of it; its file is named.
    """
    is_hub = isinstance(spec.model, HubModel)
    model = spec.model
    context.phase(f"fetching {model.name}" if is_hub else f"reading {model.name}")
    origin = _fetch(model) if isinstance(model, HubModel) else expanded(model.folder)
    if not (origin / "config.json").is_file():
        raise no_config(origin)
    files = sorted({path for pattern in ENCODER_FILES for path in origin.glob(pattern)})
    if not any(path.suffix == ".safetensors" for path in files):
        raise UserError(
            "holds no safetensors weights; pickled ones are never opened",
            where=str(origin),
            remedy=_describe_conversion(spec.model),
        )
    check_files(files, f"delete {origin}, and it is fetched again" if is_hub else _AGAIN)
    check_sizes(origin, files)
    tokenizer = load_tokenizer(origin)
    context.phase("opening the encoder")
    loaded = _take(origin, files, folder)
    if model.num_layers is not None:
        cut_layers(loaded.model, model.num_layers, f"model.{model.name}.num_layers")
        save_over(loaded.model, folder)
    check_fit(loaded.model, tokenizer, origin)
    heads = _describe_heads(loaded.model.config, context.catalogue)
    for said in (*_describe(loaded, origin), *describe_tokenizer(tokenizer, origin), *heads):
        context.report({"event": "note", "message": said})
    return _result(loaded, tokenizer, folder, context.catalogue)


def _result(loaded: Loaded, tokenizer: PreTrainedTokenizerFast, folder: Path, catalogue: Catalogue) -> PretrainedResult:
    layers = layers_of(loaded.model)
    return PretrainedResult(
        num_parameters=loaded.model.num_parameters(),
        num_positions=num_positions(loaded.model),
        heads=tuple(find_heads(loaded.model.config, catalogue)),
        num_layers=len(layers),
        linear_layers=linear_layers(layers),
        has_language_model=has_language_model(folder),
        has_mask_token=tokenizer.mask_token is not None,
        weights=loaded.account(),
    )


def _describe(loaded: Loaded, origin: Path) -> Iterator[str]:
    """Under which names weights were found, where they are not the encoder's own."""
    if loaded.unwrapped:
        taken = ", ".join(f'"{prefix}"' for prefix in loaded.unwrapped)
        yield f"{taken} was taken off the names of weights in {origin}"
    if loaded.tied:
        yield f"the embeddings in {origin} are tied to {', '.join(loaded.tied)} and read from it"


def _describe_conversion(model: HubModel | FolderModel) -> str:
    """How safetensors are made of them, line by line, by whoever trusts them."""
    if isinstance(model, HubModel):
        lines = conversion(model.repository, model.revision or "")
    else:
        lines = conversion(model.folder)
    lines = lines.replace("\n", "\n    ")
    return (
        f'convert a copy, if you trust it, and name its folder ([model.{model.name}] folder = "FOLDER"):\n    {lines}'
    )


def _take(origin: Path, files: Sequence[Path], folder: Path) -> Loaded:
    """The files in `folder`, and the encoder opened; what it lacks is looked for under names that others give it.

    Raises:
        UserError: weights of the encoder are missing, or left over.
    """
    loaded = open_encoder(origin)
    tied = find_tied(files, loaded)
    wrapped = find_wrapped(files) if loaded.lost and not tied else {}
    calls = find_calls(origin / "config.json")
    for path in files:
        if path.name == "config.json" and calls:
            write_without(path, calls, folder / path.name)
        elif tied or wrapped:
            rename(path, tied or wrapped, folder / path.name)
        else:
            _place(path, folder / path.name)
    if tied or wrapped or calls:
        loaded = replace(open_encoder(folder), unwrapped=prefixes(wrapped), tied=tuple(tied))
    refuse_lost(loaded, origin)
    refuse_deeper(loaded, origin)
    refuse_left_over(loaded, origin)
    refuse_integers(loaded, files, origin)
    return loaded


def find_heads(config: PreTrainedConfig, catalogue: Catalogue) -> list[str]:
    """The families whose head transformers has for this architecture: known before anything is trained."""
    found = (family for family in _trained(catalogue) if has_head(family.auto_class, config))
    return [family.name for family in found if not reads_padding(family.auto_class, config)]


def _describe_heads(config: PreTrainedConfig, catalogue: Catalogue) -> Iterator[str]:
    """Which heads are left out though transformers has them."""
    if names := [family.name for family in _trained(catalogue) if reads_padding(family.auto_class, config)]:
        yield (
            f"heads of {config.model_type} ({', '.join(names)}) would read the last state of a text, which is "
            'padding\'s, and are left out; with "summary_type": "first" in its config.json they read the first'
        )


def _trained(catalogue: Catalogue) -> list[Family[Any]]:
    trained = {family.name: family for family in available(catalogue.families(), catalogue.family) if family.is_trained}
    return list(available(trained, lambda name: find_family(trained[name])))


def _fetch(model: HubModel) -> Path:
    assert model.revision is not None, "the plan asks for one"
    return download(model.repository, model.revision, f"model.{model.name}")


def _place(origin: Path, target: Path) -> None:
    """Link where the file system can (weights are large), copy where it cannot."""
    try:
        os.link(origin.resolve(), target)
    except OSError:
        shutil.copyfile(origin, target)
