"""Selection audits: which trainings have one, on what data, and what a study cannot ask."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from invented import LINES, STUDY
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.selection_audit import SelectionAudit
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.selection_audit import SelectionAuditSpec
from stepstone.core.specs.translate import TranslateSpec
from stepstone.core.study import Study
from stepstone.lab import write
from stepstone.pipeline.jobs import find_missing, make_jobs
from stepstone.planning.heads import declared_abilities, find_unfit
from stepstone.planning.plan import Plan, plan
from stepstone.planning.rehearse import rehearse
from stepstone.store.store import Store

MINE = {"translator": {"mine": {"noise": 0.1}}}


PAGE = (Path(__file__).parents[2] / "docs" / "selection.md").read_text(encoding="utf-8")


def test_the_page_s_example_is_a_table_and_it_explains_every_key() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    Study.parse({**STUDY, **tomllib.loads(block)})
    assert all(f"| `{name}` |" in PAGE for name in SelectionAudit.model_fields)


def _spec(planned: Plan, label: str) -> SelectionAuditSpec:
    spec = planned.stages[planned.labels[label]].spec
    assert isinstance(spec, SelectionAuditSpec)
    return spec


def test_every_arm_of_every_target_chosen_by_source_dev_is_audited(make_plan) -> None:
    planned = make_plan(selection_audit={})
    found = {(cell.condition, cell.target, cell.seed) for cell in planned.audit_cells}
    arms = ("none", "nli.en", "nli.ja")
    assert found == {(arm, target, seed) for arm in arms for target in ("xnli", "xquad") for seed in (1, 2)}
    assert planned.num_stages["selection_audit"] == len(found)
    spec = _spec(planned, "alpha/nli.ja/xnli/audit/s2")
    assert spec.finetune == planned.stages[planned.labels["alpha/nli.ja/xnli/s2"]].spec
    scored = planned.stages[planned.labels["alpha/nli.ja/xnli/s2/de"]].spec
    assert isinstance(scored, EvaluateSpec) and spec.tests[1] == scored
    assert [use.language for use in spec.target_dev] == ["en", "de"] and not spec.translated_dev
    # XQuAD has no dev sets: there is no oracle.
    assert not _spec(planned, "alpha/none/xquad/audit/s1").target_dev


def test_chosen_targets_and_arms_alone_are_audited(make_plan) -> None:
    planned = make_plan(selection_audit={"targets": ["xnli"], "conditions": ["none", "nli.ja"]})
    assert {(cell.condition, cell.target) for cell in planned.audit_cells} == {("none", "xnli"), ("nli.ja", "xnli")}


def test_an_audit_changes_nothing_else_and_is_a_job_of_its_own(make_plan, tmp_path: Path) -> None:
    plain, audited = make_plan(), make_plan(selection_audit={"targets": ["xnli"]})
    assert set(plain.stages) < set(audited.stages) and plain.cells == audited.cells
    added = set(audited.stages) - set(plain.stages)
    assert added == {cell.key for cell in audited.audit_cells} <= audited.asides

    key = audited.labels["alpha/nli.ja/xnli/audit/s1"]
    jobs = make_jobs(audited.stages, find_missing(audited.stages, Store(tmp_path)))
    (job,) = [job for job in jobs if audited.stages[key] in job.stages]
    assert job.stages == (audited.stages[key],) and job.needs == {audited.labels["alpha/nli.ja/s1"]}


def test_what_an_encoder_cannot_read_is_found_for_its_audits_too(make_plan) -> None:
    planned = make_plan(selection_audit={"targets": ["xnli"]}, recipe={"max_length": 500})
    model = planned.stages[planned.labels["alpha"]]
    known = declared_abilities(planned.catalogue)

    def short(stage):
        from stepstone.core.result import PretrainedResult

        return PretrainedResult(num_parameters=1, num_positions=64) if stage == model else known(stage)

    assert {cell.key for cell in planned.audit_cells} <= set(find_unfit(planned.stages, planned.catalogue, short))


def test_source_dev_is_translated_into_the_evaluated_languages(make_plan, tmp_path: Path) -> None:
    study = Study.parse(
        {**STUDY, "lab": {}, "models": ["lab-nano"], "model": {}, **MINE, "selection_audit": {"translator": "mine"}}
    )
    planned = plan(study, Place(cache=tmp_path))
    spec = _spec(planned, "lab-nano/none/xnli/audit/s1")
    assert [(use.task, use.language) for use in spec.translated_dev] == [("mnli", "de"), ("mnli", "ja")]
    made = planned.stages[planned.labels["mnli.dev.en>de/mine"]]
    assert isinstance(made.spec, TranslateSpec)
    assert made.key in planned.stages[planned.labels["lab-nano/none/xnli/audit/s1"]].parents


def test_the_dev_sets_of_a_task_may_be_the_translations(make_plan, data: Path) -> None:
    (data / "own.de.jsonl").write_text(LINES)
    own = {
        "family": "classification",
        "labels": ["entailment", "neutral", "contradiction"],
        "languages": ["de"],
        "columns": {"text": "sentence1", "pair": "sentence2", "label": "label"},
        "files": dict.fromkeys(("dev", "test"), str(data / "own.{language}.jsonl")),
    }
    audit = {"targets": ["xnli"], "translated_dev": {"xnli": "mine"}}
    planned = make_plan(task={"mine": own}, selection_audit=audit)
    spec = _spec(planned, "alpha/none/xnli/audit/s1")
    assert [(use.task, use.split, use.language) for use in spec.translated_dev] == [("mine", "dev", "de")]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"selection_audit": {"targets": ["xnil"]}},
            'selection_audit.targets: no target of the study is called "xnil"',
        ),
        ({"selection_audit": {"conditions": ["nli.jp"]}}, "selection_audit.conditions: no condition of the study is"),
        ({"selection_audit": {"targets": ["tatoeba"]}}, "selection_audit.targets: tatoeba is not trained"),
        (
            {"selection_audit": {"targets": ["xnli"]}, "recipe": {"selection": "last"}},
            'selection_audit.targets: no step of xnli is chosen by source dev (selection = "last")',
        ),
        ({"selection_audit": {}, "recipe": {"selection": "last"}}, "selection_audit: no step of any target is chosen"),
        (
            {"selection_audit": {"translator": "mien"}},
            "selection_audit.translator: translator: no translator is called",
        ),
        (
            {"selection_audit": {"translated_dev": {"xnli": "xquad"}}},
            "selection_audit.translated_dev.xnli: xquad does not ask what mnli trains",
        ),
        (
            {"selection_audit": {"translated_dev": {"xnli": "xnli_translate_train"}}},
            "selection_audit.translated_dev.xnli: xnli_translate_train has dev data in none of the evaluated languages",
        ),
        ({"selection_audit": {"target": ["xnli"]}}, "selection_audit.target: no such key; did you mean"),
    ],
)
def test_what_cannot_be_audited_is_a_mistake_that_names_its_key(make_plan, changes, said) -> None:
    with pytest.raises(UserError) as caught:
        make_plan(**changes)
    assert said in str(caught.value) and str(caught.value).count(said) == 1


def test_a_target_that_is_not_named_and_not_chosen_by_dev_is_passed_over_with_a_note(make_plan) -> None:
    target = {"xnli": {}, "xquad": {"recipe": {"selection": "last"}}}
    planned = make_plan(selection_audit={}, target=target, languages=["en", "de"])
    assert {cell.target for cell in planned.audit_cells} == {"xnli"}
    assert [note for note in planned.notes if note.startswith("selection_audit: no step of xquad")]


def test_a_rehearsal_keeps_the_audit_and_looks_often_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "generates", lambda task: task.name not in ("jnli", "xquad"))
    audit = {"targets": ["xnli", "xquad"], "conditions": ["none", "nli.ja", "nli.en"]}
    study = Study.parse({**STUDY, "selection_audit": audit})
    planned = plan(rehearse(study), Place(cache=tmp_path))
    assert {(cell.condition, cell.target) for cell in planned.audit_cells} == {("none", "xnli"), ("nli.en", "xnli")}
    spec = _spec(planned, "lab-nano/none/xnli/audit/s1")
    num_steps = spec.finetune.recipe.steps(spec.finetune.train.num_examples or 0)
    assert num_steps // spec.finetune.recipe.eval_every >= 4
