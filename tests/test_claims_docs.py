"""The page on claims: its file of claims and its study are read, and its kinds and points are those of the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from stepstone.catalogue.claims import shipped
from stepstone.core.claim import KINDS, Claims
from stepstone.core.study import Study
from stepstone.papers.match import THRESHOLD

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "claims.md").read_text(encoding="utf-8")
STUDY, CLAIMS = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_study_names_lists_and_the_file_has_every_kind() -> None:
    assert Study.parse(tomllib.loads(STUDY)).claims == ("phang2020", "own.toml")
    claims = Claims.parse(tomllib.loads(CLAIMS))
    assert {one.test.kind for one in claims.claim if one.test} == set(KINDS)
    assert all(f"`{name}`" in PAGE for name in shipped()) and f"Below {THRESHOLD:.0f} no passage" in PAGE


def test_every_key_of_a_test_is_explained() -> None:
    keys = {name for kind in KINDS.values() for name in kind.model_fields} - {
        "kind",
        "arms",
        "models",
        "tolerance",
        "effect",
    }
    assert all(re.search(rf"`{key}`|{key} = ", PAGE) for key in keys)


def test_the_points_of_the_review_are_those_of_the_code() -> None:
    from stepstone.evidence.review import _QUESTIONS

    table = dict(re.findall(r"^\| ([a-z ]+) \| (\d) \|", PAGE.partition("## Quality review")[2], flags=re.M))
    assert {name: float(most) for name, most in table.items()} == {name: most for name, (most, _) in _QUESTIONS.items()}
