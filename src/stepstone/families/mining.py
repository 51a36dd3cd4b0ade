"""Bitext mining without training: margin scores both ways, a threshold chosen on dev and used on test."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from stepstone.core.errors import UserError
from stepstone.core.example import MiningExample
from stepstone.families.family import Reading, Row
from stepstone.families.pooling import Pooled, embed
from stepstone.scoring.bitext import (
    Pair,
    best_pair_threshold,
    candidate_texts,
    expand_pairs,
    extract_pairs,
    mining_rows,
    pair_scores,
    sentence_ids,
)
from stepstone.scoring.errors import OfficialFailure
from stepstone.scoring.mining import Corpus, MiningDefinition, lines_of, mine, unify

Scored = dict[MiningDefinition, dict[Pair, float]]


class Mining(Pooled):
    """BUCC as XTREME mines it (ratio margin, four neighbours, best pairs first, each sentence once).

    What is extracted is kept under each definition: they search the threshold in their own ways, and jiant
    expands repeated sentences where the others drop them.
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
        by_dev, _ = _score_pairs(model, tuned, reading)
        by_test, num_cut = _score_pairs(model, examples, reading)
        gold = _gold(tuned)
        extracted: dict[str, list[Pair] | None] = {
            name: _extract(name, by_dev[name], gold, scores) for name, scores in by_test.items()
        }
        return mining_rows(_gold(examples), extracted), num_cut


def _extract(
    name: MiningDefinition, dev: dict[Pair, float], gold: list[Pair], scores: dict[Pair, float]
) -> list[Pair] | None:
    """The pairs above the threshold that dev gives, or None where the official search for it stops."""
    try:
        return extract_pairs(scores, best_pair_threshold(dev, gold, name))
    except OfficialFailure:
        return None


def _score_pairs(model: nn.Module, examples: Sequence[MiningExample], reading: Reading) -> tuple[Scored, int]:
    """Mined pairs of ids with their margin scores under each definition, and how many sentences were cut."""
    texts: list[list[str]] = []
    ids: list[list[str]] = []
    vectors, num_cut = [], 0
    for side in ("source", "target"):
        sentences = [example for example in examples if example.side == side]
        if not sentences:
            raise UserError(f"no sentence stands on the {side} side", where=reading.task.name)
        texts.append([sentence.text for sentence in sentences])
        ids.append([sentence.id for sentence in sentences])
        found, cut = embed(model, texts[-1], reading)
        vectors.append(found)
        num_cut += cut

    def corpora(definition: MiningDefinition) -> list[Corpus]:
        return [unify(lines_of(side, definition), found) for side, found in zip(texts, vectors, strict=True)]

    source, target = corpora("xtreme-2020")
    numbers = [sentence_ids(*side) for side in zip(texts, ids, strict=True)]
    scores = pair_scores(candidate_texts(mine(source, target), source, target), *numbers)
    if all(len(set(map(str.strip, side))) == len(side) for side in texts):
        return {"xtreme-2020": scores, "corrected": scores, "jiant": scores}, num_cut
    source, target = corpora("jiant")
    expanded = expand_pairs(mine(source, target), source, target, *ids)
    return {"xtreme-2020": scores, "corrected": scores, "jiant": expanded}, num_cut


def _gold(examples: Sequence[MiningExample]) -> list[Pair]:
    """The gold pairs; raises UserError where they are not known."""
    sources = [example for example in examples if example.side == "source"]
    if any(example.gold is None for example in sources):
        raise UserError("the gold pairs are not there, so nothing can be scored")
    return [(example.id, other) for example in sources for other in example.gold or ()]


family = Mining()
