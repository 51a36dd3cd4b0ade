"""Ranked retrieval without training: the twenty candidates nearest to a query by cosine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from torch import nn

from stepstone.catalogue.families import ranking
from stepstone.core.errors import UserError
from stepstone.core.example_sides import RankingExample
from stepstone.core.task import Task
from stepstone.families.family import InferenceContext, Levels, Prediction, row_of
from stepstone.families.pooling import PooledFamily, embed
from stepstone.families.spelling import nearest_by_spelling
from stepstone.scoring.neighbours import normalize_rows
from stepstone.scoring.ranking import TOP, rank_candidates


class RankingFamily(PooledFamily[RankingExample]):
    """Queries against a pool of candidates in many languages, as in LAReQA and Mewsli-X."""

    declaration = ranking.family

    def join(self, examples: Sequence[RankingExample], everywhere: Sequence[RankingExample]) -> list[RankingExample]:
        """The queries among `examples` with the golds of all languages, and the candidates of all languages.

        A question of LAReQA has one id in every language; what answers it in any of them is right.

        Args:
            examples: one language's queries and candidates, maybe only a sample of its queries.
            everywhere: the same of all languages, this one included, whole.

        Raises:
            UserError: two candidates have one id.
        """
        golds: dict[str, tuple[str, ...] | None] = {}
        candidates: dict[str, RankingExample] = {}
        for example in everywhere:
            if not example.is_asked:
                if example.id in candidates:
                    raise UserError(
                        f'two candidates have the id "{example.id}"', remedy="ids are unique over all languages"
                    )
                candidates[example.id] = example
                continue
            known = golds.get(example.id, ())
            golds[example.id] = None if known is None or example.gold is None else (*known, *example.gold)
        queries = [item for item in examples if item.is_asked]
        return [*(replace(query, gold=golds[query.id]) for query in queries), *candidates.values()]

    def predict(
        self,
        model: nn.Module,
        examples: Sequence[RankingExample],
        context: InferenceContext[RankingExample],
    ) -> tuple[list[Prediction], int]:
        """One row per query: the ids of the nearest candidates, the best first."""
        queries, candidates = _sides(examples)
        if not queries or not candidates:
            raise UserError(f"{len(queries)} queries and {len(candidates)} candidates", where=context.task.name)
        asked, cut_queries = embed(model, [query.text for query in queries], context)
        pool, cut_candidates = _embed_pool(model, candidates, context)
        ranked = rank_candidates(normalize_rows(asked), normalize_rows(pool), TOP)
        return _rows(queries, candidates, ranked), cut_queries + cut_candidates

    def trivial(
        self,
        examples: Sequence[RankingExample],
        task: Task,
        language: str,
    ) -> Levels:
        """The candidates in random order, and the twenty that are spelt most alike."""
        queries, candidates = _sides(examples)
        expected = _random_precision if task.metric == "map@20" else _random_reciprocal
        chances = [expected(len(query.gold or ()), len(candidates)) for query in queries]
        levels: Levels = {"chance": 100.0 * sum(chances) / len(chances)}
        found = nearest_by_spelling([item.text for item in queries], [item.text for item in candidates], TOP)
        return levels if found is None else levels | {"nearest by spelling": _rows(queries, candidates, found)}


def _sides(examples: Sequence[RankingExample]) -> tuple[list[RankingExample], list[RankingExample]]:
    """The queries and the candidates."""
    queries, candidates = ([example for example in examples if example.side == side] for side in ("query", "candidate"))
    return queries, candidates


def _rows(
    queries: Sequence[RankingExample], candidates: Sequence[RankingExample], ranked: np.ndarray
) -> list[Prediction]:
    """One row per query; `ranked` [queries, candidates] are places, the best first."""
    return [
        row_of(
            query,
            [candidates[place].id for place in places],
            None if query.gold is None else list(query.gold),
        )
        for query, places in zip(queries, ranked.tolist(), strict=True)
    ]


def _random_precision(num_gold: int, num: int) -> float:
    """The expected average precision at 20 of `num` candidates in random order, 0..1.

    Rank r holds a gold with chance num_gold / num, and then each of the r - 1 before it with
    (num_gold - 1) / (num - 1).

    >>> _random_precision(1, 2)
    0.75
    """
    others = (num_gold - 1) / max(num - 1, 1)
    hits = sum((1 + (rank - 1) * others) / rank for rank in range(1, min(TOP, num) + 1))
    return num_gold / num * hits / min(num_gold, TOP)


def _random_reciprocal(num_gold: int, num: int) -> float:
    """The expected reciprocal rank within 20 of one gold among `num` candidates in random order, 0..1."""
    return sum(1 / rank for rank in range(1, min(TOP, num) + 1)) / num


def _embed_pool(
    model: nn.Module, candidates: Sequence[RankingExample], context: InferenceContext[RankingExample]
) -> tuple[np.ndarray, int]:
    """Vectors of candidates; the last ones are kept, because the languages of a target share their pool."""
    texts = tuple(candidate.text for candidate in candidates)
    wanted = (context.layer, context.limits, texts)
    if wanted not in context.kept:
        context.kept.clear()
        context.kept[wanted] = embed(model, texts, context)
    vectors, num_cut = context.kept[wanted]
    return vectors, num_cut


family = RankingFamily()
