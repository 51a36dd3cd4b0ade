"""A new kind of stage is one spec and one module that runs it: plan, run, status, why, prune and method know it."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

from here import Here
from stepstone.core.place import Place
from stepstone.core.result import Pieces, PretrainedResult, Result
from stepstone.core.spec import Spec
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.core.uses import DataRead, DataUse, NamedTask
from stepstone.data.load import load_examples
from stepstone.evidence.frame import collect
from stepstone.evidence.languages import language_table
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.pipeline.explain import explain, find_status
from stepstone.pipeline.prune import find_removals
from stepstone.pipeline.run import run
from stepstone.planning.heads import find_unfit
from stepstone.planning.plan import Plan, plan
from stepstone.report.method import method_tables
from stepstone.stages.context import StageContext
from stepstone.store.store import Store

TEXTS = [("Die Fähre legt ab", "The ferry leaves"), ("Bergen", "Bergen")]


class CountResult(Result):
    """How many word pieces there are."""

    num_pieces: int
    num_examples: int

    @property
    def score(self) -> float | None:
        """Shown when the stage is done."""
        return float(self.num_pieces)


class CountSpec(Spec):
    """Count the word pieces of a split under a checkpoint's tokenizer."""

    kind: ClassVar[str] = "count"
    result: ClassVar[type[Result]] = CountResult
    makes_checkpoint: ClassVar[bool] = False

    data: DataUse

    def uses(self) -> tuple[DataUse, ...]:
        """What is counted."""
        return (self.data,)

    def tasks(self) -> tuple[NamedTask, ...]:
        """Whose text is counted."""
        return (NamedTask(self.data.task, "counting"),)

    def read(self, result: Result) -> tuple[DataRead, ...]:
        """What was counted."""
        assert isinstance(result, CountResult)
        of = Pieces(unknown=0, of=result.num_pieces)
        return (DataRead((self.data,), result.num_examples, 0, of, is_trained_on=False),)

    @property
    def max_length(self) -> int:
        """Pieces that it reads of one text."""
        return 48


def count(spec: CountSpec, folder: Path, context: StageContext) -> CountResult:
    """What `stepstone/stages/count.py` would hold."""
    from stepstone.catalogue.catalogue import BUILT_IN

    tokenizer = load_tokenizer(context.parents["checkpoint"])
    examples = load_examples(BUILT_IN.task(spec.data.task), spec.data.split, spec.data.language, context.place)
    (folder / "counted.json").write_text(json.dumps([example.id for example in examples]))
    num_pieces = sum(len(tokenizer.tokenize(example.passage)) for example in examples)
    return CountResult(num_pieces=num_pieces, num_examples=len(examples))


@pytest.fixture
def planned(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plan]:
    """A study that reads Tatoeba off a tiny encoder, and one count of its word pieces."""
    module = ModuleType("stepstone.stages.count")
    module.run = count  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for place, name in enumerate(("deu", "eng")):
        text = "".join(f"{pair[place]}\n" for pair in TEXTS)
        (tmp_path / f"tatoeba.deu-eng.{name}").write_text(text, encoding="utf-8")
    table: dict[str, Any] = {
        "name": "counted",
        "models": ["own"],
        "seeds": [1],
        "languages": ["de"],
        "model": {"own": {"folder": str(tiny)}},
        "target": {"tatoeba": {"recipe": {"max_length": 32}}},
    }
    place = Place(folders=(tmp_path,), cache=tmp_path / "cache", use_hub=False)
    made = plan(Study.parse(table), place)
    (scored,) = [stage for stage in made.stages.values() if stage.parents]
    spec = CountSpec(data=scored.spec.uses()[0])
    stage = Stage(spec=spec, parents=scored.parents, label="own/pieces/de", coordinates={"model": "own"})
    yield replace(made, stages={**made.stages, stage.key: stage}, labels={**made.labels, stage.label: stage.key})


def test_everything_knows_a_new_kind_of_stage(planned: Plan, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert planned.num_stages == {"pretrained": 1, "evaluate": 1, "count": 1}
    assert explain(planned, store, "own/pieces/de").state == "waiting"

    outcome = run(planned, store, Here())
    assert (outcome.num_done, outcome.exit_status) == (3, 0), outcome.failures
    record = Store(store.root).record(planned.labels["own/pieces/de"])
    assert record is not None and isinstance(record.result, CountResult) and record.result.num_pieces > 5
    assert record.payload["kind"] == "count" and "counted.json" in record.files
    assert run(planned, store, Here()).num_kept == 3

    status = find_status(planned, store)
    assert status.complete and status.kinds["count"].done == 1
    assert explain(planned, store, "own/pieces/de").state == "done"
    changed = planned.stages[record.key].spec.model_copy(update={"data": _other(planned, record.key)})
    stage = Stage(spec=changed, parents=record.parents, label=record.label)
    again = replace(planned, stages={stage.key: stage}, labels={stage.label: stage.key})
    assert explain(again, store, stage.label).lines[0] == "data.num_examples none -> 1"
    assert [removal.label for removal in find_removals(store, [again], others=True)].count("own/pieces/de") == 1

    frame = collect(planned, store)
    work = next(table for table in method_tables(planned, frame) if table.title == "Work")
    assert ("count", "1 of 1") in [row[:2] for row in work.rows]


def test_a_new_kind_is_named_in_words_and_shown_while_it_runs(
    planned: Plan, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stage = planned.stages[planned.labels["own/pieces/de"]]
    assert stage.spec.title(str) == "count"
    with caplog.at_level(logging.INFO, logger="stepstone"):
        assert run(planned, Store(tmp_path / "store"), Here()).exit_status == 0
    record = Store(tmp_path / "store").record(stage.key)
    assert record is not None
    assert f"count {record.result.score:.1f}\n" in caplog.text


def test_what_a_new_kind_has_read_is_in_the_table_of_languages(planned: Plan, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert run(planned, store, Here()).exit_status == 0
    key = planned.labels["own/pieces/de"]
    (row,) = language_table(planned, {key: store.record(key)}).to_dict("records")
    assert (row["task"], row["language"], row["use"]) == ("tatoeba", "de", "evaluated")
    assert row["num_examples"] == 2 and row["num_pieces"] > 5


def test_what_a_new_kind_asks_of_its_encoder_is_looked_up_before_it_runs(planned: Plan) -> None:
    def short(stage: Stage) -> PretrainedResult:
        return PretrainedResult(num_parameters=1, num_positions=40)

    unfit = find_unfit(planned.stages, planned.catalogue, short)
    assert list(unfit) == [planned.labels["own/pieces/de"]]
    assert "max_length = 48 exceeds the 40 positions of the encoder own" in next(iter(unfit.values()))


def _other(planned: Plan, key: str) -> DataUse:
    (use,) = planned.stages[key].spec.uses()
    return use.model_copy(update={"num_examples": 1})
