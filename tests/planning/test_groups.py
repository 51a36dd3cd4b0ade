"""A group that a study names holds the languages that it lists, and no others."""

from __future__ import annotations

import pytest

from stepstone.core.errors import UserError
from stepstone.core.study import Study
from stepstone.planning.plan import plan

ASKED = {"name": "s", "models": ["lab-nano"], "lab": {}, "languages": ["en", "de", "ja"], "target": {"xnli": {}}}


def test_a_group_that_a_genus_would_fill_is_refused_with_the_languages() -> None:
    with pytest.raises(UserError, match=r"groups.Germanic: is also the genus of de, which would be counted in it"):
        plan(Study.parse({**ASKED, "groups": {"Germanic": ["en", "ja"]}}))


@pytest.mark.parametrize("groups", [{"Germanic": ["en", "de"]}, {"near": ["en", "ja"]}])
def test_a_group_that_lists_all_of_its_name_is_taken(groups: dict[str, list[str]]) -> None:
    cells = plan(Study.parse({**ASKED, "groups": groups})).cells
    (name,) = groups
    assert {cell.language for cell in cells if cell.group == name} == set(groups[name])
