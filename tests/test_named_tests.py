"""Whatever SECURITY.md and docs/reliability.md promise names a test that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("SECURITY.md", "docs/reliability.md")


@pytest.mark.parametrize("page", PAGES)
def test_the_tests_that_a_page_names_are_there(page: str) -> None:
    named = re.findall(r"`([^`\s]+)`", (ROOT / page).read_text(encoding="utf-8"))
    files = {name for name in named if name.startswith("tests/")}
    functions = {name for name in named if name.startswith("test_") and not name.endswith(".py")}
    assert len(files) >= 3, "the page names tests by their files"
    assert not [name for name in files if not (ROOT / name).exists()]
    written = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert not [name for name in functions if f"def {name}(" not in written]
