"""Intermediate tasks scored by themselves: on what, where the score is planned, and what goes without it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from invented import INFERENCE, STUDY
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.study import Study
from stepstone.pipeline.jobs import find_missing, make_jobs
from stepstone.pipeline.prune import find_removals
from stepstone.planning.checkpoints import evaluations
from stepstone.planning.own_scores import NUM_EXAMPLES
from stepstone.planning.plan import Plan, plan
from stepstone.planning.rehearse import rehearse


def spec_of(planned: Plan, label: str) -> EvaluateSpec:
    spec = planned.stages[planned.labels[label]].spec
    assert isinstance(spec, EvaluateSpec)
    return spec


def test_every_intermediate_checkpoint_is_scored_on_its_own_task_in_its_own_language(make_plan) -> None:
    planned = make_plan()
    cells = {(cell.condition, cell.target, cell.language, cell.seed): cell for cell in planned.own_cells}
    assert set(cells) == {
        ("nli.en", "mnli", "en", 1),
        ("nli.en", "mnli", "en", 2),
        ("nli.ja", "jnli", "ja", 1),
        ("nli.ja", "jnli", "ja", 2),
    }
    cell = cells["nli.ja", "jnli", "ja", 2]
    assert cell.key == planned.labels["alpha/nli.ja/own/s2/ja"] and planned.notes == ()
    assert (cell.model, cell.intermediate, cell.arm, cell.group) == ("alpha", "nli", "ja", "Japanese")
    stage = planned.stages[cell.key]
    assert stage.parents == (planned.labels["alpha/nli.ja/s2"],)
    assert (stage.coordinates["target"], stage.coordinates["language"]) == ("jnli", "ja")


def test_the_rules_are_the_task_s_and_texts_are_cut_as_in_its_training(make_plan) -> None:
    spec = spec_of(make_plan(intermediate={"span": {"tasks": {"en": "squad"}}}), "alpha/span.en/own/s1/en")
    assert (spec.metric, spec.definition, spec.limits.max_length) == ("squad", "squad-1.1", 384)
    assert (spec.data.task, spec.data.split, spec.data.num_examples) == ("squad", "dev", NUM_EXAMPLES)


def test_targets_scores_and_trainings_are_what_they_were(make_plan) -> None:
    planned = make_plan()
    own = {cell.key for cell in planned.own_cells}
    assert len(own) == 4 and not own & {cell.key for cell in planned.cells} and planned.asides == own
    assert {key for key, stage in planned.stages.items() if "own" in stage.label.split("/")} == own
    assert not any(parent in own for stage in planned.stages.values() for parent in stage.parents)


def test_of_a_chain_the_last_task_is_scored(make_plan) -> None:
    planned = make_plan(
        seeds=[1], intermediate={"nli": {"tasks": {"en": "mnli"}}, "span": {"tasks": {"en": "squad"}, "after": "nli"}}
    )
    assert [(cell.condition, cell.target) for cell in planned.own_cells] == [("nli.en", "mnli"), ("span.en", "squad")]


def test_a_task_without_dev_is_scored_on_its_labelled_test_set(make_plan, data: Path) -> None:
    table = "pair_ID\tsentence_A_Ja\tsentence_B_Ja\tentailment_label_Ja\n1\tA.\tB.\tneutral\n"
    (data / "jsick").mkdir()
    for split in ("train", "test"):
        (data / "jsick" / f"{split}.tsv").write_text(table)
    wanted = {"seeds": [1], "recipe": {"selection": "last"}, "intermediate": {"nli": {"tasks": {"ja": "jsick"}}}}
    planned = make_plan(**wanted)
    assert spec_of(planned, "alpha/nli.ja/own/s1/ja").data.split == "test" and planned.notes == ()
    (data / "jsick" / "test.tsv").write_text(table.replace("neutral", ""))
    planned = make_plan(**wanted)
    (note,) = planned.notes
    assert planned.own_cells == () and note.startswith('jsick: test data in "ja" cannot be used (')


def test_a_task_with_neither_is_no_matter(make_plan) -> None:
    planned = make_plan(lab={}, intermediate={"same": {"tasks": {"en": "paws_clean"}, "recipe": {"selection": "last"}}})
    assert planned.own_cells == () and planned.notes == ()


def test_dev_data_that_is_not_there_is_a_note_and_no_error(make_plan, data: Path) -> None:
    (data / "jnli-v1.3/valid-v1.3.json").unlink()
    planned = make_plan(recipe={"selection": "last"})
    assert {cell.condition for cell in planned.own_cells} == {"nli.en"}
    assert planned.notes == ('jnli: no dev data in "ja" found, so the intermediate task itself is not scored',)
    with pytest.raises(UserError, match=r"valid-v1\.\*\.json"):
        make_plan()


def test_local_training_data_does_not_send_for_dev_data_on_the_hub(data: Path, tmp_path: Path) -> None:
    (data / "jnli-v1.3/valid-v1.3.json").unlink()
    study = Study.parse({**STUDY, "recipe": {"selection": "last"}})
    planned = plan(study, Place(folders=(data,), cache=tmp_path / "cache"))
    assert {cell.condition for cell in planned.own_cells} == {"nli.en"}
    (data / "jnli-v1.3/train-v1.3.json").unlink()
    planned = plan(study, Place(folders=(data,), cache=tmp_path / "cache"))
    assert spec_of(planned, "alpha/nli.ja/own/s1/ja").data.content.startswith("hub:")


def test_the_score_is_read_off_in_the_checkpoint_s_own_job(make_plan, store) -> None:
    planned = make_plan(seeds=[1])
    jobs = {job.label: job for job in make_jobs(planned.stages, find_missing(planned.stages, store))}
    assert [stage.label for stage in jobs["alpha/nli.ja/s1"].stages] == [
        "alpha/nli.ja/s1",
        "alpha/nli.ja/own/s1/ja",
        "alpha/nli.ja/tatoeba/s1/de",
        "alpha/nli.ja/tatoeba/s1/ja",
    ]


def test_an_evaluation_that_is_a_target_s_too_is_planned_once_and_counts_as_the_target_s(make_plan) -> None:
    planned = make_plan(
        seeds=[1],
        languages=["en"],
        intermediate={"nli": {"tasks": {"en": "mnli"}, "recipe": {"batch_size": 32}}},
        target={"mnli": {"split": "dev", "num_test": NUM_EXAMPLES}},
    )
    assert planned.labels["alpha/nli.en/own/s1/en"] == planned.labels["alpha/none/mnli/s1/en"]
    assert planned.asides == frozenset()


def test_it_is_no_evaluation_of_a_target(make_plan) -> None:
    planned = make_plan(seeds=[1])
    read = evaluations(planned, planned.labels["alpha/nli.ja/s1"])
    assert [stage.coordinates["target"] for stage in read] == ["tatoeba", "tatoeba"]


def test_records_are_wanted_and_weights_stay_until_it_is_done(make_plan, store, fill) -> None:
    planned = make_plan(seeds=[1], languages=["de"], target={"tatoeba": {}})
    own = planned.labels["alpha/nli.ja/own/s1/ja"]
    for key, stage in planned.stages.items():
        if key != own:
            fill(stage)
    assert {item.label for item in find_removals(store, [planned], weights=True)} == {"alpha/nli.en/s1"}
    fill(planned.stages[own])
    removals = find_removals(store, [planned], weights=True, others=True)
    assert {(item.what, item.label) for item in removals} == {
        ("weights", "alpha/nli.en/s1"),
        ("weights", "alpha/nli.ja/s1"),
    }


def test_a_target_may_have_its_name(make_plan, data: Path) -> None:
    lines = [{"text": row["sentence1"], "label": row["label"]} for row in INFERENCE]
    (data / "own.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    labels = ["entailment", "neutral", "contradiction"]
    files = {split: {"en": "own.jsonl"} for split in ("train", "dev", "test")}
    own = {"task": {"own": {"family": "classification", "labels": labels, "files": files}}, "target": {"own": {}}}
    planned = make_plan(**own, languages=["en"])
    assert {"alpha/nli.en/own:mnli/s1/en", "alpha/nli.en/own/s1/en"} <= set(planned.labels)
    assert planned.labels["alpha/nli.en/own:mnli/s1/en"] in planned.asides
    assert make_plan(**own, languages=["en"], intermediate={}).own_cells == ()


def test_the_twin_in_the_lab_scores_its_intermediates(tmp_path: Path) -> None:
    planned = plan(rehearse(Study.parse(STUDY)), Place(cache=tmp_path, use_hub=False))
    assert {(cell.condition, cell.language) for cell in planned.own_cells} == {("nli.en", "en"), ("nli.ja", "ja")}
