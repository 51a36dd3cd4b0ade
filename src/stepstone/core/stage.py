"""Stages: the units of work, their specs, and the key that names what a stage would produce."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from pydantic import Field

from stepstone.core.model import FolderModel, HubModel, ScratchModel
from stepstone.core.recipe import Limits, Recipe
from stepstone.core.value import Json, Value, digest

# A stage's version counts changes of behaviour that change its numbers.
VERSIONS = {"pretrained": 1, "pretrain": 1, "finetune": 1, "evaluate": 2}


class DataUse(Value):
    """Which examples a stage reads: one split of a task in one language, or the first `num_examples` drawn from it."""

    task: str
    split: str
    language: str
    content: str = Field(description="hub revision, or digest of the local files, or the lab's version and seed")
    family_version: int
    labels: tuple[str, ...] = ()
    num_examples: int | None = Field(None, description="drawn at random by the stage's seed; None: all")


class PretrainedSpec(Value):
    """A model taken as it is. `content` is the hub revision or the digest of the folder's files."""

    model: HubModel | FolderModel
    content: str


class PretrainSpec(Value):
    """An encoder trained from scratch. `content` is that of its text."""

    model: ScratchModel
    content: str


class FinetuneSpec(Value):
    """One hop: the parent's encoder, a new head (or the parent's, where it fits), trained on `train`."""

    train: DataUse
    dev: DataUse | None
    recipe: Recipe
    seed: int
    keep_head: bool = False


class EvaluateSpec(Value):
    """One target in one language. `tune` is the data a threshold is chosen on, for families that have one."""

    data: DataUse
    tune: DataUse | None = None
    pool: tuple[DataUse, ...] = Field((), description="whose candidates are ranked, where languages share them")
    metric: str
    definition: str
    limits: Limits
    layer: int | None = Field(None, description="hidden layer that is pooled; None: int(0.6 x layers)")


Spec = PretrainedSpec | PretrainSpec | FinetuneSpec | EvaluateSpec
KINDS: dict[type[Value], str] = {
    PretrainedSpec: "pretrained",
    PretrainSpec: "pretrain",
    FinetuneSpec: "finetune",
    EvaluateSpec: "evaluate",
}


class Stage(Value):
    """A spec and its parents' keys. Label and coordinates are for people and never enter the key."""

    spec: Spec = Field(union_mode="left_to_right")
    parents: tuple[str, ...] = ()
    label: str = ""
    coordinates: dict[str, str | int] = {}

    @property
    def kind(self) -> str:
        """pretrained, pretrain, finetune or evaluate."""
        return KINDS[type(self.spec)]

    def payload(self) -> dict[str, Json]:
        """What is hashed: kind, version, the spec's identity without names that change nothing, parents' keys."""
        return {
            "kind": self.kind,
            "version": VERSIONS[self.kind],
            "spec": _without_names(self.spec),
            "parents": list(self.parents),
        }

    @cached_property
    def key(self) -> str:
        """sha256 of the payload's canonical JSON."""
        return digest(self.payload())


def _without_names(spec: Spec) -> dict[str, Any]:
    """The spec's identity less what only names or describes: a model's name, folder, evidence, own recipe."""
    identity: dict[str, Any] = spec.identity()
    if isinstance(spec, PretrainedSpec | PretrainSpec):
        described = {"name", "folder", "evidence", "num_parameters", "recipe"}
        identity["model"] = {name: item for name, item in identity["model"].items() if name not in described}
    return identity
