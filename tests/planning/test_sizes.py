"""A ladder stands for its models, and what is pretrained here can be pretrained under several seeds."""

from __future__ import annotations

from typing import Any

import pytest

from invented import STUDY
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.evidence.frame import collect
from stepstone.planning.plan import Plan, plan
from stepstone.planning.rehearse import rehearse
from stepstone.planning.sizes import describe_ladders
from stepstone.store.store import Store

LAB = BUILT_IN.ladder("lab").models
SMALL: dict[str, Any] = {"name": "sizes", "lab": {}, "seeds": [1], "languages": ["de"], "target": {"xnli": {}}}
FOLDERS = {
    "tiny": {"folder": "/nowhere/tiny", "num_parameters": 1000, "num_embedding_parameters": 600},
    "large": {"folder": "/nowhere/large", "num_parameters": 9000},
}


def planned(**asked: Any) -> Plan:
    return plan(Study.parse({**SMALL, **asked}), Place(use_hub=False, with_data=False))


def encoders(found: Plan) -> dict[str, tuple[Any, ...]]:
    of = {cell.model: cell for cell in found.cells}
    return {name: (one.size, one.ladder, one.pretraining_seed) for name, one in of.items()}


def test_a_ladder_stands_for_its_models_in_their_order() -> None:
    named, listed = planned(ladder="lab"), planned(models=list(LAB))
    assert list(named.stages) == list(listed.stages) and named.labels == listed.labels
    assert named.study.models == LAB
    assert encoders(named) == encoders(listed) == {name: (name, "lab", 1) for name in LAB}


def test_two_ladders_are_one_after_the_other() -> None:
    found = planned(ladder=["xlm-r", "eurobert"], lab=None)
    assert found.study.models == (*BUILT_IN.ladder("xlm-r").models, *BUILT_IN.ladder("eurobert").models)
    assert {ladder for _, ladder, _ in encoders(found).values()} == {"xlm-r", "eurobert"}


def test_sizes_are_counted_with_and_without_embeddings() -> None:
    cell = planned(models=["xlm-roberta-base"], lab=None).cells[0]
    assert (cell.num_parameters, cell.num_layer_parameters) == (278_043_648, 85_645_056)
    assert cell.pretraining_seed is None and cell.ladder == "xlm-r"


def test_a_study_s_own_ladder_is_of_its_models_alone() -> None:
    found = planned(ladder={"mine": {"models": ["tiny", "large"]}}, model=FOLDERS, lab=None)
    assert encoders(found) == {name: (name, "mine", None) for name in ("tiny", "large")}
    assert {cell.size: cell.num_layer_parameters for cell in found.cells} == {"tiny": 400, "large": None}
    assert next(describe_ladders(found.study, found.cells)) == (
        "ladder mine (pretrained alike by the study's own word): tiny 1,000 (400), large 9,000 (not known) parameters, "
        "with and without embeddings"
    )
    own = {"mine": {"models": ["tiny", "large"]}}
    beside = planned(models=["mbert", "large", "tiny"], ladder=own, model=FOLDERS, lab=None)
    assert {name: ladder for name, (_, ladder, _) in encoders(beside).items()} == {
        "mbert": "",
        "large": "mine",
        "tiny": "mine",
    }


def test_the_study_s_ladder_comes_before_others_that_have_the_model_too() -> None:
    sizes = ["lab-nano", "lab-large"]
    assert encoders(planned(ladder={"ends": {"models": sizes}})) == {name: (name, "ends", 1) for name in sizes}


def test_another_encoder_under_a_declared_name_is_not_on_that_name_s_ladder() -> None:
    scratch = {"text": "text", "languages": ["en"], "pretraining": {"num_steps": 1}}
    assert encoders(planned(models=["lab-nano"], model={"lab-nano": {"scratch": scratch}}))["lab-nano"][1] == ""
    slower = {"lab-nano": {"recipe": {"learning_rate": 1e-5}}}
    assert encoders(planned(models=["lab-nano"], model=slower))["lab-nano"][1] == "lab"


def test_pretraining_seeds_make_several_encoders_of_a_size() -> None:
    asked = {"models": ["lab-nano", "xlm-roberta-base"], "intermediate": {"nli": {"tasks": {"en": "mnli"}}}}
    once, thrice = planned(**asked), planned(**asked, pretraining_seeds=[1, 2, 3])
    assert encoders(thrice) == {
        "lab-nano": ("lab-nano", "lab", 1),
        "lab-nano.p2": ("lab-nano", "lab", 2),
        "lab-nano.p3": ("lab-nano", "lab", 3),
        "xlm-roberta-base": ("xlm-roberta-base", "xlm-r", None),
    }
    assert once.labels.items() <= thrice.labels.items()
    seeds = {stage.label: stage.spec.model.seed for stage in thrice.stages.values() if stage.kind == "pretrain"}
    assert seeds == {"lab-nano": 1, "lab-nano.p2": 2, "lab-nano.p3": 3}
    trained = thrice.stages[thrice.labels["lab-nano.p2/nli.en/s1"]]
    assert trained.parents == (thrice.labels["lab-nano.p2"],)
    assert trained.spec == thrice.stages[thrice.labels["lab-nano/nli.en/s1"]].spec


def test_the_frame_says_of_every_row_which_encoder_it_is_of(tmp_path) -> None:
    found = planned(models=["lab-nano", "mbert"], pretraining_seeds=[2, 7])
    frame = collect(found, Store(tmp_path))
    assert frame["model"].tolist() == ["lab-nano.p2", "lab-nano.p7", "mbert"]
    assert frame["size"].tolist() == ["lab-nano", "lab-nano", "mbert"]
    assert frame["ladder"].tolist() == ["lab", "lab", ""]
    assert frame["pretraining_seed"].dtype == "Int64" and frame["pretraining_seed"].tolist()[:2] == [2, 7]
    assert frame["pretraining_seed"].isna().tolist() == [False, False, True]
    sizes = frame.groupby("size")["num_layer_parameters"].first()
    assert (sizes["lab-nano"], sizes["mbert"]) == (56_544, 85_645_056)


def test_the_primary_comparison_of_a_size_is_one_of_all_its_encoders() -> None:
    asked = {"intermediate": "nli", "language": "en", "target": "xnli", "model": "lab-nano"}
    nli = {"nli": {"tasks": {"en": "mnli"}}}
    assert planned(ladder="lab", primary=asked, intermediate=nli).study.primary.model == "lab-nano"
    with pytest.raises(UserError, match=r'primary.model: "lab-mano" is not among lab-nano, lab-micro'):
        planned(ladder="lab", primary={**asked, "model": "lab-mano"}, intermediate=nli)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, r'models: give models, or a ladder, as in ladder = "lab"'),
        ({"models": ["lab-nano"], "ladder": "lab"}, r'models: the ladder "lab" stands for its models'),
        ({"ladder": "lap"}, r'(?s)ladder: no ladder is called "lap".*did you mean "lab"'),
        ({"ladder": 3}, r"ladder: give the name of a ladder"),
        ({"ladder": ["lab", "lab"]}, r'ladder: "lab" is listed more than once'),
        (
            {"ladder": {"lab": {"models": ["lab-nano", "lab-mini"]}}},
            r'ladder.lab: the catalogue has a ladder called "lab"',
        ),
        ({"ladder": {"mine": {"models": ["lab-nano"]}}}, r"ladder.mine.models: .*at least 2 items"),
        (
            {"ladder": {"mine": {"models": ["lab-nano", "lab-nano"]}}},
            r'ladder.mine.models: "lab-nano" is listed more than',
        ),
        (
            {"ladder": {"mine": {"models": ["lab-mini", "lab-nano"]}}},
            r"(?s)ladder.mine.models: are not in order of size",
        ),
        ({"ladder": {"mine": {"models": ["lab-nano", "x"]}}}, r'ladder.mine.models: no model is called "x"'),
        ({"ladder": {"mine": {"model": ["lab-nano", "x"]}}}, r'ladder.mine.model: no such key; did you mean "models"'),
        (
            {"models": ["lab-nano"], "ladder": {"mine": {"models": ["lab-nano", "lab-mini"]}}},
            r'ladder.mine.models: "lab-mini" is not among the study\'s models',
        ),
        (
            {"ladder": {"mine": {"models": ["a", "b"]}}, "model": {n: {"folder": n} for n in ("a", "b")}},
            r'(?s)ladder.mine.models: the size of "a" is not known.*num_parameters under \[model.a\]',
        ),
        (
            {"models": ["mbert"], "pretraining_seeds": [1, 2]},
            r"pretraining_seeds: none of mbert is pretrained here, and of what comes pretrained there is one",
        ),
        ({"models": ["lab-nano"], "pretraining_seeds": [1, 1]}, r"pretraining_seeds: .*more than once"),
        ({"models": ["lab-nano"], "pretraining_seeds": [-1]}, r"pretraining_seeds.0: a seed is a whole number"),
        (
            {"models": ["a"], "model": {"a": {"folder": "a", "num_embedding_parameters": 3}}},
            r"model.a: num_embedding_parameters: goes with num_parameters",
        ),
    ],
)
def test_a_mistake_names_its_key(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        planned(**asked)


def test_a_rehearsal_of_a_ladder_is_on_the_lab_s_with_two_pretraining_seeds_at_most() -> None:
    twin = rehearse(Study.parse({**STUDY, "models": [], "ladder": "xlm-r"}))
    assert twin.models == LAB[:4] and not twin.ladder and not twin.pretraining_seeds
    twin = rehearse(Study.parse({**SMALL, "ladder": "lab", "pretraining_seeds": [3, 1, 2]}))
    assert (twin.models, twin.pretraining_seeds) == (LAB, (3, 1))
    with pytest.raises(UserError, match="pretraining_seeds: none of"):
        rehearse(Study.parse({**STUDY, "models": [], "ladder": "xlm-r", "pretraining_seeds": [1, 2]}))
