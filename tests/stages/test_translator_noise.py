"""What a translator's mistakes do to what is learned from its translations, through the whole pipeline, in the lab.

SIB-200's twin is learned from scratch in seconds: its topics are things that a sentence tells of. A translator with
noise 1 tells every thing as another one of its kind, so that nothing is left to be learned; one without noise tells
what the lab's own files have, so that nothing is lost.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from here import Here
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.compare import compare
from stepstone.evidence.frame import collect
from stepstone.pipeline.run import run
from stepstone.planning.plan import plan
from stepstone.store.store import Store

pytestmark = pytest.mark.trains

SIZES = {"vocab_size": 500, "hidden_size": 48, "num_layers": 1, "num_heads": 2, "max_positions": 64, "dropout": 0.0}
PRETRAINING = {"num_steps": 1, "batch_size": 4, "max_length": 32}


def translated(by: str) -> dict[str, Any]:
    return {"task": "sib200", "language": "en", "to": "ja", "translator": by}


STUDY: dict[str, Any] = {
    "name": "noise",
    "models": ["own"],
    "seeds": [1, 2],
    "languages": ["ja"],
    "lab": {},
    "model": {
        "own": {
            "scratch": {"text": "text", "languages": ["ja"], "num_documents": 40, "pretraining": PRETRAINING, **SIZES}
        }
    },
    "recipe": {"num_steps": 160, "batch_size": 16, "learning_rate": 3e-3, "max_length": 48, "selection": "last"},
    "translator": {"faithful": {"noise": 0.0}, "noisy": {"noise": 1.0}},
    "intermediate": {
        "topic": {
            "num_examples": 500,
            "arms": {"ja": "sib200:ja", "faithful": translated("faithful"), "noisy": translated("noisy")},
        }
    },
    "target": {"tatoeba": {"num_test": 20}},
}
CHANCE = 100 / 7


def test_translations_without_noise_are_as_good_as_native_data_and_with_much_noise_teach_nothing(
    tmp_path: Path, lab_cache: Path
) -> None:
    made, store = plan(Study.parse(STUDY), Place(cache=lab_cache)), Store(tmp_path / "store")
    outcome = run(made, store, Here())
    assert outcome.exit_status == 0, outcome.failures
    own = compare(collect(made, store), made.study, Settings(num_resamples=200)).own
    scored = {(row.condition, row.target): row for row in own.itertuples()}
    native, faithful, noisy = (scored[f"topic.{arm}", "sib200"] for arm in ("ja", "faithful", "noisy"))
    assert native.low <= faithful.value <= native.high and native.value > 3 * CHANCE
    assert noisy.value < 2 * CHANCE < native.low and native.learned and not noisy.learned
    assert scored["topic.faithful", "sib200.en>ja"].value == faithful.value, "its translated dev data is the native one"
