"""Mining and ranking: what is equal finds each other, the threshold comes from dev, gold must be there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from stepstone.core.errors import UserError
from stepstone.core.example_sides import MiningExample, RankingExample
from stepstone.core.recipe import Limits, Runtime
from stepstone.core.task import Task
from stepstone.families import mining, ranking
from stepstone.families.family import InferenceContext
from stepstone.learning.search import nearest_both_ways
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.scoring.definitions import scorer
from stepstone.scoring.neighbours import Neighbours
from tiny import sentences

COMMON = {"title": "Toy", "definition": "xtreme-2020", "languages": {"test": ("de",)}}
MINING = Task(name="mine", family="mining", metric="mining_f1", **COMMON)
RANKING = Task(name="rank", family="ranking", metric="map@20", **COMMON)


def _corpus(texts: list[str], num_pairs: int, known: bool = True) -> list[MiningExample]:
    """The first `num_pairs` texts stand on both sides; the others are distractors, shared out."""
    sources = [
        MiningExample(f"de-{n}", text, "source", ((f"en-{n}",) if n < num_pairs else ()) if known else None)
        for n, text in enumerate(texts[: len(texts) - 10])
    ]
    targets = [MiningExample(f"en-{n}", text, "target", None) for n, text in enumerate(texts) if n < num_pairs]
    return sources + targets + [MiningExample(f"en-x{n}", text, "target", None) for n, text in enumerate(texts[-10:])]


def _reading(task: Task, tiny: Path, tune: list[MiningExample] | None = None) -> InferenceContext:
    return InferenceContext(task, load_tokenizer(tiny), Limits(max_length=32), Runtime(device="cpu"), tune=tune or ())


def test_equal_sentences_are_mined_and_distractors_kept_out(tiny: Path) -> None:
    model = mining.family.open(tiny, MINING)
    dev, test = _corpus(sentences()[:50], 20), _corpus(sentences()[50:110], 25)
    rows, _ = mining.family.predict(model, test, _reading(MINING, tiny, dev))
    assert sum(row["gold"] for row in rows) == 25
    found = scorer("mining_f1", "xtreme-2020").score(rows, "de")["f1"]
    # Random weights see all these sentences as near; a random pairing of 50 with 35 sentences would reach about 2.
    assert found > 60


def test_neighbours_are_searched_where_the_model_is(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, int, torch.device]] = []

    def search(x: np.ndarray, y: np.ndarray, k: int, device: torch.device) -> tuple[Neighbours, Neighbours]:
        asked.append((len(x), len(y), k, device))
        return nearest_both_ways(x, y, k, device)

    monkeypatch.setattr(mining, "nearest_both_ways", search)
    dev, test = _corpus(sentences()[:50], 20), _corpus(sentences()[50:110], 25)
    mining.family.predict(mining.family.open(tiny, MINING), test, _reading(MINING, tiny, dev))
    assert asked == [(40, 30, 4, torch.device("cpu")), (50, 35, 4, torch.device("cpu"))]


def test_without_gold_nothing_is_mined(tiny: Path) -> None:
    model = mining.family.open(tiny, MINING)
    dev, test = _corpus(sentences()[:50], 20), _corpus(sentences()[50:110], 25, known=False)
    with pytest.raises(UserError, match="gold pairs are not there"):
        mining.family.predict(model, test, _reading(MINING, tiny, dev))


def test_a_query_ranks_its_equal_first(tiny: Path) -> None:
    texts = sentences()[::3]
    examples = [RankingExample(f"c{n}", text, "candidate", ()) for n, text in enumerate(texts)]
    examples += [RankingExample(f"q{n}", text, "query", (f"c{n}",)) for n, text in enumerate(texts[:8])]
    rows, _ = ranking.family.predict(ranking.family.open(tiny, RANKING), examples, _reading(RANKING, tiny))
    assert [row["prediction"][0] for row in rows] == [f"c{n}" for n in range(8)]
    assert all(len(row["prediction"]) == 20 for row in rows)
    assert scorer("map@20", "lareqa").score(rows, "all")["map@20"] == 100.0


def test_a_pool_joins_candidates_and_golds_of_all_languages() -> None:
    own = [RankingExample("q1", "Wo?", "query", ("de_1_0",)), RankingExample("de_1_0", "Hier.", "candidate", ())]
    other = [
        RankingExample("q1", "Where?", "query", ("en_1_1",)),
        RankingExample("q2", "Who?", "query", ("en_1_0",)),
        RankingExample("en_1_0", "Her.", "candidate", ()),
        RankingExample("en_1_1", "Here.", "candidate", ()),
    ]
    queries = [item for item in ranking.family.join(own, own + other) if item.side == "query"]
    candidates = [item.id for item in ranking.family.join(own, own + other) if item.side == "candidate"]
    assert queries == [RankingExample("q1", "Wo?", "query", ("de_1_0", "en_1_1"))]
    assert candidates == ["de_1_0", "en_1_0", "en_1_1"]
    with pytest.raises(UserError, match='two candidates have the id "de_1_0"'):
        ranking.family.join(own, own + own)


def test_gold_that_one_language_withholds_is_not_known() -> None:
    own = [RankingExample("q1", "Wo?", "query", ("de_1_0",)), RankingExample("de_1_0", "Hier.", "candidate", ())]
    (query, _) = ranking.family.join(own, [*own, RankingExample("q1", "Where?", "query", None)])
    assert query.gold is None


def test_the_pool_of_the_last_reading_is_kept(tiny: Path) -> None:
    texts = sentences()[:30]
    pool = [RankingExample(f"c{n}", text, "candidate", ()) for n, text in enumerate(texts)]
    model, context = ranking.family.open(tiny, RANKING), _reading(RANKING, tiny)
    for number in (0, 1):
        examples = [RankingExample("q", texts[number], "query", (f"c{number}",)), *pool]
        fresh = ranking.family.predict(model, examples, _reading(RANKING, tiny))
        assert ranking.family.predict(model, examples, context) == fresh
        assert len(context.kept) == 1
    others = ranking.family.predict(model, [examples[0], *pool[5:]], context)[0]
    assert "c1" not in others[0]["prediction"]


def test_every_definition_has_its_own_pairs(tiny: Path) -> None:
    model = mining.family.open(tiny, MINING)
    texts = sentences()[:50]
    dev, test = _corpus(texts, 20), _corpus(sentences()[50:110], 25)
    # jiant finds a repeated sentence under all its ids, the others under none.
    test += [MiningExample("de-again", test[0].text, "source", ("en-0",))]
    rows, _ = mining.family.predict(model, test, _reading(MINING, tiny, dev))
    found = {row["id"]: row["prediction"] for row in rows}
    assert found["de-0\ten-0"]["corrected"] is False and found["de-again\ten-0"]["corrected"] is False
    assert found["de-0\ten-0"]["jiant"] == found["de-again\ten-0"]["jiant"] is True


def test_where_the_official_search_stops_its_score_is_an_error_and_not_a_number(tiny: Path) -> None:
    model = mining.family.open(tiny, MINING)
    perfect = [item for item in _corpus(sentences()[:30], 20) if item.id.split("-")[1] in ("0", "1", "2")]
    rows, _ = mining.family.predict(model, perfect, _reading(MINING, tiny, perfect))
    assert scorer("mining_f1", "corrected").score(rows, "de")["f1"] == 100.0
    with pytest.raises(UserError, match="IndexError"):
        scorer("mining_f1", "xtreme-2020").score(rows, "de")
