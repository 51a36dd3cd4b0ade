"""Stages that make data for others: each is known by its role, which the uses of what it makes name."""

from __future__ import annotations

from collections.abc import Callable

from stepstone.core.spec import Spec

Add = Callable[[Spec, tuple[str, ...], str, dict[str, str | int]], str]


class Makers:
    """Adds stages that make data, and finds them again for whoever reads it."""

    def __init__(self, add: Add) -> None:
        self._add = add
        self._keys: dict[str, str] = {}

    def add(self, spec: Spec, role: str, language: str) -> None:
        """Plan a stage that makes examples in a language; its role is its label, too."""
        self._keys[role] = self._add(spec, (), role, {"language": language})

    def of(self, spec: Spec) -> tuple[str, ...]:
        """Keys of the stages that make the data of a spec, in the order of its roles."""
        return tuple(self._keys[role] for role in dict.fromkeys(use.made_by for use in spec.uses()) if role)
