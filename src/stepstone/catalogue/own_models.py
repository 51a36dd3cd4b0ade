"""A study's own encoders and ladders as declarations, beside those of the catalogue."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stepstone.catalogue.catalogue import BUILT_IN, Catalogue
from stepstone.core.architecture import Architecture
from stepstone.core.errors import UserError
from stepstone.core.home import expanded
from stepstone.core.ladder import Ladder
from stepstone.core.model import FolderModel, HubModel, Model, ModelEntry, ScratchModel

# Of a study's own ladder nobody has read anything.
BY_STUDY = "the same for all of them, says the study"


def declare_model(name: str, entry: ModelEntry, catalogue: Catalogue = BUILT_IN) -> Model:
    """The `[model.NAME]` table of a study as a model; that it names one place was checked when it was read.

    A table with a recipe alone, or with pretraining text, changes that of a listed model. Unless its size is stated, a
    model at another commit of a repository that is declared has the declared shape, and one in a folder that of its
    config.json, or else, under the name of a declared model, that model's size. Both have the declared pretraining
    text, unless that is stated.

    Raises:
        UserError: the encoder has fewer layers than num_layers asks for.
    """
    if entry.scratch is not None:
        return ScratchModel.model_validate({"recipe": entry.recipe, **entry.scratch, "name": name})
    if entry.folder is not None:
        return _in_folder(name, entry, entry.folder, catalogue)
    if entry.hub is not None:
        return _on_hub(name, entry, entry.hub, catalogue)
    listed = catalogue.model(name)
    return listed.model_copy(update={"recipe": {**listed.recipe, **entry.recipe}, **_text(name, entry, listed)})


def _in_folder(name: str, entry: ModelEntry, folder: str, catalogue: Catalogue) -> FolderModel:
    config, size = _read_config(folder), _sizes(entry)
    num_layers = _depth(name, entry, config.get("num_hidden_layers"))
    shape = Architecture.of_config(config)
    copied = catalogue.model(name) if name in catalogue.models() and num_layers is None else None
    if entry.num_parameters is None and shape is not None:
        size = _sizes(shape.cut(num_layers))
    elif entry.num_parameters is None and copied is not None:
        size = _sizes(copied)
    text = _text(name, entry, copied)
    return FolderModel(name=name, folder=folder, recipe=entry.recipe, num_layers=num_layers, **size, **text)


def architecture_of(model: Model) -> Architecture | None:
    """The architecture that an encoder declares, or that of its folder's config.json; None where neither says it."""
    if isinstance(model, FolderModel):
        shape = Architecture.of_config(_read_config(model.folder))
        return shape and shape.cut(model.num_layers)
    return model.architecture


def _on_hub(name: str, entry: ModelEntry, repository: str, catalogue: Catalogue) -> HubModel:
    known, size = catalogue.model_at(repository), _sizes(entry)
    depth = known and known.architecture and known.architecture.num_hidden_layers
    if known is not None and entry.num_parameters is None:
        evidence = {field: where for field, where in known.evidence.items() if field == "architecture"}
        size = {"architecture": known.architecture, "evidence": evidence}
    fields = {**size, **_text(name, entry, known), "num_layers": _depth(name, entry, depth)}
    return HubModel(name=name, repository=repository, revision=entry.revision, recipe=entry.recipe, **fields)


def _sizes(one: Architecture | Model | ModelEntry) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("num_parameters", "num_embedding_parameters")}


def _read_config(folder: str) -> dict[str, Any]:
    """What a folder's config.json says; nothing where there is none, which is refused when the encoder is obtained."""
    try:
        found = json.loads((expanded(folder) / "config.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def no_config(folder: Path) -> UserError:
    """Why a folder is none of a model; sentence-transformers may have one within, which is named."""
    within = (path.parent for path in sorted(folder.glob("*/config.json")))
    inner = next((path for path in within if "model_type" in _read_config(str(path))), None)
    remedy = "name a Hugging Face model folder" if inner is None else f'name the folder of its encoder: "{inner}"'
    return UserError("holds no config.json", where=str(folder), remedy=remedy)


def _depth(name: str, entry: ModelEntry, depth: Any) -> int | None:
    """How many layers are taken; None: all."""
    if entry.num_layers is None or not isinstance(depth, int):
        return entry.num_layers
    if entry.num_layers > depth:
        message = f"num_layers = {entry.num_layers}, but it has {depth} layers"
        raise UserError(message, where=f"model.{name}.num_layers", remedy=f"name fewer than {depth}, or leave it out")
    return None if entry.num_layers == depth else entry.num_layers


def _text(name: str, entry: ModelEntry, known: Model | None) -> dict[str, dict[str, float]]:
    """What a model was pretrained on: as the study says, else as that of the catalogue was."""
    if isinstance(known, ScratchModel):
        if entry.pretraining_text:
            where = f"model.{name}.pretraining_text"
            raise UserError("what an encoder that is pretrained here reads is declared with it", where=where)
        return {}
    return {"pretraining_text": entry.pretraining_text or (known.pretraining_text if known else {})}


def declare_ladder(name: str, models: tuple[str, ...], catalogue: Catalogue = BUILT_IN) -> Ladder:
    """The `[ladder.NAME]` table of a study as a ladder: what its models share is the study's to know.

    Raises:
        UserError: the catalogue has a ladder of that name.
    """
    if name in catalogue.ladders():
        remedy = "give yours a name of its own; `stepstone list ladders` shows the names that are taken"
        raise UserError(f'the catalogue has a ladder called "{name}"', where=f"ladder.{name}", remedy=remedy)
    shared = dict.fromkeys(("tokenizer", "languages", "tokens", "objective"), BY_STUDY)
    return Ladder(name=name, title=name, models=models, **shared)
