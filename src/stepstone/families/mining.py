"""Bitext mining without training: margin scores both ways, a threshold chosen on dev and used on test."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from stepstone.core.errors import UserError
from stepstone.core.example import MiningExample
from stepstone.families.family import Reading, Row
from stepstone.families.pooling import Pooled, embed
from stepstone.scoring.bitext import (
    best_pair_threshold,
    candidate_texts,
    extract_pairs,
    mining_rows,
    pair_scores,
    sentence_ids,
)
from stepstone.scoring.mining import lines_of, mine, unify

Pair = tuple[str, str]


class Mining(Pooled):
    """BUCC as XTREME mines it (ratio margin, four neighbours, best pairs first, each sentence once).

    The threshold is searched by the corrected rule: the official script stops with an IndexError where the
    best cut lies behind the last candidate.
    """

    name = "mining"

    def predict(
        self,
        model: nn.Module,
        examples: Sequence[MiningExample],  # type: ignore[override]
        reading: Reading,
    ) -> tuple[list[Row], int]:
        """One row per pair that is gold or extracted; an id is the source's id, a tab and the target's."""
        tuned: Sequence[MiningExample] = reading.tune  # type: ignore[assignment]
        scores, _ = _score_pairs(model, tuned, reading)
        threshold = best_pair_threshold(scores, _gold(tuned), "corrected")
        scores, num_cut = _score_pairs(model, examples, reading)
        return mining_rows(_gold(examples), extract_pairs(scores, threshold)), num_cut


def _score_pairs(
    model: nn.Module, examples: Sequence[MiningExample], reading: Reading
) -> tuple[dict[Pair, float], int]:
    """Mined pairs of ids with their margin scores, and how many sentences were cut."""
    corpora, numbers, num_cut = [], [], 0
    for side in ("source", "target"):
        sentences = [example for example in examples if example.side == side]
        if not sentences:
            raise UserError(f"no sentence stands on the {side} side", where=reading.task.name)
        texts = [sentence.text for sentence in sentences]
        vectors, cut = embed(model, texts, reading)
        corpora.append(unify(lines_of(texts), vectors))
        numbers.append(sentence_ids(texts, [sentence.id for sentence in sentences]))
        num_cut += cut
    source, target = corpora
    return pair_scores(candidate_texts(mine(source, target), source, target), *numbers), num_cut


def _gold(examples: Sequence[MiningExample]) -> list[Pair]:
    """The gold pairs; raises UserError where they are not known."""
    sources = [example for example in examples if example.side == "source"]
    if any(example.gold is None for example in sources):
        raise UserError("the gold pairs are not there, so nothing can be scored")
    return [(example.id, other) for example in sources for other in example.gold or ()]


family = Mining()
