from collections.abc import Callable
from pathlib import Path

import pytest

from invented import STUDY
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.arm import Trained
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.study import ModelEntry, Study
from stepstone.lab import write
from stepstone.planning.plan import plan
from stepstone.planning.rehearse import TEST_EXAMPLES, TRAIN_EXAMPLES, left_out, rehearse

LAB = [BUILT_IN.model(name) for name in BUILT_IN.ladder("lab").models]


def twin_of(**changes: object) -> Study:
    return rehearse(Study.parse({**STUDY, **changes}))


def test_the_twin_asks_the_same_question_of_the_lab() -> None:
    twin = twin_of(question="Does it?", groups={"near": ["de", "en"]})
    assert (twin.name, twin.rehearsal_of, twin.question) == ("invented-rehearsal", "invented", "Does it?")
    assert twin.lab is not None and twin.seeds == (1, 2) and twin.groups == {"near": ("de", "en")}
    assert set(twin.target) == set(STUDY["target"]) and twin.intermediate["nli"].tasks == {"en": "mnli", "ja": "jnli"}


def test_the_primary_comparison_is_the_same_on_the_model_that_stands_in() -> None:
    asked = {"intermediate": "nli", "language": "ja", "target": "xnli", "model": STUDY["models"][0]}
    primary = twin_of(primary=asked).primary
    assert primary is not None and primary.model in {model.name for model in LAB} and primary.target == "xnli"
    assert "zu" not in write.lab_languages() and twin_of(primary={**asked, "part": "zu"}).primary is None


def test_two_seeds_are_enough_to_see_replicates() -> None:
    assert twin_of(seeds=[3, 1, 2, 5]).seeds == (3, 1) and twin_of(seeds=[4]).seeds == (4,)


def test_the_tasks_of_a_benchmark_are_targets_of_the_twin() -> None:
    twin = twin_of(benchmarks=["xtreme-mr"], target={})
    assert set(twin.target) == {"xnli", "pawsx", "xcopa", "tatoeba"}
    assert twin.benchmarks == ("xtreme-mr",) and twin.target["xcopa"].num_test == TEST_EXAMPLES


def test_the_twin_can_be_planned_without_any_data(tmp_path: Path) -> None:
    planned = plan(twin_of(), Place(cache=tmp_path, use_hub=False))
    assert len(planned.cells) == 36 and planned.num_stages["pretrain"] == 1
    assert {
        stage.spec.train.content.split(":")[0] for stage in planned.stages.values() if stage.kind == "finetune"
    } == {"lab"}


def test_models_become_lab_sizes_in_order_of_their_own() -> None:
    twin = twin_of(models=["xlm-roberta-large", "alpha", "xlm-roberta-base"])
    assert twin.models == (LAB[2].name, LAB[0].name, LAB[1].name)
    assert not twin.model


def test_lab_models_stay_what_they_are() -> None:
    twin = twin_of(models=[LAB[1].name, "alpha"])
    assert twin.models == (LAB[1].name, LAB[0].name)


def test_more_models_than_the_lab_has_sizes_is_an_error() -> None:
    own = {f"m{number}": {"hub": "a/b", "revision": f"{number:06}"} for number in range(len(LAB) + 1)}
    with pytest.raises(UserError, match=rf"(?s){len(LAB) + 1} models, but the lab has {len(LAB)} sizes.*remedy"):
        twin_of(models=list(own), model=own)


def test_recipes_are_the_lab_models_own_but_for_how_a_checkpoint_is_chosen() -> None:
    twin = twin_of(recipe={"learning_rate": 1e-6, "selection": "last"}, target={"xnli": {"recipe": {"num_epochs": 9}}})
    assert twin.recipe == {"selection": "last"} and twin.target["xnli"].recipe == {}


def test_learning_rates_that_a_study_compares_stay_as_many_times_each_other() -> None:
    nli = {"tasks": {"en": "mnli"}, "num_examples": 100}
    hops = {"nli": nli, **{f"nli{rate}": {**nli, "recipe": {"learning_rate": rate}} for rate in (5e-6, 2e-5)}}
    asked = Study.parse({"name": "rates", "models": ["mbert"], "intermediate": hops, "target": {"xnli": {}}})
    own = BUILT_IN.model("lab-nano").recipe["learning_rate"]
    rates = [hop.recipe.get("learning_rate", own) / own for hop in rehearse(asked).intermediate.values()]
    assert rates == pytest.approx([1.0, 0.5, 2.0])
    alone = asked.model_copy(update={"intermediate": {"nli": asked.intermediate["nli5e-06"]}})
    assert "learning_rate" not in rehearse(alone).intermediate["nli"].recipe


@pytest.mark.slow
def test_adapters_and_frozen_weights_are_kept_as_far_as_small_encoders_have_them(tmp_path: Path) -> None:
    pytest.importorskip("peft")
    wide = {"lora_rank": 256, "lora_alpha": 512, "lora_targets": ["query", "Wqkv"], "learning_rate": 1e-4}
    model = {**STUDY["model"], "xlm-roberta-large": {"recipe": wide}}
    frozen = {"freeze_layers": 12, "freeze_embeddings": True, "batch_size": 7}
    twin = twin_of(
        models=["alpha", "xlm-roberta-large"], model=model, target={"xnli": {"recipe": {**frozen, "lora_rank": 0}}}
    )
    large = LAB[1]
    assert twin.model == {
        large.name: ModelEntry(
            recipe={
                "lora_rank": large.hidden_size,
                "lora_alpha": 512 * large.hidden_size / 256,
                "lora_targets": ["query"],
            }
        )
    }
    kept = {"freeze_layers": LAB[0].num_layers - 1, "freeze_embeddings": True, "lora_rank": 0}
    assert twin.target["xnli"].recipe == kept
    planned = plan(twin, Place(cache=tmp_path, use_hub=False))
    ranks = {
        stage.coordinates["model"]: stage.spec.training.lora_rank
        for stage in planned.stages.values()
        if stage.label.endswith("/nli.en/s1") and stage.spec.training
    }
    assert ranks == {LAB[0].name: 0, large.name: large.hidden_size}


def test_numbers_of_examples_are_capped_never_raised() -> None:
    twin = twin_of(target={"xnli": {"num_test": 10}, "xquad": {"num_examples": 90_000}})
    assert twin.intermediate["nli"].num_examples == 100
    assert (twin.target["xnli"].num_examples, twin.target["xnli"].num_test) == (TRAIN_EXAMPLES, 10)
    assert (twin.target["xquad"].num_examples, twin.target["xquad"].num_test) == (TRAIN_EXAMPLES, TEST_EXAMPLES)


def test_tasks_without_a_twin_are_named(monkeypatch) -> None:
    with pytest.raises(UserError, match="no twin of these:\n  intermediate nli: nothing\n  target nowhere"):
        twin_of(intermediate={"nli": {"tasks": {"en": "nothing"}}}, target={"nowhere": {}})


def test_languages_that_the_lab_does_not_have_are_left_out_and_named(monkeypatch) -> None:
    # Which languages the lab lacks changes as it grows.
    monkeypatch.setattr(write, "lab_languages", lambda: ("en", "de", "ja"))
    study = Study.parse({**STUDY, "languages": ["en", "ro"], "target": {"xquad": {}, "xnli": {"languages": ["de"]}}})
    twin = rehearse(study)
    assert left_out(study) == ("ro",) and twin.languages == ("en",)
    assert twin.target["xquad"].languages is None and twin.target["xnli"].languages == ("de",)
    everything = Study.parse({name: value for name, value in STUDY.items() if name != "languages"})
    assert "ro" in left_out(everything) and rehearse(everything).languages is None
    with pytest.raises(UserError, match=r"target xquad: any of its languages \(ro\)"):
        twin_of(target={"xquad": {"languages": ["ro"]}})
    with pytest.raises(UserError, match="intermediate nli: the language ro"):
        twin_of(intermediate={"nli": {"tasks": {"ro": "mnli"}}})


@pytest.fixture
def without(monkeypatch) -> Callable[..., None]:
    """Take tasks out of the lab: which it lacks changes as it grows."""
    return lambda *names: monkeypatch.setattr(write, "generates", lambda task: task.name not in names)


def test_a_target_that_the_lab_cannot_tell_is_left_out_and_said(tmp_path, without) -> None:
    without("xnli")
    asked = {"intermediate": "nli", "language": "ja", "target": "xnli"}
    planned = plan(twin_of(primary=asked), Place(cache=tmp_path, use_hub=False))
    assert {cell.target for cell in planned.cells} == set(STUDY["target"]) - {"xnli"}
    assert planned.notes[:2] == (
        "the lab has no twin of xnli; left out: target xnli",
        "with it the primary comparison is left out",
    )


def test_an_intermediate_that_the_lab_cannot_tell_takes_along_what_comes_after_it(tmp_path, without) -> None:
    without("jnli")
    nli = {"tasks": {"en": "mnli", "ja": "jnli"}}
    more = {"tasks": {"en": "qqp", "ja": "jcola"}, "after": "nli"}
    study = twin_of(intermediate={"nli": nli, "more": more})
    planned = plan(study, Place(cache=tmp_path, use_hub=False))
    assert {cell.condition for cell in planned.cells} == {"none", "nli.en", "more.en"}
    assert planned.notes[0] == "the lab has no twin of jnli; left out: intermediate nli.ja, intermediate more.ja"


def test_a_target_goes_with_what_it_is_trained_on(tmp_path, without) -> None:
    without("mnli")
    planned = plan(twin_of(intermediate={}), Place(cache=tmp_path, use_hub=False))
    assert "xnli" not in {cell.target for cell in planned.cells}


def test_a_study_of_which_the_lab_can_tell_no_target_is_refused(tmp_path, without) -> None:
    without(*STUDY["target"])
    with pytest.raises(
        UserError, match=r"can generate none of its targets\n  the lab has no twin of \w+; left out: target"
    ):
        plan(twin_of(), Place(cache=tmp_path))


def test_arms_of_equal_size_stay_so_whatever_they_are_made_of() -> None:
    many = ["ar", "de", "es", "fr", "ru", "zh"]
    nli = {
        "num_examples": 140_000,
        "arms": {
            "en": "mnli:en",
            "en-then-many": [
                {"task": "mnli", "language": "en", "num_examples": 69_998},
                "then",
                {"task": "xnli", "language": many, "num_examples": 11_667},
            ],
            "half": {"task": "xnli", "language": many, "num_examples": 11_667},
            "read": ["mnli:en", {"task": "wikipedia", "language": many, "num_examples": 20_000}],
        },
    }
    arms = twin_of(intermediate={"nli": nli}).intermediate["nli"].arms
    numbers = {
        name: [one.num_examples for hop in arm.hops for one in hop]
        for name, arm in arms.items()
        if isinstance(arm, Trained)
    }
    assert numbers == {"en": [None], "en-then-many": [1004, 166], "half": [166], "read": [None, TRAIN_EXAMPLES]}
    assert TRAIN_EXAMPLES == 1004 + 6 * 166


def test_arms_of_several_families_take_equal_steps_where_they_do_in_the_study() -> None:
    arms = {"nli": "mnli:en", "qa": "squad:en", "both": ["mnli:en", "squad:en"]}
    shared = {"batch_size": 24, "num_epochs": 3}
    twin = twin_of(intermediate={"english": {"num_examples": 87_000, "recipe": shared, "arms": arms}})
    planned = plan(twin)
    steps = {
        name: planned.stages[planned.labels[f"{LAB[0].name}/english.{name}/s1"]].spec.training for name in ("nli", "qa")
    }
    assert {one.batch_size for one in steps.values() if one} == {24}
    assert len({one.num_steps for one in steps.values() if one}) == 1
