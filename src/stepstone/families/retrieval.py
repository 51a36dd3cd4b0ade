"""Sentence retrieval without training: mean-pooled hidden states of one layer, nearest neighbour by cosine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import nn

from stepstone.catalogue.families import retrieval
from stepstone.core.example_sides import PairExample
from stepstone.core.task import Task
from stepstone.families.family import InferenceContext, Levels, Prediction, row_of
from stepstone.families.pooling import PooledFamily, embed
from stepstone.families.spelling import nearest_by_spelling
from stepstone.scoring.neighbours import nearest_neighbour, tatoeba_order


class RetrievalFamily(PooledFamily[PairExample]):
    """For every English sentence the nearest sentence of the other language, as XTREME does for Tatoeba."""

    declaration = retrieval.family

    def predict(
        self,
        model: nn.Module,
        examples: Sequence[PairExample],
        context: InferenceContext[PairExample],
    ) -> tuple[list[Prediction], int]:
        """One row per English sentence in XTREME's order; prediction and gold are line numbers from 0."""
        sources, cut_sources = embed(model, [example.source for example in examples], context)
        targets, cut_targets = embed(model, [example.target for example in examples], context)
        return find_nearest(examples, sources, targets), cut_sources + cut_targets

    def trivial(
        self,
        examples: Sequence[PairExample],
        task: Task,
        language: str,
    ) -> Levels:
        """Any sentence with equal chance, and the one that is spelt most alike."""
        levels: Levels = {"chance": 100.0 / len(examples)}
        order = tatoeba_order([example.target for example in examples]).labels
        english = [examples[line].target for line in order]
        found = nearest_by_spelling(english, [example.source for example in examples])
        return levels if found is None else levels | {"nearest by spelling": _rows(examples, order, found[:, 0])}


def find_nearest(examples: Sequence[PairExample], sources: np.ndarray, targets: np.ndarray) -> list[Prediction]:
    """Rows as `predict` gives them, from the vectors [sentences, hidden] of both sides."""
    order = tatoeba_order([example.target for example in examples]).labels
    return _rows(examples, order, nearest_neighbour(sources, targets[np.array(order)]))


def _rows(examples: Sequence[PairExample], order: Sequence[int], found: np.ndarray) -> list[Prediction]:
    """One row per English sentence; `found` [sentences] are lines, as `order` and the golds are."""
    return [row_of(examples[line], int(prediction), int(line)) for line, prediction in zip(order, found, strict=True)]


family = RetrievalFamily()
