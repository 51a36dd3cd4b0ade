"""The equal-compute control: which stages it plans, how many steps they take, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from invented import STUDY
from small_lab import small_lab
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.study import Study
from stepstone.pipeline.run import run
from stepstone.planning.plan import Plan, plan
from stepstone.planning.rehearse import rehearse
from stepstone.store.store import Store

CONTROL = {"control": "target"}


def spec_of(planned: Plan, label: str) -> FinetuneSpec:
    spec = planned.stages[planned.labels[label]].spec
    assert isinstance(spec, FinetuneSpec)
    return spec


def steps_of(planned: Plan, label: str) -> int | None:
    return spec_of(planned, label).recipe.num_steps


def test_each_intermediate_has_one_control_beside_its_languages(make_plan) -> None:
    plain, planned = make_plan(), make_plan(**CONTROL)
    more = [cell for cell in planned.cells if cell.condition == "nli.control"]
    # 2 seeds x (xnli en de, xquad en de); tatoeba is not trained, so there is nothing to train more of.
    assert {(cell.target, cell.language, cell.seed) for cell in more} == {
        (target, language, seed) for target in ("xnli", "xquad") for language in ("en", "de") for seed in (1, 2)
    }
    assert {(cell.intermediate, cell.arm) for cell in more} == {("nli", "control")}
    assert tuple(cell for cell in planned.cells if cell.condition != "nli.control") == plain.cells
    assert planned.own_cells == plain.own_cells
    # Per seed and trained target: once more before, then as usual.
    assert planned.num_stages["finetune"] - plain.num_stages["finetune"] == 2 * 2 * 2
    assert planned.requested["finetune"] - plain.requested["finetune"] == 2 * 2 * 2
    assert planned.num_stages["evaluate"] - plain.num_stages["evaluate"] == 2 * 2 * 2


def test_no_other_stage_changes(make_plan) -> None:
    plain, planned = make_plan(), make_plan(**CONTROL)
    assert {label: key for label, key in planned.labels.items() if "control" not in label} == plain.labels


def test_a_target_is_trained_twice_and_then_evaluated(make_plan) -> None:
    planned = make_plan(
        **CONTROL, languages=["de"], recipe={"learning_rate": 3e-5}, target={"xnli": {"num_examples": 50}}
    )
    first, then = spec_of(planned, "alpha/nli.control:xnli/s2"), spec_of(planned, "alpha/nli.control/xnli/s2")
    assert (first.train, first.dev, first.seed) == (then.train, then.dev, 2) and first.train.num_examples == 50
    assert first.recipe == then.recipe.model_copy(update={"num_steps": first.recipe.num_steps})
    assert not first.keep_head and not then.keep_head
    assert then == spec_of(planned, "alpha/nli.ja/xnli/s2") == spec_of(planned, "alpha/none/xnli/s2")
    stages, labels = planned.stages, planned.labels
    assert stages[labels["alpha/nli.control:xnli/s2"]].parents == (labels["alpha"],)
    assert stages[labels["alpha/nli.control/xnli/s2"]].parents == (labels["alpha/nli.control:xnli/s2"],)
    read = stages[labels["alpha/nli.control/xnli/s2/de"]]
    assert read.parents == (labels["alpha/nli.control/xnli/s2"],)
    assert read.coordinates["arm"] == "control"


def test_of_a_target_that_is_trained_in_turns_the_first_is_what_more_is_taken_of(make_plan) -> None:
    planned = make_plan(**CONTROL, languages=["de"], target={"xnli": {"train": ["mnli", "mnli"]}})
    assert spec_of(planned, "alpha/nli.control:xnli/s1").train.task == "mnli"
    assert not spec_of(planned, "alpha/nli.control/xnli:mnli/s1").keep_head
    assert spec_of(planned, "alpha/nli.control/xnli/s1").keep_head


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        # Its task's recipe has batches of 24 for two epochs.
        ({"num_examples": 100}, 9),
        ({"num_examples": 100, "recipe": {"num_steps": 70}}, 70),
        ({"num_examples": 100, "recipe": {"num_epochs": 0.5, "batch_size": 8}}, 7),
        ({"recipe": {"batch_size": 1000, "num_epochs": 1}}, 393),
    ],
)
def test_steps_are_those_of_the_intermediate(make_plan, entry: dict[str, Any], expected: int) -> None:
    planned = make_plan(**CONTROL, intermediate={"nli": {"tasks": {"en": "mnli"}, **entry}})
    assert steps_of(planned, "alpha/nli.control:xnli/s1") == steps_of(planned, "alpha/nli.control:xquad/s1") == expected
    assert planned.notes == ()


def test_the_steps_of_a_chain_add_up(make_plan) -> None:
    chain = {
        "first": {"tasks": {"en": "mnli"}, "num_examples": 48},
        "second": {"tasks": {"en": "mnli"}, "after": "first", "recipe": {"num_steps": 5}},
    }
    planned = make_plan(**CONTROL, intermediate=chain)
    assert steps_of(planned, "alpha/first.control:xnli/s1") == 4
    assert steps_of(planned, "alpha/second.control:xnli/s1") == 4 + 5


def test_where_languages_differ_the_control_takes_the_most_and_says_so(make_plan) -> None:
    sizes = {"recipe": {"batch_size": 100, "num_epochs": 1}}
    planned = make_plan(**CONTROL, intermediate={"nli": {"tasks": {"en": "mnli", "ja": "jnli"}, **sizes}})
    assert steps_of(planned, "alpha/nli.control:xnli/s1") == 3928
    assert "nli.control: on alpha it takes 3,928 steps, the most of nli.en 3,928, nli.ja 201" in planned.notes


def test_passages_that_are_cut_into_windows_are_told(make_plan) -> None:
    planned = make_plan(**CONTROL, intermediate={"span": {"tasks": {"en": "squad"}, "num_examples": 160}})
    # SQuAD as an intermediate: batches of 8 for three epochs.
    assert steps_of(planned, "alpha/span.control:xnli/s1") == 60
    assert len(planned.notes) == 1 and "counted by questions" in planned.notes[0]


def test_equal_steps_are_trained_once(make_plan) -> None:
    entries = {
        "one": {"tasks": {"en": "mnli"}, "num_examples": 100},
        "two": {"tasks": {"ja": "jnli"}, "recipe": {"num_steps": 9}},
    }
    planned = make_plan(**CONTROL, seeds=[1], intermediate=entries)
    for label in (":xnli/s1", "/xnli/s1", "/xnli/s1/de", ":xquad/s1", "/xquad/s1/en"):
        assert planned.labels[f"alpha/one.control{label}"] == planned.labels[f"alpha/two.control{label}"]
    # Two intermediates; each of two targets after none, one and two; the controls of both, trained twice.
    assert planned.num_stages["finetune"] == 2 + 2 * 3 + 2 * 2


def test_an_unknown_number_of_examples_is_asked_for_with_its_key(make_plan, data: Path) -> None:
    (data / "en_ewt-ud-train.conllu").write_text("1\tIt\t_\tPRON\t_\t_\t_\t_\t_\t_\n\n")
    tags = {"tags": {"tasks": {"en": "ud"}, "recipe": {"selection": "last"}}}
    with pytest.raises(UserError, match=r'intermediate\.tags\.num_examples: .* in "en" is not declared; give num_ex'):
        make_plan(**CONTROL, intermediate=tags)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"intermediate": {}}, r"there is no \[intermediate\.NAME\] table"),
        ({"target": {"tatoeba": {}}}, "control: no target is trained"),
        ({"control": "more"}, "control"),
    ],
)
def test_a_control_of_nothing_is_refused(make_plan, change: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        make_plan(**{**CONTROL, **change})


def test_in_the_lab_no_more_examples_count_than_are_written(tmp_path: Path) -> None:
    study = {**STUDY, **CONTROL, "lab": {}, "recipe": {"batch_size": 1, "num_epochs": 1}, "seeds": [1]}
    place = Place(cache=tmp_path, use_hub=False)
    entry = {"tasks": {"en": "mnli"}}
    every = plan(Study.parse({**study, "intermediate": {"nli": entry}}), place)
    more = plan(
        Study.parse({**study, "intermediate": {"nli": {**entry, "num_examples": 10**6, "at_most": True}}}), place
    )
    label = "alpha/nli.control:xnli/s1"
    assert steps_of(every, label) == steps_of(more, label) and 1000 < (steps_of(every, label) or 0) < 10**6


def test_the_twin_in_the_lab_has_the_control_too(tmp_path: Path) -> None:
    twin = rehearse(Study.parse({**STUDY, **CONTROL}))
    planned = plan(twin, Place(cache=tmp_path, use_hub=False))
    assert twin.control == "target" and "nli.control" in {cell.condition for cell in planned.cells}


@pytest.mark.trains
def test_the_control_takes_the_planned_steps(tmp_path: Path, in_process: Any) -> None:
    scratch = {
        **{"text": "text", "languages": ["en"], "num_documents": 12, "vocab_size": 200, "hidden_size": 16},
        **{"num_layers": 1, "num_heads": 2, "max_positions": 48},
        "pretraining": {"num_steps": 1, "batch_size": 4, "max_length": 48},
    }
    study = Study.parse(
        {
            "name": "fair",
            "models": ["own"],
            "lab": {},
            **CONTROL,
            "model": {"own": {"scratch": scratch}},
            "recipe": {"max_length": 48, "batch_size": 4, "num_epochs": 1, "selection": "last"},
            "intermediate": {"nli": {"tasks": {"en": "mnli"}, "num_examples": 22}},
            "target": {"xnli": {"languages": ["en"], "num_examples": 8, "num_test": 4}},
        }
    )
    store = Store(tmp_path / "store")
    with small_lab():
        planned = plan(study, Place(cache=tmp_path / "cache", use_hub=False))
        outcome = run(planned, store, in_process, Runtime(device="cpu"))
    assert outcome.exit_status == 0, outcome.failures
    taken = {
        label: record.result.num_steps
        for label in ("own/nli.en/s1", "own/nli.control:xnli/s1", "own/nli.control/xnli/s1")
        if (record := store.record(planned.labels[label])) is not None
    }
    assert taken == {"own/nli.en/s1": 6, "own/nli.control:xnli/s1": 6, "own/nli.control/xnli/s1": 2}
    (own,) = planned.own_cells
    record = store.record(own.key)
    # The lab's dev set.
    assert record is not None and record.result.scores.num_examples == 60
