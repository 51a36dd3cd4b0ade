"""Several heads on one encoder: trained together, kept beside the encoder, opened one at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoConfig, PreTrainedModel

from stepstone.core.errors import UserError, nearest
from stepstone.learning.encoder import load_encoder

HEADS = "heads"
NAMES = "heads.json"
# The one part of an encoder that belongs to a head: families differ in whether they read it.
_OF_HEAD = "pooler"


class ManyHeads(nn.Module):
    """One encoder and models of several families, all of which read it."""

    def __init__(self, encoder: PreTrainedModel, members: Mapping[str, PreTrainedModel]) -> None:
        super().__init__()
        self.encoder = encoder
        self.members = nn.ModuleList(members.values())
        self._places = {name: place for place, name in enumerate(members)}
        for model in members.values():
            share_encoder(model, encoder)

    def member(self, name: str) -> PreTrainedModel:
        """The model of a head."""
        found = self.members[self._places[name]]
        assert isinstance(found, PreTrainedModel)
        return found

    def save(self, folder: Path, settings: Mapping[str, Mapping[str, Any]]) -> None:
        """Write the encoder as an ordinary folder, each head into `heads/`, and what configures it."""
        self.encoder.save_pretrained(folder)
        (folder / HEADS).mkdir()
        for name in self._places:
            weights = {key: value.detach().contiguous() for key, value in self._own(self.member(name)).items()}
            save_file(weights, folder / HEADS / f"{name}.safetensors")
        (folder / HEADS / NAMES).write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")

    def _own(self, model: PreTrainedModel) -> dict[str, torch.Tensor]:
        """The weights that only this member has."""
        shared = {id(value) for value in self.encoder.parameters()}
        return {name: value for name, value in model.named_parameters() if id(value) not in shared}


def share_encoder(model: PreTrainedModel, encoder: PreTrainedModel) -> None:
    """Put the encoder's layers in place of the model's own, which are dropped; only a pooler stays its own."""
    base = getattr(model, model.base_model_prefix)
    for name, child in encoder.named_children():
        if name != _OF_HEAD and hasattr(base, name):
            setattr(base, name, child)
    for name, value in encoder.named_parameters(recurse=False):
        setattr(base, name, value)
    model.tie_weights()


def open_head(auto_class: Any, folder: Path, name: str) -> PreTrainedModel:
    """The model of one head of a folder.

    Raises:
        UserError: there is no such head, or its weights are not those of its family.
    """
    known = read_settings(folder)
    if name not in known:
        raise UserError(f'has no head "{name}"', where=str(folder), remedy=nearest(name, known))
    config = AutoConfig.from_pretrained(folder, **_numbered(known[name]))
    model: PreTrainedModel = auto_class.from_config(config, dtype=torch.float32)
    encoder = load_encoder(folder).model
    share_encoder(model, encoder)
    weights = load_file(folder / HEADS / f"{name}.safetensors")
    outcome = model.load_state_dict(weights, strict=False)
    shared = {id(value) for value in encoder.parameters()}
    own = {key for key, value in model.named_parameters() if id(value) not in shared}
    lost = sorted(own & set(outcome.missing_keys))
    if lost or outcome.unexpected_keys:
        raise UserError(
            f'the weights of its head "{name}" are not those of {type(model).__name__} ({", ".join(lost[:2])})',
            where=str(folder / HEADS),
            remedy="have it trained again: stepstone run STUDY --restore LABEL",
        )
    return model


def read_settings(folder: Path) -> dict[str, dict[str, Any]]:
    """What configures each head of a folder; nothing where it has none."""
    path = folder / HEADS / NAMES
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def _numbered(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same with numbers for keys of names of outputs, which JSON has made texts."""
    names = settings.get("id2label")
    return {**settings, "id2label": {int(number): name for number, name in names.items()}} if names else dict(settings)
