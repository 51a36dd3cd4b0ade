"""A sentence's translation among all candidates, found by comparing representations."""

from __future__ import annotations

from stepstone.catalogue.cells import Cells
from stepstone.core.example_sides import PairExample
from stepstone.core.family import FamilyDeclaration, OwnFields, Suggestion


def read(cells: Cells) -> PairExample:
    """The example of a row."""
    return PairExample(cells.id(), cells.text("source"), cells.text("target"), cells.cluster(""))


family = FamilyDeclaration(
    name="retrieval",
    example=PairExample,
    own=OwnFields(
        required=("source", "target"),
        metrics={"nearest_neighbour": "xtreme-2020"},
        read=read,
        setting="beside",
        layouts=("pairs",),
        by_ending={},
        suggestion=Suggestion("nli", {"en": "mnli", "ja": "jnli"}, 20_000),
    ),
)
