"""Launchers and trackers, each made by a function that a module declares; what it makes is checked as it is made."""

from __future__ import annotations

from inspect import getdoc
from typing import Any

from typing_extensions import get_protocol_members

from stepstone.catalogue.declared import Declared
from stepstone.core.errors import UserError


def describe_factory(source: Declared) -> str:
    """The first line of a factory's description; raises UserError where it cannot be loaded."""
    return (getdoc(source.thing()) or "").partition("\n")[0]


def check_made(made: Any, source: Declared, protocol: type) -> None:
    """Raise UserError where something lacks what the protocol of its kind has; a method must be callable."""
    lacking = [name for name in sorted(get_protocol_members(protocol)) if not _has(made, name, protocol)]
    if lacking:
        message = f"makes no {source.kind}: a {type(made).__name__} without {', '.join(lacking)}"
        raise UserError(message, where=source.origin, remedy=source.mend or None)


def _has(made: Any, name: str, protocol: type) -> bool:
    return callable(getattr(made, name, None)) if hasattr(protocol, name) else hasattr(made, name)
