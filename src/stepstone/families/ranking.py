"""Ranked retrieval without training: the twenty candidates nearest to a query by cosine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from torch import nn

from stepstone.core.errors import UserError
from stepstone.core.example import Example, RankingExample
from stepstone.families.family import Reading, Row
from stepstone.families.pooling import Pooled, embed
from stepstone.scoring.neighbours import normalize_rows
from stepstone.scoring.ranking import TOP, rank_candidates


class Ranking(Pooled):
    """Queries against a pool of candidates in many languages, as in LAReQA and Mewsli-X."""

    name = "ranking"

    def predict(
        self,
        model: nn.Module,
        examples: Sequence[RankingExample],  # type: ignore[override]
        reading: Reading,
    ) -> tuple[list[Row], int]:
        """One row per query: the ids of the nearest candidates, the best first."""
        queries = [example for example in examples if example.side == "query"]
        candidates = [example for example in examples if example.side == "candidate"]
        if not queries or not candidates:
            raise UserError(f"{len(queries)} queries and {len(candidates)} candidates", where=reading.task.name)
        asked, cut_queries = embed(model, [query.text for query in queries], reading)
        pool, cut_candidates = _embed_pool(model, candidates, reading)
        ranked = rank_candidates(normalize_rows(asked), normalize_rows(pool), TOP)
        rows: list[Row] = [
            {
                "id": query.id,
                "prediction": [candidates[place].id for place in places],
                "gold": None if query.gold is None else list(query.gold),
            }
            for query, places in zip(queries, ranked.tolist(), strict=True)
        ]
        return rows, cut_queries + cut_candidates


def join_pool(examples: Sequence[Example], everywhere: Sequence[Example]) -> list[Example]:
    """The queries among `examples` with the golds of all languages, and the candidates of all languages.

    A question of LAReQA has one id in every language; what answers it in any of them is right.

    Args:
        examples: one language's queries and candidates, maybe only a sample of its queries.
        everywhere: the same of all languages, this one included, whole.

    Raises:
        UserError: two candidates have one id.
    """
    golds: dict[str, tuple[str, ...] | None] = {}
    candidates: dict[str, Example] = {}
    for example in everywhere:
        assert isinstance(example, RankingExample), "only rankings have a pool"
        if example.side == "candidate":
            if example.id in candidates:
                raise UserError(
                    f'two candidates have the id "{example.id}"', remedy="ids are unique over all languages"
                )
            candidates[example.id] = example
            continue
        known = golds.get(example.id, ())
        golds[example.id] = None if known is None or example.gold is None else (*known, *example.gold)
    queries = [item for item in examples if isinstance(item, RankingExample) and item.side == "query"]
    return [*(replace(query, gold=golds[query.id]) for query in queries), *candidates.values()]


def _embed_pool(model: nn.Module, candidates: Sequence[RankingExample], reading: Reading) -> tuple[np.ndarray, int]:
    """Vectors of candidates; the last ones are kept, because the languages of a target share their pool."""
    texts = tuple(candidate.text for candidate in candidates)
    wanted = (reading.layer, reading.limits, texts)
    if wanted not in reading.kept:
        reading.kept.clear()
        reading.kept[wanted] = embed(model, texts, reading)
    vectors, num_cut = reading.kept[wanted]
    return vectors, num_cut


family = Ranking()
