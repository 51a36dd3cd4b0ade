"""What a declaration states as a fact: where it was read, or that it is only remembered."""

from __future__ import annotations

from collections.abc import Mapping

REMEMBERED = "remembered"

# A declared field -> where its value was read; or a text that begins with REMEMBERED, where nobody read it.
FactSources = dict[str, str]


def remembered(evidence: Mapping[str, str]) -> list[str]:
    """The fields that nobody read anywhere, in order."""
    return [name for name, where in evidence.items() if where.startswith(REMEMBERED)]


def mark_remembered(shown: str, evidence: Mapping[str, str], name: str) -> str:
    """What is shown of a field, marked where it is only remembered.

    >>> [mark_remembered("MIT", {"licence": where}, "licence") for where in (REMEMBERED, "its README")]
    ['MIT (remembered)', 'MIT']
    """
    return f"{shown} ({REMEMBERED})" if shown and name in remembered(evidence) else shown


def describe_sources(evidence: Mapping[str, str]) -> str:
    """All evidence in a line; fields that were read in one place stand together.

    >>> describe_sources({"rows": "its README", "recipe": REMEMBERED, "licence": "its README"})
    'rows, licence: its README; recipe: remembered'
    """
    by_place: dict[str, list[str]] = {}
    for name, where in evidence.items():
        by_place.setdefault(where, []).append(name)
    return "; ".join(f"{', '.join(names)}: {where}" for where, names in by_place.items())
