"""Pages lead to one another by links that work where they lie, in the repository and on the site made of it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
_CODE = re.compile(r"^(```|~~~).*?^\1$|`[^`\n]*`", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]*)\)")


def _anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def _check(text: str, folder: Path) -> None:
    prose = _CODE.sub(lambda code: "" if "\n" in code[0] or " " in code[0] else code[0], text)
    for target in _LINK.findall(prose):
        name, _, anchor = target.partition("#")
        assert name.startswith("https:") or (folder / name).exists(), target
        assert name or anchor in _anchors(text), target
    assert re.findall(r"docs/[a-z_]+\.(?:md|ipynb)", _LINK.sub("", prose)) == []


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere_and_pages_are_named_by_links(page: Path) -> None:
    _check(page.read_text(encoding="utf-8"), DOCS)


def test_the_first_page_of_the_site_leads_to_those_that_the_readme_names(tmp_path: Path) -> None:
    ways = [DOCS / "installing.md", DOCS.parent / "mkdocs.yml", DOCS.parent / ".github" / "workflows" / "ci.yml"]
    (command,) = {line for way in ways for line in re.findall(r"sed -E .* > docs/index\.md", way.read_text("utf-8"))}
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_bytes((DOCS.parent / "README.md").read_bytes())
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    text = (tmp_path / "docs" / "index.md").read_text("utf-8")
    assert len(_LINK.findall(text)) > 30
    _check(text, DOCS)
