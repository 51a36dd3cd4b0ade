"""Whatever SECURITY.md, docs/reliability.md and docs/ecosystem.md promise names a test that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("SECURITY.md", "docs/reliability.md", "docs/ecosystem.md")


@pytest.mark.parametrize("page", PAGES)
def test_the_tests_that_a_page_names_are_there(page: str) -> None:
    named = re.findall(r"`([^`\s]+)`", (ROOT / page).read_text(encoding="utf-8"))
    files = {name for name in named if name.startswith("tests/")}
    functions = {name for name in named if name.startswith("test_") and not name.endswith(".py")}
    assert len(files | functions) >= 3, "the page names tests"
    assert not [name for name in files if not (ROOT / name).exists()]
    written = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert not [name for name in functions if f"def {name}(" not in written]


def test_what_the_ecosystem_has_is_yes_partly_or_no_and_how_that_was_tried() -> None:
    page = (ROOT / "docs" / "ecosystem.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    rows = [row for row in rows if row[0] not in ("convention", "---")]
    assert len(rows) > 30
    for name, said, *tried in rows:
        answer = said.partition(":")[0].partition(",")[0].rstrip(" |")
        assert answer in ("yes", "partly", "no"), name
        is_tried = any(re.search(r"`(tests?[/_]|make )|not tried", text) for text in tried)
        assert is_tried == (answer != "no"), name
