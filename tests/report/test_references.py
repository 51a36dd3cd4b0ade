"""References: every data set and model of a study, as text and as BibTeX; figures as PDF and PNG on request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stepstone.core.errors import UserError
from stepstone.planning.plan import Plan
from stepstone.report.formats import FORMATS, check_formats, forget_formats, formats_in
from stepstone.report.references import Reference, bibliography, references


def test_every_data_set_and_model_is_referenced_once(make_plan: Callable[..., Plan]) -> None:
    found = references(make_plan())
    names = [one.key for one in found]
    assert names[-1] == "alpha"
    assert sorted(names) == ["alpha", "jnli", "mnli", "squad", "tatoeba", "xnli", "xquad"]
    xnli = next(one for one in found if one.key == "xnli")
    assert xnli.text.startswith("XNLI: Conneau, Rinott, Lample") and "github.com/facebookresearch/XNLI" in xnli.text
    alpha = next(one for one in found if one.key == "alpha")
    assert "huggingface.co/someone/alpha" in alpha.bibtex and "revision 0a1b2c" in alpha.bibtex


def test_a_citation_becomes_fields_and_what_is_none_a_note() -> None:
    told = Reference("t", "A & B_1", "Hu, Ruder and Johnson 2020 (ICML)", "https://x.y/z").bibtex
    assert told == (
        "@misc{t,\n  title = {{A \\& B\\_1}},\n  author = {Hu and Ruder and Johnson},\n  year = {2020},\n"
        "  howpublished = {ICML},\n  url = {https://x.y/z},\n}\n"
    )
    assert "author = {Nivre and others}" in Reference("t", "T", "Nivre et al. 2020 (LREC)", "").bibtex
    several = Reference("t", "T", "Hu and Ho 2020 (ICML); Li 2018 (ACL)", "").bibtex
    assert "note = {Hu and Ho 2020 (ICML); Li 2018 (ACL)}" in several and "author" not in several
    assert Reference("t", "T", "", "").text == "T: no citation declared."


def test_a_lab_study_says_that_twins_were_read(lab_case: Any, real_case: Any) -> None:
    assert bibliography(lab_case.plan).startswith("% lab result: a generated toy world")
    assert bibliography(real_case.plan).startswith("@misc{")


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10" fill="#0072b2"/></svg>'
)


def test_figures_are_made_in_other_formats_and_those_of_earlier_figures_forgotten(tmp_path: Path) -> None:
    (tmp_path / "one.svg").write_text(SVG)
    assert formats_in(tmp_path) == []
    for name, begin in (("pdf", b"%PDF"), ("png", b"\x89PNG")):
        (tmp_path / f"one.{name}").write_bytes(FORMATS[name](SVG))
        assert (tmp_path / f"one.{name}").read_bytes().startswith(begin)
    assert formats_in(tmp_path) == ["pdf", "png"]
    forget_formats(tmp_path, {"one.svg", "one.png"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.png", "one.svg"]


def test_an_unknown_format_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UserError, match='cannot be written as "pfd"'):
        check_formats(["pdf", "pfd"])
