"""What a guess at some files says."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Guess:
    """What the files hold. `why` gives reasons by field of the table; `spare` names columns that are not read."""

    family: str
    columns: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    unanswerable: bool = False
    scale: tuple[float, float] | None = None
    why: dict[str, str] = field(default_factory=dict)
    spare: tuple[str, ...] = ()
