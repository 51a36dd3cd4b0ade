"""A model card says what a checkpoint is, whose data is in it, and how sure its scores are; the hub can read it."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from huggingface_hub import ModelCard

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.recipe import Limits, PretrainRecipe, Recipe
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.compare import compare
from stepstone.evidence.frame import collect
from stepstone.export.card import card
from stepstone.export.files import open_checkpoint
from stepstone.export.front_matter import dataset
from stepstone.export.scores import ALL, score_checkpoint
from stepstone.export.usage import usage
from stepstone.planning.plan import Plan
from stepstone.report.markup import for_markdown, markdown_table
from stepstone.store.store import Store

LABEL = "alpha/nli.ja/xnli/s1"
TRAINED = {
    "num_examples": 1234,
    "num_features": 1240,
    "num_steps": 77,
    "num_tokens": 98765,
    "best_step": 50,
    "dev": [[25, 40.0], [50, 61.5], [75, 60.0]],
    "losses": [[1, 1.1], [77, 0.25]],
    "flags": [],
}


@pytest.fixture
def study(make_plan: Any) -> Plan:
    """The invented study on real data, with an encoder of the hub and a recipe that is not the default."""
    made: Plan = make_plan(seeds=[1], recipe={"learning_rate": 3e-5, "adam_epsilon": 1e-6})
    return made


@pytest.fixture
def told(study: Plan, store: Store, fill: Any) -> Callable[..., str]:
    """The card of a checkpoint, all of whose lineage and evaluations are there but those named."""

    def tell(label: str = LABEL, without: tuple[str, ...] = (), **result: Any) -> str:
        for stage in study.stages.values():
            # The rows that are filled in are labels, which is not what retrieval predicts.
            if stage.label not in without and (stage.kind, stage.coordinates.get("target")) != ("evaluate", "tatoeba"):
                found = TRAINED if stage.kind == "finetune" else {"num_parameters": 278_000_000}
                fill(stage, **{**(found if stage.kind != "evaluate" else {}), **result})
        checkpoint = open_checkpoint(study, store, label)
        return card(study, store, checkpoint, Settings(num_resamples=200))

    return tell


def _head(text: str) -> dict[str, Any]:
    _, head, _ = text.split("---\n", 2)
    table: dict[str, Any] = yaml.safe_load(head)
    return table


def _section(text: str, name: str) -> str:
    found = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", text, flags=re.DOTALL | re.MULTILINE)
    assert found is not None
    return found.group(1)


def test_the_hub_reads_the_head(told: Callable[..., str]) -> None:
    text = told()
    head = _head(text)
    assert head["base_model"] == "someone/alpha" and head["base_model_relation"] == "finetune"
    assert head["language"] == ["de", "en", "ja"] and head["pipeline_tag"] == "text-classification"
    assert head["datasets"] == ["speedcell4/JGLUE", "nyu-mll/glue"] and head["metrics"] == ["accuracy"]
    assert head["license"] == "other" and head["library_name"] == "transformers"
    read = ModelCard(text).data
    assert read.eval_results is not None and {result.dataset_config for result in read.eval_results} == {"en", "de"}
    assert {result.dataset_type for result in read.eval_results} == {"facebook/xnli"}
    assert {result.metric_value for result in read.eval_results} == {50.0}


def test_the_head_read_back_holds_every_result_with_its_place_on_the_hub(told: Callable[..., str]) -> None:
    (index,) = _head(told())["model-index"]
    assert index["name"] == LABEL and len(index["results"]) == 2
    assert index["results"][-1] == {
        "task": {"type": "text-classification"},
        "dataset": {"name": "XNLI (de)", "type": "facebook/xnli", "config": "de", "split": "test"},
        "metrics": [{"type": "accuracy", "value": 50.0, "name": "accuracy (xtreme-2020, percent, 2 examples)"}],
    }


@pytest.mark.slow
def test_no_two_evaluations_of_the_catalogue_are_one_result_to_the_hub() -> None:
    """The hub's library puts results of the same task, data set, configuration and split under one name."""
    seen: dict[tuple[str, ...], str] = {}
    for task in map(BUILT_IN.task, BUILT_IN.tasks()):
        # What is trained on alone is never a result.
        split = next((name for name in ("test", "dev") if name in task.languages), None)
        for language in task.languages[split] if split else ():
            place = (task.family_declaration.pipeline_tag, *dataset(task, split, language).values())
            # MLQA asks in the passage's own language, and so does each of its seven crossings in one of its languages.
            name = "mlqa" if task.name == f"mlqa_question_{language}" else task.name
            assert seen.setdefault(place, f"{name} {language}") == f"{name} {language}"


def test_it_says_what_the_model_is_step_by_step(told: Callable[..., str]) -> None:
    about = _section(told(), "What it is")
    assert "https://huggingface.co/someone/alpha" in about and "`0a1b2c`" in about and "(1 k parameters)" in about
    assert "**Intermediate task**: JNLI (JGLUE) (`jnli`) in ja, 1,234 examples, seed 1" in about
    assert "**Target training**: MultiNLI (`mnli`) in en, 1,234 examples, seed 1" in about
    assert "intermediate checkpoint" not in about


def test_an_intermediate_checkpoint_says_so(told: Callable[..., str]) -> None:
    text = told("alpha/nli.ja/s1")
    assert "It is an intermediate checkpoint" in text
    # Retrieval is read off it, and not done yet.
    assert re.search(r"### Tatoeba.*\| de \| – \| – \| – \| gap", text, re.DOTALL)


def test_an_encoder_as_it_was_obtained_says_that_nothing_was_trained(told: Callable[..., str]) -> None:
    text = told("alpha")
    assert "Nothing was trained" in text and "no head for a task" in text
    assert "AutoModel.from_pretrained" in text and "base_model_relation" not in _head(text)


def test_the_recipe_shows_the_main_fields_and_all_that_differ(told: Callable[..., str]) -> None:
    trained = _section(told(), "How it was trained")
    assert "| `learning_rate` | 3e-05 [1e-05] | 3e-05 [1e-05] |" in trained
    assert "| `adam_epsilon` | 1e-06 [1e-08] |" in trained
    assert "`batch_size`" in trained and "`adam_beta1`" not in trained
    assert Recipe.model_fields.keys() < PretrainRecipe.model_fields.keys()


def test_the_record_shows_steps_dev_curve_time_and_versions(told: Callable[..., str]) -> None:
    trained = _section(told(), "How it was trained")
    for row in (
        "| optimiser steps | 77 | 77 |",
        "| word pieces read | 98,765 | 98,765 |",
        "| step that was kept | 50 | 50 |",
        "| training loss, first and last | 1.100, 0.250 |",
        "| time | 2 s | 2 s |",
    ):
        assert row in trained
    assert "mnli in en, score at step: 40.0 at 25, 61.5 at 50 (kept), 60.0 at 75." in trained
    assert "Versions and machine: host here." in trained


def test_a_long_dev_curve_is_thinned_and_keeps_its_best_and_last(told: Callable[..., str]) -> None:
    dev = [[step, float(step)] for step in range(1, 101)]
    trained = _section(told(dev=dev, best_step=51), "How it was trained")
    assert "51.0 at 51 (kept)" in trained and "100.0 at 100 (" in trained and "of 100 looks)" in trained
    assert trained.count(" at 2,") < 3 and len(trained) < 4000


def test_scores_have_intervals_and_gaps_are_gaps(told: Callable[..., str]) -> None:
    scores = _section(told(without=(f"{LABEL}/de",)), "Scores")
    assert "### XNLI (`xnli`, test): accuracy in percent, definition `xtreme-2020`" in scores
    assert re.search(r"^\| en \| 50\.0 \| 0\.0 to 100\.0 \| 2 \| a training language", scores, re.MULTILINE)
    assert "| de | – | – | – | gap: not computed yet |" in scores
    assert "| all, plain mean | – | – | 2 | gap: 1 of 2 languages are missing |" in scores
    assert "drawn anew in clusters" in scores and "another seed" in scores


def test_scores_of_these_weights_need_no_word_of_another_training(told: Callable[..., str]) -> None:
    assert "earlier training" not in told(read_off={"model.safetensors": _digest_of_made()})


def test_scores_of_other_weights_are_told(told: Callable[..., str]) -> None:
    assert "**These scores were read off an earlier training**" in told(read_off={"model.safetensors": "0" * 64})


def _digest_of_made() -> str:
    return hashlib.sha256(b"w" * 100).hexdigest()


def test_every_data_set_has_its_licence_and_use(told: Callable[..., str]) -> None:
    licences = _section(told(), "Licences")
    assert "see the base model" in licences
    for name, role, licence in (
        ("JNLI (JGLUE)", "training, choosing a step", "CC BY-SA 4.0"),
        ("MultiNLI", "training, choosing a step", "OANC, CC BY-SA 3.0 and others, by genre"),
        ("XNLI", "scoring", "CC BY-NC 4.0"),
    ):
        assert f"| {name} | {role} | {licence} |" in licences


def test_a_joined_task_shows_the_licences_of_its_parts(make_plan: Any, store: Store, fill: Any) -> None:
    planned = make_plan(seeds=[1])
    origin = planned.stages[planned.labels["alpha"]]
    hop = planned.stages[planned.labels["alpha/nli.en/s1"]]
    assert isinstance(hop.spec, FinetuneSpec)
    spec = hop.spec.model_copy(update={"train": hop.spec.train.model_copy(update={"task": "anli_plus"}), "dev": None})
    stage = hop.model_copy(update={"spec": spec})
    stage.__dict__.pop("key", None)
    planned = replace(
        planned,
        stages={origin.key: origin, stage.key: stage},
        cells=(),
        labels={"alpha": origin.key, "joined": stage.key},
    )
    for each in (origin, stage):
        fill(each)
    text = card(planned, store, open_checkpoint(planned, store, "joined"))
    for title in ("SNLI", "MultiNLI", "Adversarial NLI (round 1)"):
        assert title in _section(text, "Licences")
    assert set(_head(text)["datasets"]) == {"facebook/anli", "nyu-mll/glue", "stanfordnlp/snli"}
    assert "Nothing is read off" in text


@pytest.mark.slow
def test_a_lab_model_says_loudly_what_it_is_and_enters_no_leaderboard(
    synthetic_store: Callable[..., tuple[Plan, Store]],
) -> None:
    plan, store = synthetic_store(lab=True)
    text = card(plan, store, open_checkpoint(plan, store, "small/mnli.ja/xnli/s1"))
    head = _head(text)
    assert not {"language", "datasets", "model-index", "base_model"} & set(head)
    assert "not-for-real-text" in head["tags"]
    body = text.split("---\n", 2)[2]
    assert "must not be used for real text" in body[: body.index("## What it is")]
    assert "| ja-like |" in body and "| ja |" not in body
    assert "none: generated" in body and "CC BY" not in body


@pytest.mark.slow
def test_intervals_are_those_of_the_study_s_own_evidence(
    synthetic_store: Callable[..., tuple[Plan, Store]],
) -> None:
    plan, store = synthetic_store(seeds=(1,))
    settings = Settings(num_resamples=300, num_permutations=99)
    key = plan.labels["small/mnli.ja/xnli/s1"]
    table = compare(collect(plan, store), plan.study, settings).scores
    own = score_checkpoint(plan, store, key, settings)
    assert [score.language for score in own] == [*dict.fromkeys(cell.language for cell in plan.cells), ALL]
    for score in own:
        level = ALL if score.language == ALL else "language"
        row: pd.Series = table[
            (table["condition"] == "mnli.ja") & (table["level"] == level) & (table["part"] == score.language)
        ].iloc[0]
        assert (score.value, score.low, score.high) == pytest.approx((row["value"], row["low"], row["high"]))
        assert score.low < score.value < score.high


@pytest.mark.slow
def test_one_checkpoint_s_interval_is_narrower_than_one_over_seeds(
    synthetic_store: Callable[..., tuple[Plan, Store]],
) -> None:
    plan, store = synthetic_store(seeds=(1, 2, 3), seed_sd=0.1)
    settings = Settings(num_resamples=300, num_permutations=99)
    table = compare(collect(plan, store), plan.study, settings).scores
    row = table[(table["condition"] == "none") & (table["part"] == "de")].iloc[0]
    own = {
        score.language: score for score in score_checkpoint(plan, store, plan.labels["small/none/xnli/s2"], settings)
    }
    assert own["de"].high - own["de"].low < row["high"] - row["low"]


@pytest.fixture(scope="module")
def synthetic_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[Plan, Store]]:
    """A synthetic study with known effects, whose checkpoints hold a config."""
    path = Path(__file__).parent.parent / "evidence" / "synthetic.py"
    spec = importlib.util.spec_from_file_location("stepstone_tests_synthetic_cards", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    commit = module.commit

    def with_config(into: Store, stage: Any, files: Any, result: Any) -> None:
        extra = {} if stage.kind == "evaluate" else {"config.json": '{"architectures": ["ToyForChoice"]}'}
        commit(into, stage, {**files, **extra}, result)

    module.commit = with_config

    def make(**changes: Any) -> tuple[Plan, Store]:
        made: tuple[Plan, Store] = module.make(tmp_path_factory.mktemp("cards"), module.World(**changes))
        return made

    return make


@pytest.mark.parametrize("family", [name for name in BUILT_IN.families() if BUILT_IN.family(name).auto_class] + [None])
def test_the_code_of_every_family_is_python(family: str | None) -> None:
    text = usage(family and BUILT_IN.family(family), Limits())
    (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    compile(code, str(family), "exec")
    assert "{" not in text.replace(code, "")


def test_texts_of_declarations_cannot_break_a_table() -> None:
    text = for_markdown("a | b\n<script>")
    assert markdown_table(("data set",), [(text,)]).splitlines()[2] == "| a \\| b &lt;script> |"


def test_a_merged_arm_says_what_was_merged_and_has_no_head(make_plan: Any, store: Store, fill: Any) -> None:
    arms = {"en": ["mnli:en"], "both": ["mnli:en", "jnli:ja"], "ties": {"merge": ["en", "both"], "method": "ties"}}
    nli = {"arms": arms, "num_examples": 100, "at_most": True}
    study: Plan = make_plan(seeds=[1], intermediate={"nli": nli}, target={"xnli": {}}, languages=["en", "de"])
    for stage in study.stages.values():
        fill(stage, **(TRAINED if stage.kind == "finetune" else {}))
    said = card(study, store, open_checkpoint(study, store, "alpha/nli.ties/xnli/s1"), Settings(num_resamples=200))
    steps = [line for line in _section(said, "What it is").splitlines() if re.match(r"\d\.", line)]
    assert steps[0].startswith("1. **Encoder**") and len(steps) == 5
    assert steps[1].startswith("2. **Intermediate task**: MultiNLI") and "from step" not in steps[1]
    assert steps[2] == "3. **Intermediate task**: mnli.en + jnli.ja, together, from step 1"
    assert steps[3] == ("4. **Merge** (`ties`): the encoders of steps 2 and 3, as changes of step 1, without training")
    assert steps[4].startswith("5. **Target training**") and "from step" not in steps[4]
    merged = card(study, store, open_checkpoint(study, store, "alpha/nli.ties/s1"), Settings(num_resamples=200))
    assert "AutoModelForSequenceClassification" not in _section(merged, "How to open it")
