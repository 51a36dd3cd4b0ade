"""What was predicted and could not be scored is scored later without weights, also under another definition."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors import SafetensorError

from stepstone.core.recipe import Runtime
from stepstone.core.result import Pieces, Skipped
from stepstone.core.stage import Stage
from stepstone.launchers.launcher import Order
from stepstone.pipeline.jobs import find_missing, is_answered, make_jobs, order_of
from stepstone.pipeline.prune import find_removals, remove
from stepstone.planning.plan import Plan
from stepstone.store import check
from stepstone.store.answers import StoredEvaluation, answers_path, find_answers, keep_answers
from stepstone.store.predictions import kept_predictions
from stepstone.store.store import Store

LABEL, CHECKPOINT = "alpha/nli.ja/xnli/s1/de", "alpha/nli.ja/xnli/s1"
ANSWERS = StoredEvaluation(
    rows=[{"id": "1", "prediction": "neutral", "gold": "neutral"}, {"id": "2", "prediction": "neutral", "gold": "x"}],
    levels={"chance": 25.0},
    num_cut=1,
    num_examples=2,
    seconds=0.5,
    pieces=Pieces(unknown=1, of=10),
    skipped=(Skipped(task="xnli", split="test", language="de", counts={"rows without a label": 3}),),
)


def under(definition: str, make_plan: Callable[..., Plan]) -> Plan:
    return make_plan(languages=["de"], seeds=[1], target={"xnli": {"definition": definition}})


@pytest.fixture
def pruned(make_plan: Callable[..., Plan], store: Store, fill: Any) -> Plan:
    """All is there but one evaluation, whose checkpoint has no weights any more and whose answers were kept."""
    planned = under("jiant", make_plan)
    for stage in planned.stages.values():
        if stage.label != LABEL:
            fill(stage)
    store.release(planned.labels[CHECKPOINT], ("model.safetensors",))
    path = answers_path(store, planned.stages[planned.labels[LABEL]])
    assert path is not None
    keep_answers(path, ANSWERS)
    return planned


@pytest.mark.parametrize("definition", ["jiant", "corrected"])
def test_its_evaluation_alone_is_missing_and_is_a_job_of_its_own(
    pruned: Plan, store: Store, make_plan: Callable[..., Plan], fill: Any, definition: str
) -> None:
    planned = under(definition, make_plan)
    for key, stage in planned.stages.items():
        if stage.label != LABEL and not store.complete(key):
            fill(stage)
    key = planned.labels[LABEL]
    missing = find_missing(planned.stages, store)
    assert missing == {key} and is_answered(planned.stages[key], store)
    (job,) = make_jobs(planned.stages, missing, missing)
    assert (job.id, job.stages, job.needs) == (key, (planned.stages[key],), frozenset())
    assert (planned.labels[LABEL] == pruned.labels[LABEL]) == (definition == "jiant")


def test_weights_that_are_asked_for_are_trained_again_all_the_same(pruned: Plan, store: Store) -> None:
    key, checkpoint = pruned.labels[LABEL], pruned.labels[CHECKPOINT]
    missing = find_missing(pruned.stages, store, [checkpoint])
    assert missing == {key, checkpoint}
    assert {job.id for job in make_jobs(pruned.stages, missing, {key})} == missing


def _order(planned: Plan, store: Store, stage: Stage) -> Order:
    return order_of((stage,), planned, store, Runtime(device="cpu"))


@pytest.mark.trains
def test_a_worker_scores_it_and_keeps_it_no_longer(pruned: Plan, store: Store) -> None:
    from stepstone.stages.job import JobRunner  # opens torch, for this test alone

    stage = pruned.stages[pruned.labels[LABEL]]
    path, said = answers_path(store, stage), list[object]()
    order = _order(pruned, store, stage)
    assert JobRunner(said.append).do(json.loads(order.line())), said
    record = store.record(stage.key)
    assert record is not None and record.result.score == 50.0 and kept_predictions(store, stage.key) == ANSWERS.rows
    assert record.result.skipped == ANSWERS.skipped
    assert path is not None and not path.exists() and find_missing(pruned.stages, store) == set()


@pytest.mark.parametrize("damage", ["", "{", "[1]", "{}", '{"rows": []}', '{"answers": {}}'])
def test_damaged_answers_are_none(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "answers.json"
    keep_answers(path, ANSWERS)
    assert find_answers(path) == ANSWERS
    path.write_text(damage, encoding="utf-8")
    assert find_answers(path) is None and find_answers(tmp_path / "absent.json") is None and find_answers(None) is None


def test_an_answer_that_was_changed_since_is_none(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    keep_answers(path, ANSWERS)
    path.write_bytes(path.read_bytes().replace(b'"gold": "x"', b'"gold": "y"'))
    assert find_answers(path) is None


def test_another_training_or_other_examples_have_no_answers(
    pruned: Plan, store: Store, fill: Any, make_plan: Callable[..., Plan]
) -> None:
    key, checkpoint = pruned.labels[LABEL], pruned.labels[CHECKPOINT]
    shorter = make_plan(
        languages=["de"], seeds=[1], target={"xnli": {"definition": "jiant", "recipe": {"max_length": 64}}}
    )
    assert not is_answered(shorter.stages[shorter.labels[LABEL]], store)
    fill(pruned.stages[checkpoint])  # trained again: another folder
    assert not is_answered(pruned.stages[key], store)
    store.remove(checkpoint)
    assert answers_path(store, pruned.stages[key]) is None
    assert answers_path(store, pruned.stages[checkpoint]) is None, "a training scores nothing"


def test_answers_that_no_study_asks_for_can_go(
    pruned: Plan, store: Store, make_plan: Callable[..., Plan], fill: Any
) -> None:
    assert not [found for found in find_removals(store, [pruned], others=True) if found.what == "answers"]
    other = make_plan(languages=["de"], seeds=[1], target={"tatoeba": {}})
    (found,) = (found for found in find_removals(store, [other], others=True) if found.what == "answers")
    assert remove(store, [found]) == found.num_bytes > 0
    assert not is_answered(pruned.stages[pruned.labels[LABEL]], store)


@pytest.mark.slow
def test_a_disk_without_a_byte_left_takes_a_stage_and_not_the_worker(
    pruned: Plan, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stepstone.stages.job import JobRunner  # opens torch

    stage, said = pruned.stages[pruned.labels[LABEL]], list[dict[str, str]]()
    order = _order(pruned, store, stage)

    def full(*given: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    def fails(kind: Exception) -> dict[str, str]:
        runner = JobRunner(said.append)
        monkeypatch.setattr(runner, "_run", lambda *given: (_ for _ in ()).throw(kind))
        assert not runner.do(json.loads(order.line()))
        return said[-1]

    monkeypatch.setattr(Path, "write_text", full)
    drop = Store.drop
    monkeypatch.setattr(Store, "drop", lambda store, attempt: (drop(store, attempt), full()))
    told = fails(ZeroDivisionError("by nothing"))
    assert (told["event"], told["message"]) == ("failed", "ZeroDivisionError: by nothing")
    error = SafetensorError('Error while serializing: I/O error: Os { code: 28, kind: StorageFull, message: "full" }')
    told = fails(error)
    assert "no space is left" in told["message"] and "remedy: free space" in told["message"]


@pytest.mark.slow
def test_a_worker_gives_back_what_another_is_at_and_says_the_score_of_what_is_there(
    make_plan: Callable[..., Plan], store: Store, fill: Any
) -> None:
    from stepstone.stages.job import JobRunner  # opens torch

    planned = make_plan(seeds=[1])
    there, taken = planned.stages[planned.labels[LABEL]], planned.stages[planned.labels["alpha"]]
    record = fill(there)
    other, said = Store(store.root), list[dict[str, object]]()
    assert other.start(taken.key) is not None
    # A worker that waited would be stopped from it, and say so.
    stop = threading.Event()
    stop.set()
    assert not JobRunner(said.append, stop).do(json.loads(_order(planned, store, taken).line()))
    assert [event["event"] for event in said] == ["start", "elsewhere"]
    said.clear()
    assert JobRunner(said.append).do(json.loads(_order(planned, store, there).line()))
    assert [(event["event"], event["value"]) for event in said] == [("skip", record.result.score)]


@pytest.mark.slow
def test_a_worker_hashes_weights_once_for_all_jobs_that_are_built_on_them(
    make_plan: Callable[..., Plan], store: Store, fill: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stepstone.stages.job import JobRunner  # opens torch

    planned = make_plan(seeds=[1])
    checkpoint = planned.stages[planned.labels[CHECKPOINT]]
    for key in (*checkpoint.parents, checkpoint.key):
        fill(planned.stages[key])
    hashed, checksum = list[str](), check.checksum
    monkeypatch.setattr(check, "checksum", lambda path: hashed.append(Path(path).name) or checksum(path))
    runner = JobRunner(lambda event: None)
    evaluations = [one for one in planned.stages.values() if one.kind == "evaluate" and checkpoint.key in one.parents]
    assert len(evaluations) > 1
    for stage in evaluations:
        # What was filled in is no model: each job ends when it is opened.
        assert not runner.do(json.loads(_order(planned, store, stage).line()))
    assert hashed.count("model.safetensors") == 1


@pytest.mark.slow
def test_a_try_that_fails_after_another_run_took_its_stage_over_and_recorded_it_is_no_failure(
    make_plan: Callable[..., Plan], store: Store, fill: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stepstone.stages import job  # opens torch

    planned = make_plan(seeds=[1])
    stage = planned.stages[planned.labels["alpha"]]
    record = fill(stage)
    path = store.root / "records" / stage.key[:2] / f"{stage.key}.json"
    aside = path.rename(store.root.parent / "aside")

    def taken_over(*given: Any) -> None:
        # As if this process had stood still for a minute, and `prune` had removed the folder of its try.
        aside.rename(path)
        raise FileNotFoundError("the folder of the try")

    monkeypatch.setattr(job.StageRunner, "run", taken_over)
    monkeypatch.setattr(job.InputCheck, "check", lambda *given: None)
    said = list[dict[str, object]]()
    assert job.JobRunner(said.append).do(json.loads(_order(planned, store, stage).line()))
    assert [(one["event"], one.get("value")) for one in said] == [("start", None), ("skip", record.result.score)]
    assert not store.at_work()


@pytest.mark.slow
def test_a_worker_makes_no_new_store_where_the_one_that_was_there_is_gone(
    make_plan: Callable[..., Plan], store: Store
) -> None:
    from stepstone.stages.job import JobRunner  # opens torch

    planned = make_plan(seeds=[1])
    stage, said = planned.stages[planned.labels["alpha"]], list[dict[str, object]]()
    assert not JobRunner(said.append).do(json.loads(_order(planned, store, stage).line()))
    assert said[-1]["event"] == "failed" and "the store is gone" in str(said[-1]["message"])
    assert not store.root.exists()
