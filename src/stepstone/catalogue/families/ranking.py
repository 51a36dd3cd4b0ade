"""Candidates ranked by comparing representations with that of a query."""

from __future__ import annotations

from stepstone.core.example_sides import RankingExample
from stepstone.core.family import FamilyDeclaration

family = FamilyDeclaration(
    name="ranking",
    example=RankingExample,
    # 2: a sample is drawn from the side that asks, and what it is to find stays whole.
    version=2,
)
