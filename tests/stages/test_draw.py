"""A sample keeps the order and what is to be found."""

from __future__ import annotations

import pytest

from stepstone.core.example import Example, TextExample
from stepstone.core.example_sides import MiningExample, RankingExample
from stepstone.learning.batch import sample
from stepstone.stages.read import draw_examples

TEXTS: list[Example] = [TextExample(str(n), "a", None, "0") for n in range(20)]
MINED: list[Example] = [MiningExample(f"{side}{n}", "a", side, ()) for side in ("source", "target") for n in range(20)]
RANKED: list[Example] = [
    RankingExample(f"{side}{n}", "a", side, ()) for n in range(20) for side in ("candidate", "query")
]


def test_examples_without_sides_are_drawn_as_they_always_were() -> None:
    assert draw_examples(TEXTS, 7, seed=3) == [TEXTS[place] for place in sample(20, 7, 3)]
    assert draw_examples(TEXTS, None, seed=3) == TEXTS


@pytest.mark.parametrize(("examples", "asking"), [(MINED, "source"), (RANKED, "query")])
def test_what_is_to_be_found_is_not_drawn_from(examples: list[Example], asking: str) -> None:
    drawn = draw_examples(examples, 7, seed=3)
    assert len(drawn) == 27 and [item for item in examples if item in drawn] == drawn
    assert sum(getattr(item, "side", None) == asking for item in drawn) == 7
