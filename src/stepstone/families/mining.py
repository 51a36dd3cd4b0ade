"""Bitext mining without training: margin scores both ways, a threshold chosen on dev and used on test."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from torch import nn

from stepstone.catalogue.families import mining
from stepstone.core.errors import UserError
from stepstone.core.example_sides import MiningExample
from stepstone.core.task import Task
from stepstone.families.family import InferenceContext, Levels, Prediction
from stepstone.families.pooling import PooledFamily, embed
from stepstone.families.spelling import nearest_by_spelling
from stepstone.learning.search import nearest_both_ways
from stepstone.scoring.bitext import (
    SentencePair,
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

MinedScores = dict[MiningDefinition, dict[SentencePair, float]]


class MiningFamily(PooledFamily[MiningExample]):
    """BUCC as XTREME mines it (ratio margin, four neighbours, best pairs first, each sentence once).

    What is extracted is kept under each definition: they search the threshold in their own ways, and jiant
    expands repeated sentences where the others drop them.
    """

    declaration = mining.family

    def predict(
        self,
        model: nn.Module,
        examples: Sequence[MiningExample],
        context: InferenceContext[MiningExample],
    ) -> tuple[list[Prediction], int]:
        """One row per pair that is gold or extracted; an id is the source's id, a tab and the target's."""
        tuned: Sequence[MiningExample] = context.tune
        by_dev, _ = _score_pairs(model, tuned, context)
        by_test, num_cut = _score_pairs(model, examples, context)
        gold = _gold(tuned)
        extracted: dict[str, list[SentencePair] | None] = {
            name: _extract(name, by_dev[name], gold, scores) for name, scores in by_test.items()
        }
        return [{**row, "cluster": ""} for row in mining_rows(_gold(examples), extracted)], num_cut

    def trivial(
        self,
        examples: Sequence[MiningExample],
        task: Task,
        language: str,
    ) -> Levels:
        """Any target sentence for every source sentence, and the one that is spelt most alike."""
        sources, targets = ([example for example in examples if example.side == side] for side in ("source", "target"))
        gold = _gold(examples)
        # The expected share of right pairs is the chance of each gold pair to be drawn.
        levels: Levels = {"chance": 200.0 * len(gold) / len(targets) / (len(sources) + len(gold))}
        found = nearest_by_spelling([example.text for example in sources], [example.text for example in targets])
        if found is None:
            return levels
        pairs = [(example.id, targets[place].id) for example, place in zip(sources, found[:, 0], strict=True)]
        return levels | {"nearest by spelling": mining_rows(gold, pairs)}


def _extract(
    name: MiningDefinition, dev: dict[SentencePair, float], gold: list[SentencePair], scores: dict[SentencePair, float]
) -> list[SentencePair] | None:
    """The pairs above the threshold that dev gives, or None where the official search for it stops."""
    try:
        return extract_pairs(scores, best_pair_threshold(dev, gold, name))
    except OfficialFailure:
        return None


def _score_pairs(
    model: nn.Module, examples: Sequence[MiningExample], context: InferenceContext[MiningExample]
) -> tuple[MinedScores, int]:
    """Mined pairs of ids with their margin scores under each definition, and how many sentences were cut."""
    source, target = (_read_side(side, model, examples, context) for side in ("source", "target"))
    search = partial(nearest_both_ways, device=next(model.parameters()).device)
    corpora = source.unified("xtreme-2020"), target.unified("xtreme-2020")
    numbers = sentence_ids(source.texts, source.ids), sentence_ids(target.texts, target.ids)
    scores = pair_scores(candidate_texts(mine(*corpora, search=search), *corpora), *numbers)
    expanded = scores
    if source.repeats or target.repeats:
        corpora = source.unified("jiant"), target.unified("jiant")
        expanded = expand_pairs(mine(*corpora, search=search), *corpora, source.ids, target.ids)
    return {"xtreme-2020": scores, "corrected": scores, "jiant": expanded}, source.num_cut + target.num_cut


class _Side(NamedTuple):
    """The sentences of one side with their ids and vectors [sentences, hidden], and how many were cut."""

    texts: list[str]
    ids: list[str]
    vectors: np.ndarray
    num_cut: int

    @property
    def repeats(self) -> bool:
        """Whether a sentence is listed more than once, but for blanks around it."""
        return len({text.strip() for text in self.texts}) < len(self.texts)

    def unified(self, definition: MiningDefinition) -> Corpus:
        """Its distinct sentences."""
        return unify(lines_of(self.texts, definition), self.vectors)


def _read_side(
    name: str, model: nn.Module, examples: Sequence[MiningExample], context: InferenceContext[MiningExample]
) -> _Side:
    sentences = [example for example in examples if example.side == name]
    if not sentences:
        raise UserError(f"no sentence stands on the {name} side", where=context.task.name)
    texts = [sentence.text for sentence in sentences]
    vectors, num_cut = embed(model, texts, context)
    return _Side(texts, [sentence.id for sentence in sentences], vectors, num_cut)


def _gold(examples: Sequence[MiningExample]) -> list[SentencePair]:
    """The gold pairs; raises UserError where they are not known."""
    if not all(example.is_known for example in examples):
        raise UserError("the gold pairs are not there, so nothing can be scored")
    return [(example.id, other) for example in examples if example.is_asked for other in example.gold or ()]


family = MiningFamily()
