import io
import os

import pytest
from rich.console import Console

from stepstone.cli.show import working_table
from stepstone.core.errors import UserError
from stepstone.pipeline.explain import StatusCount, explain, find_status
from stepstone.store.failures import Failure
from stepstone.store.working import ProgressWriter


def test_status_counts_stages_by_kind_and_scores_by_condition(make_plan, store, fill) -> None:
    planned = make_plan(seeds=[1])
    for label in ("alpha", "alpha/none/tatoeba/de", "alpha/none/tatoeba/ja"):
        fill(planned.stages[planned.labels[label]])
    broken = planned.labels["alpha/nli.ja/s1"]
    store.note_failure(broken, Failure("alpha/nli.ja/s1", "loss is nan", "log"))
    status = find_status(planned, store)
    assert status.kinds == {
        "pretrained": StatusCount(1, 0, 0),
        "finetune": StatusCount(0, 7, 1),
        "evaluate": StatusCount(2, 18, 0),
    }
    assert status.conditions[("alpha", "none")] == StatusCount(2, 4, 0)
    assert status.conditions[("alpha", "nli.ja")] == StatusCount(0, 6, 0)
    assert status.failures == {broken: Failure("alpha/nli.ja/s1", "loss is nan", "log")} and not status.complete


def test_an_old_failure_means_nothing_once_the_stage_is_done(make_plan, store, fill) -> None:
    planned = make_plan(seeds=[1])
    store.note_failure(planned.labels["alpha"], Failure("alpha", "no network"))
    for stage in planned.stages.values():
        fill(stage)
    status = find_status(planned, store)
    assert status.complete and not status.failures
    assert explain(planned, store, "alpha").state == "done"


def test_why_names_the_field_that_changed_with_its_default(make_plan, store, fill) -> None:
    before = make_plan(languages=["de"], target={"xnli": {}})
    for stage in before.stages.values():
        fill(stage)
    after = make_plan(languages=["de"], target={"xnli": {"recipe": {"learning_rate": 2e-5}}})
    reason = explain(after, store, "alpha/nli.ja/xnli/s1")
    assert (reason.state, reason.lines) == ("changed", ("learning_rate 1e-5 -> 2e-5",))
    back = make_plan(languages=["de"], target={"xnli": {"recipe": {"max_length": 64}}})
    lines = explain(back, store, "alpha/nli.ja/xnli/s1/de").lines
    assert "limits.max_length 256 -> 64" in lines
    assert "its parent alpha/nli.ja/xnli/s1: max_length 256 -> 64" in lines


def test_why_follows_a_change_up_to_the_parent_that_made_it(make_plan, store, fill) -> None:
    for stage in make_plan(languages=["de"]).stages.values():
        fill(stage)
    changed = {"nli": {"tasks": {"ja": "jnli"}, "num_examples": 200}}
    reason = explain(make_plan(languages=["de"], intermediate=changed), store, "alpha/nli.ja/xnli/s2")
    assert "its parent alpha/nli.ja/s2: train.num_examples 100 -> 200" in reason.lines
    assert "its parent alpha/nli.ja/s2 is missing" in reason.lines


def test_why_chooses_the_nearest_of_several_records(make_plan, store, fill) -> None:
    for recipe in ({"learning_rate": 3e-5, "batch_size": 8}, {"learning_rate": 2e-5}):
        plan = make_plan(recipe=recipe)
        fill(plan.stages[plan.labels["alpha/nli.ja/s1"]])
    reason = explain(make_plan(), store, "alpha/nli.ja/s1")
    assert "learning_rate 2e-5 -> 1e-5" in reason.lines and not any("batch_size" in line for line in reason.lines)


def test_why_tells_done_new_waiting_and_failed_apart(make_plan, store, fill) -> None:
    planned = make_plan()
    assert explain(planned, store, "alpha").lines == ("never run",)
    waiting = explain(planned, store, "alpha/nli.ja/s1")
    assert (waiting.state, waiting.lines) == ("waiting", ("its parent alpha is missing", "never run"))
    store.note_failure(planned.labels["alpha/nli.ja/s1"], Failure("x", "loss is nan", "some.log"))
    assert explain(planned, store, "alpha/nli.ja/s1").lines[0] == "failed: loss is nan (log: some.log)"
    fill(planned.stages[planned.labels["alpha/none/xnli/s1/de"]])
    done = explain(planned, store, "alpha/none/xnli/s1/de")
    assert done.state == "done" and any("accuracy 50.00" in line for line in done.lines)


def test_why_knows_a_shared_stage_by_all_its_labels(make_plan, store, fill) -> None:
    entry = {"tasks": {"en": "mnli"}, "recipe": {"batch_size": 32}}
    planned = make_plan(languages=["en"], intermediate={"nli": entry}, target={"xnli": {}})
    fill(planned.stages[planned.labels["alpha/none/xnli/s1"]])
    assert explain(planned, store, "alpha/nli.en/s1").state == "done"


def test_an_unknown_label_is_answered_with_the_nearest(make_plan, store) -> None:
    with pytest.raises(UserError, match='did you mean "alpha/nli'):
        explain(make_plan(), store, "alpha/nli.ja/s")


def test_status_shows_what_is_at_work_with_its_worker(make_plan, store) -> None:
    planned = make_plan(seeds=[1])
    stage = planned.stages[planned.labels["alpha/nli.ja/s1"]]
    attempt = store.start(stage.key)
    with ProgressWriter(store.root, stage.key, stage.label) as notice:
        notice.hear({"event": "phase", "message": "reading jnli in ja"})
        status = find_status(planned, store)
    store.drop(attempt)
    console = Console(file=io.StringIO(), width=200)
    console.print(working_table(status, status.working[0].began + 192))
    shown = console.file.getvalue()
    assert "alpha/nli.ja/s1" in shown and "3 min 12 s" in shown and "reading jnli in ja" in shown
    assert f"process {os.getpid()}" in shown
    assert not find_status(planned, store).working and working_table(find_status(planned, store), 0.0) is None
