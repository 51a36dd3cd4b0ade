"""The format of a sealed study: the names of its members, and the manifest that lists them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import Field

from stepstone.core.value import Value
from stepstone.store.files import Stamp

FORMAT = 1
MANIFEST, STUDY, PLAN, LOCK = "manifest.json", "study.toml", "plan.json", "lock.json"
FAILURES, TABLE, REMAKE = "failures.json", "comparisons.jsonl", "REMAKE.md"
VERDICTS, PUBLISHED, COMPOSITE = "claims.jsonl", "published.jsonl", "composite.jsonl"
# Without these nothing else can be held against anything.
ESSENTIAL = (STUDY, PLAN)
# Points of a score, and the same part of any other number: sums over examples may end in another last bit elsewhere.
TOLERANCE = 1e-9


class Manifest(Value):
    """Every member with its size and digest. The digest of the manifest itself is the seal's identity."""

    format: int
    stepstone: str = Field(description="the version that sealed it")
    study: str = Field(description="its name")
    catalogue: tuple[str, ...] = Field((), description="folders of declarations that the study needs")
    claims: tuple[str, ...] = Field((), description="lists of claims that the study names; `claims_name` has them")
    rehearsal: bool = Field(False, description="whether it is the rehearsal of the study that the file holds")
    tolerance: float = TOLERANCE
    withheld: dict[str, str] = Field({}, description="evaluations without their gold answers, by key: digests of these")
    members: dict[str, Stamp]

    def content(self) -> bytes:
        """The manifest as its member holds it."""
        return to_json(self.model_dump(mode="json"))


def to_json(value: Any) -> bytes:
    """JSON that is the same for the same value: sorted, a line for every entry."""
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n").encode()


def seal_identity(manifest: bytes) -> str:
    """The identity of a seal: sha256 of its manifest, as 64 hexadecimal digits."""
    return hashlib.sha256(manifest).hexdigest()


def stamp(content: bytes) -> Stamp:
    """Digest and size of a member."""
    return Stamp(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def claims_name(number: int) -> str:
    """The member that holds the list of claims that a study names in this place."""
    return f"claims-{number}.toml"


def record_member(key: str) -> str:
    """The member that holds the record of a stage."""
    return f"records/{key}.json"


def predictions_name(key: str) -> str:
    """The member that holds the predictions of an evaluation."""
    return f"predictions/{key}.jsonl"


def lines_name(key: str) -> str:
    """The member with a short digest of every line of predictions, by which a changed one is found."""
    return f"predictions/{key}.lines"


def line_digests(content: bytes) -> list[str]:
    r"""Eight hexadecimal digits for every line: they say where a change is; that there is one, the whole digest says.

    >>> line_digests(b"one\ntwo\n")
    ['7692c3ad', '3fc4ccfe']
    """
    lines = content.removesuffix(b"\n").split(b"\n")
    return [hashlib.sha256(line).hexdigest()[:8] for line in lines]
