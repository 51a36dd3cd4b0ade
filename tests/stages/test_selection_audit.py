"""A selection audit is the target's training itself, scored at every look on all that could have chosen a step."""

from __future__ import annotations

import hashlib
import json
from itertools import cycle
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from here import Here
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.place import Place
from stepstone.core.recipe import Recipe, Runtime
from stepstone.core.result import EvaluateResult, FinetuneResult
from stepstone.core.specs.selection_audit import SelectionAuditResult
from stepstone.core.study import Study
from stepstone.learning.objective import DevScore, SingleObjective
from stepstone.learning.progress import Stopped
from stepstone.pipeline.run import run
from stepstone.planning.plan import Plan, plan
from stepstone.stages import selection_audit
from stepstone.stages.context import StageContext
from stepstone.stages.selection_audit import averaging
from stepstone.store.store import Store
from tiny import sentences

pytestmark = pytest.mark.trains
LABELS = ("entailment", "neutral", "contradiction")
RECIPE = {"num_steps": 12, "batch_size": 8, "max_length": 32, "eval_every": 3, "learning_rate": 3e-3}


def _pairs(first: int, num: int) -> list[dict[str, str]]:
    """What is to be learnt: the label is that of who is spoken of."""
    texts, labels = sentences()[first::7][:num], cycle(LABELS)
    return [
        {"gold_label": label, "sentence1": text, "sentence2": text, "pairID": str(place)}
        for place, (text, label) in enumerate(zip(texts, labels, strict=False))
    ]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "XNLI-1.0").mkdir(parents=True)
    for name, first in (("train", 0), ("dev_matched", 1)):
        lines = "".join(json.dumps(row) + "\n" for row in _pairs(first, 12))
        (folder / f"multinli_1.0_{name}.jsonl").write_text(lines)
    for split, first in (("dev", 2), ("test", 3)):
        rows = [(code, row) for place, code in enumerate(("en", "de")) for row in _pairs(first + place, 9 + place)]
        lines = [f"{code}\t{row['gold_label']}\t{row['sentence1']}\t{row['sentence2']}\n" for code, row in rows]
        (folder / "XNLI-1.0" / f"xnli.{split}.tsv").write_text(
            "".join(["language\tgold_label\tsentence1\tsentence2\n", *lines])
        )
    told = [{"id": str(place), "text": row["sentence1"], "pair": "gans"} for place, row in enumerate(_pairs(1, 12))]
    (folder / "mine.mnli.dev.en-de.jsonl").write_text("".join(json.dumps(row) + "\n" for row in told))
    return folder


def planned(data: Path, tiny: Path, audit: dict[str, Any] | None, **recipe: Any) -> Plan:
    table: dict[str, Any] = {
        "name": "audited",
        "models": ["own"],
        "languages": ["en", "de"],
        "model": {"own": {"folder": str(tiny)}},
        "recipe": {**RECIPE, **recipe},
        "translator": {"mine": {"files": f"{data}/mine.{{task}}.{{split}}.{{source}}-{{to}}.jsonl"}},
        "target": {"xnli": {}},
    }
    if audit is not None:
        table["selection_audit"] = audit
    return plan(Study.parse(table), Place(folders=(data,), cache=data.parent / "cache", use_hub=False))


def _digests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is looked at, look by look."""
    seen: list[str] = []
    plain = SingleObjective.look

    def look(self: SingleObjective, model: Any) -> DevScore:
        state = b"".join(value.numpy().tobytes() for value in model.state_dict().values())
        seen.append(hashlib.sha256(state).hexdigest())
        return plain(self, model)

    monkeypatch.setattr(SingleObjective, "look", look)
    return seen


def test_an_audit_is_the_training_itself_scored_at_every_look(
    data: Path, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, asked = planned(data, tiny, None), planned(data, tiny, {"translator": "mine"})
    assert set(plain.stages) < set(asked.stages)
    assert {asked.stages[key].kind for key in set(asked.stages) - set(plain.stages)} == {"selection_audit", "translate"}
    store, seen = Store(tmp_path / "store"), _digests(monkeypatch)
    outcome = run(asked, store, Here())
    assert outcome.exit_status == 0, outcome.failures
    # Two trainings, four looks each, on the same weights.
    assert len(seen) == 8 and seen[:4] == seen[4:] and len(set(seen)) == 4

    result = _result(asked, store)
    trained = store.record(asked.labels["own/none/xnli/s1"])
    assert trained is not None and isinstance(trained.result, FinetuneResult)
    assert result.dev == trained.result.dev and result.best_step == trained.result.best_step
    assert [look.step for look in result.looks] == [3, 6, 9, 12] and result.num_dev == 12
    chosen = next(look for look in result.looks if look.step == result.best_step)
    assert chosen.test == {code: _score(asked, store, code) for code in ("en", "de")}
    assert set(chosen.target_dev) == {"en", "de"} and set(chosen.translated_dev) == {"de"}
    share = (chosen.source_dev or 0) / 100
    assert chosen.error == pytest.approx(100 * (share * (1 - share) / 11) ** 0.5)
    # Nothing is kept but the scores.
    record = store.record(asked.labels["own/none/xnli/audit/s1"])
    assert record is not None and not record.files

    # The mean of the last weights is what a recipe that asks for it gives.
    other = planned(data, tiny, None, selection="last", average_last=3)
    assert run(other, store, Here()).exit_status == 0
    assert result.averaged == (6, 9, 12) and result.average == {c: _score(other, store, c) for c in ("en", "de")}


def _result(made: Plan, store: Store) -> SelectionAuditResult:
    record = store.record(made.labels["own/none/xnli/audit/s1"])
    assert record is not None and isinstance(record.result, SelectionAuditResult)
    return record.result


def _score(made: Plan, store: Store, language: str) -> float:
    record = store.record(made.labels[f"own/none/xnli/s1/{language}"])
    assert record is not None and isinstance(record.result, EvaluateResult)
    return record.result.scores.value


class _After(Event):
    """Is set when it was asked so often."""

    def __init__(self, num: int) -> None:
        super().__init__()
        self._left = num

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0


def test_an_audit_that_is_stopped_goes_on_to_the_same_curve(data: Path, tiny: Path, tmp_path: Path) -> None:
    made = planned(data, tiny, {})
    spec = made.stages[made.labels["own/none/xnli/audit/s1"]].spec

    def audit(folder: Path, stop: Event) -> SelectionAuditResult:
        context = StageContext(
            made.place, BUILT_IN, Runtime(device="cpu"), folder, {"checkpoint": Path(tiny)}, stop=stop
        )
        return selection_audit.run(spec, folder, context)  # type: ignore[arg-type]

    whole = audit(tmp_path / "whole", Event())
    with pytest.raises(Stopped):
        audit(tmp_path / "parts", _After(7))
    assert audit(tmp_path / "parts", Event()) == whole and len(whole.looks) == 4


def test_a_short_training_or_one_of_adapters_averages_fewer_looks() -> None:
    recipe = Recipe(eval_every=10)
    assert [averaging(recipe, steps).average_last for steps in (5, 11, 21, 100)] == [1, 2, 3, 3]
    assert averaging(recipe.model_copy(update={"lora_rank": 4}), 100).average_last == 1
