"""What a page is made from lies beside it, one click away: the files of what it shows, and the study."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest

from stepstone.core.study import Study
from stepstone.report.page import report

pytestmark = pytest.mark.slow

STUDY = """# <script>a comment</script>
name = "synthetic"
models = ["small"]
seeds = [1]
claims = ["own.toml"]
[intermediate.nli]
tasks = { en = "mnli" }
[target.xnli]
"""


def links(page: Path) -> set[str]:
    return set(re.findall(r'href="([^"#][^"]*)"', page.read_text(encoding="utf-8")))


def test_a_page_links_to_files_that_are_there_and_to_pictures_once_they_are(real_case: Any, tmp_path: Path) -> None:
    given = (real_case.plan, real_case.frame, tmp_path, real_case.comparison)
    page = report(*given)
    drawn = {path.stem for path in tmp_path.glob("*.svg")}
    before = links(page)
    assert drawn and {f"{name}.{kind}" for name in drawn for kind in ("svg", "csv")} <= before
    assert {"comparisons.csv", "scores.csv", "by_seed.csv", "table.tex"} <= before
    assert not any(name.endswith((".png", ".pdf", ".toml")) for name in before)
    for name in (["png"], []):  # what was written stays as long as the evidence does
        pictured = links(report(*given, formats=name))
        assert pictured - before == {f"{one}.png" for one in drawn}
        assert all((tmp_path / one).is_file() for one in pictured)
    section = page.read_text(encoding="utf-8").split('<section id="scores">')[1].split("</section>")[0]
    assert 'href="comparisons.csv"' in section and 'href="scores.csv"' in section


def test_the_study_lies_beside_the_page_and_is_read_again(real_case: Any, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    file = tmp_path / "mine" / "study.toml"
    file.write_text(STUDY.replace('claims = ["own.toml"]\n', ""), encoding="utf-8")
    given = (real_case.plan, real_case.frame, tmp_path / "out", real_case.comparison)
    page = report(*given, source=file)
    copied = tmp_path / "out" / "study.toml"
    assert copied.read_bytes() == file.read_bytes() and "study.toml" in links(page)
    text = page.read_text(encoding="utf-8")
    assert file.read_text(encoding="utf-8") in html.unescape(text) and "<script>a comment" not in text
    # With paths, which count from where the file lies, it is written out with whole ones.
    file.write_text(STUDY, encoding="utf-8")
    report(*given, source=str(file))
    assert Study.load(copied).claims == (str(tmp_path / "mine" / "own.toml"),)
    assert Study.load(copied) == Study.load(file)
