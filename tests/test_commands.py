"""Every command line that README, pages and the helps of groups show is one that the program takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import check, commands_in

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda page: page.name)
def test_the_commands_of_a_page_have_verbs_options_and_words_that_there_are(page: Path) -> None:
    lines = list(commands_in(page.read_text(encoding="utf-8")))
    assert lines or page.name not in ("README.md", "running.md", "results.md")
    for line in lines:
        check(line)


@pytest.mark.parametrize(
    "line", ["stepstone runn STUDY", "stepstone run STUDY --until8h", "stepstone data check --jsn"]
)
def test_a_command_that_there_is_not_would_be_seen(line: str) -> None:
    with pytest.raises(Exception, match="No such"):
        check(line)
