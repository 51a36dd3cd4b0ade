"""Sentence retrieval without training: mean-pooled hidden states of one layer, nearest neighbour by cosine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import nn

from stepstone.core.example import PairExample
from stepstone.families.family import Reading, Row
from stepstone.families.pooling import Pooled, embed
from stepstone.scoring.neighbours import nearest_neighbour, tatoeba_order


class Retrieval(Pooled):
    """For every English sentence the nearest sentence of the other language, as XTREME does for Tatoeba."""

    name = "retrieval"

    def predict(
        self,
        model: nn.Module,
        examples: Sequence[PairExample],  # type: ignore[override]
        reading: Reading,
    ) -> tuple[list[Row], int]:
        """One row per English sentence in XTREME's order; prediction and gold are line numbers from 0."""
        sources, cut_sources = embed(model, [example.source for example in examples], reading)
        targets, cut_targets = embed(model, [example.target for example in examples], reading)
        order = tatoeba_order([example.target for example in examples]).labels
        found = nearest_neighbour(sources, targets[np.array(order)])
        rows = [
            {"id": examples[line].id, "prediction": int(prediction), "gold": int(line)}
            for line, prediction in zip(order, found, strict=True)
        ]
        return rows, cut_sources + cut_targets


family = Retrieval()
