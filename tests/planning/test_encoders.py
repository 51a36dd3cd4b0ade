"""What a study's encoders need is refused at plan: a commit, a head for each task, room for the inputs."""

from __future__ import annotations

import json

import pytest

from invented import STUDY
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.catalogue.own import catalogue_of
from stepstone.core.errors import UserError
from stepstone.core.study import Study


def refused(make_plan, **changes: object) -> str:
    with pytest.raises(UserError) as caught:
        make_plan(**changes)
    return str(caught.value)


@pytest.mark.parametrize("revision", ["main", "v1.0", "my-branch", "HEAD", "0a1b"])
def test_a_revision_that_may_move_is_refused_with_what_to_give(revision: str) -> None:
    with pytest.raises(UserError, match=rf'model.m.revision: "{revision}" may stand for other weights.*40 hexadecimal'):
        Study.parse({**STUDY, "model": {"m": {"hub": "a/b", "revision": revision}}})


@pytest.mark.parametrize("revision", ["faf660b811036d7b6dfc53aacfe5281447d4e2c6", "refs/pr/5"])
def test_a_commit_and_a_ref_of_the_hub_are_taken(revision: str) -> None:
    study = Study.parse({**STUDY, "model": {"m": {"hub": "a/b", "revision": revision}}})
    assert study.model["m"].revision == revision


def test_a_model_that_is_not_listed_is_told_how_to_be_named(make_plan) -> None:
    said = refused(make_plan, models=["glot500"])
    assert 'or any other of the hub give a table: [model.glot500] hub = "OWNER/REPOSITORY", revision = "COMMIT"' in said
    assert '[model.NAME] hub = "cis-lmu/glot500-base"' in refused(make_plan, models=["cis-lmu/glot500-base"])
    assert 'that repository is called "mmbert-base" here' in refused(make_plan, models=["jhu-clsp/mmBERT-base"])


def test_a_declared_model_without_a_commit_asks_for_one(make_plan) -> None:
    said = refused(make_plan, models=["ettin-400m"], target={"xnli": {}}, languages=["en"])
    assert "model.ettin-400m.revision: is not known for jhu-clsp/ettin-encoder-400m (no commit with safetensors" in said
    assert '[model."ettin-400m"] hub = "jhu-clsp/ettin-encoder-400m", revision = "COMMIT"' in said
    assert 'AutoModel.from_pretrained("jhu-clsp/ettin-encoder-400m").save_pretrained("FOLDER")' in said


def test_with_a_commit_of_the_user_s_it_is_the_declared_model(make_plan) -> None:
    table = {"ettin-400m": {"hub": "jhu-clsp/ettin-encoder-400m", "revision": "0a1b2c"}}
    planned = make_plan(models=["ettin-400m"], model=table)
    assert {cell.num_parameters for cell in planned.cells} == {394_781_696}


def test_a_converted_copy_under_a_declared_name_has_its_size() -> None:
    study = Study.parse({**STUDY, "model": {"ettin-400m": {"folder": "copy"}, "own": {"folder": "copy"}}})
    known = catalogue_of(study)
    assert known.model("ettin-400m").num_parameters == 394_781_696 and known.model("own").num_parameters is None


def test_a_stated_size_is_kept() -> None:
    table = {"m": {"hub": "jhu-clsp/ettin-encoder-400m", "revision": "0a1b2c", "num_parameters": 7}}
    assert catalogue_of(Study.parse({**STUDY, "model": table})).model("m").num_parameters == 7


def test_a_task_without_a_head_is_refused_before_the_encoder_is_obtained(make_plan) -> None:
    said = refused(make_plan, models=["eurobert-210m"])
    assert "transformers has no span head for the architecture of eurobert-210m, which squad needs" in said
    assert said.count("span head") == 1 and "choose another encoder" in said
    planned = make_plan(models=["eurobert-210m"], target={"xnli": {}, "tatoeba": {}})
    assert {cell.target for cell in planned.cells} == {"xnli", "tatoeba"}


def test_inputs_longer_than_an_encoder_places_are_refused_at_plan(make_plan) -> None:
    said = refused(make_plan, models=["xlm-roberta-base"], recipe={"max_length": 513})
    assert "max_length = 513 exceeds the 512 positions of the encoder xlm-roberta-base" in said
    assert make_plan(models=["mdeberta-v3-base"], recipe={"max_length": 513}).cells


def test_so_are_those_that_the_config_of_a_folder_says_are_too_long(make_plan, tmp_path) -> None:
    shape = BUILT_IN.model("xlm-roberta-base").architecture
    (tmp_path / "config.json").write_text(json.dumps({**shape.model_dump(), "max_position_embeddings": 66}))
    for name in ("model.safetensors", "tokenizer.json"):
        (tmp_path / name).touch()
    said = refused(make_plan, models=["mine"], model={"mine": {"folder": str(tmp_path)}}, recipe={"max_length": 65})
    assert "max_length = 65 exceeds the 64 positions of the encoder mine" in said
    assert "set max_length = 64 or less" in said
