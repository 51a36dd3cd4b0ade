"""Predictions and golds to numbers: pure functions, no torch, no files, no other floor but core."""

from stepstone.scoring.definitions import Scorer, definitions, scorer

__all__ = ["Scorer", "definitions", "scorer"]
