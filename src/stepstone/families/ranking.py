"""Ranked retrieval without training: the twenty candidates nearest to a query by cosine."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from stepstone.core.errors import UserError
from stepstone.core.example import RankingExample
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
        pool, cut_candidates = embed(model, [candidate.text for candidate in candidates], reading)
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


family = Ranking()
