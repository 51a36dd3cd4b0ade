"""Mining and ranking: what is equal finds each other, the threshold comes from dev, gold must be there."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepstone.core.errors import UserError
from stepstone.core.example import MiningExample, RankingExample
from stepstone.core.recipe import Limits, Runtime
from stepstone.core.task import Task
from stepstone.families import mining, ranking
from stepstone.families.family import Reading
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.scoring.definitions import scorer
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


def _reading(task: Task, tiny: Path, tune: list[MiningExample] | None = None) -> Reading:
    return Reading(task, load_tokenizer(tiny), Limits(max_length=32), Runtime(device="cpu"), tune=tune or ())


def test_equal_sentences_are_mined_and_distractors_kept_out(tiny: Path) -> None:
    model = mining.family.open(tiny, MINING)
    dev, test = _corpus(sentences()[:50], 20), _corpus(sentences()[50:110], 25)
    rows, _ = mining.family.predict(model, test, _reading(MINING, tiny, dev))
    assert sum(row["gold"] for row in rows) == 25
    found = scorer("mining_f1", "xtreme-2020").score(rows, "de")["f1"]
    # Random weights see all these sentences as near; a random pairing of 50 with 35 sentences would reach about 2.
    assert found > 60


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
