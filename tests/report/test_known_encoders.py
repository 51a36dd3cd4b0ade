"""The table of encoders in docs/models.md is what the declarations say."""

from __future__ import annotations

from pathlib import Path

from stepstone.catalogue.encoders import ENCODERS
from stepstone.report import known_encoders

PAGE = Path(__file__).parents[2] / "docs" / "models.md"


def test_the_section_is_what_the_declarations_say() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert known_encoders.replace(written) == written, f"a declaration changed: run `{known_encoders.COMMAND}`"
    assert all(f"| {one.title} |" in written for one in ENCODERS)
