"""Stages: the units of work, and the key that names what a stage would produce."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

from pydantic import SerializeAsAny, SerializerFunctionWrapHandler, model_serializer, model_validator

from stepstone.core.kinds import kinds
from stepstone.core.spec import Spec
from stepstone.core.specs.encoder import EncoderSpec
from stepstone.core.value import Json, Value, digest_text, json_text


class Stage(Value):
    """A spec and its parents' keys, in the order of the spec's roles.

    Label and coordinates are for people and never enter the key.
    """

    spec: SerializeAsAny[Spec]
    parents: tuple[str, ...] = ()
    label: str = ""
    coordinates: dict[str, str | int] = {}

    @model_validator(mode="before")
    @classmethod
    def _spec_by_kind(cls, given: Any) -> Any:
        """A stage that was written names its kind beside the spec's fields."""
        if not isinstance(given, dict) or "kind" not in given:
            return given
        spec = kinds()[given["kind"]].model_validate(given["spec"])
        return {**{name: item for name, item in given.items() if name != "kind"}, "spec": spec}

    @model_serializer(mode="wrap")
    def _with_kind(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {**write(self), "kind": self.kind}

    @property
    def kind(self) -> str:
        """That of its spec."""
        return self.spec.kind

    @property
    def checkpoint(self) -> str | None:
        """The key of the checkpoint that it starts from or is read off; None for an encoder."""
        return self.parent("checkpoint")

    def parent(self, role: str) -> str | None:
        """The key of the parent in a role; None where it has none."""
        return self.by_role.get(role)

    @property
    def by_role(self) -> dict[str, str]:
        """The keys of its parents by the roles that its spec has for them."""
        return dict(zip(self.spec.roles, self.parents, strict=True))

    @property
    def is_encoder(self) -> bool:
        """Whether it obtains or pretrains an encoder, which nothing comes before."""
        return isinstance(self.spec, EncoderSpec)

    def payload(self) -> dict[str, Json]:
        """What is hashed: kind, version, the spec without names that change nothing, parents' keys."""
        return {
            "kind": self.kind,
            "version": self.spec.version,
            "spec": self.spec.hashed(),
            "parents": list(self.parents),
        }

    def asked(self) -> dict[str, Json]:
        """The payload without what decides how predictions are scored: stages that share it predict the same."""
        spec = {name: item for name, item in self.spec.hashed().items() if name not in self.spec.judged_by}
        return {**self.payload(), "spec": spec}

    @cached_property
    def key(self) -> str:
        """sha256 of the payload's canonical JSON; a spec that stages share is written once for all of them."""
        before, after = _around_parents(_Itself(self.spec))
        return digest_text(f"{before}[{','.join(map(json_text, self.parents))}]{after}")


class _Itself:
    """A spec that is equal to no other: a look-up by all of its fields would take as long as what is looked up."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec

    def __hash__(self) -> int:
        return id(self.spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.spec is other.spec


# All conditions and seeds of a target share the spec of its evaluation.
@lru_cache(maxsize=1024)
def _around_parents(one: _Itself) -> tuple[str, str]:
    """The canonical JSON of a payload before and after its parents' keys."""
    text = json_text(Stage(spec=one.spec).payload())
    before, _, after = text.partition('"parents":[]')
    return before + '"parents":', after
