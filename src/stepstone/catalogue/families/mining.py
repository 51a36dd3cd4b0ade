"""Translations mined from two corpora by comparing representations."""

from __future__ import annotations

from stepstone.core.example_sides import MiningExample
from stepstone.core.family import FamilyDeclaration

family = FamilyDeclaration(
    name="mining",
    example=MiningExample,
    # 2: a sample is drawn from the side that asks, and what it is to find stays whole.
    version=2,
    reads_dev=True,
)
