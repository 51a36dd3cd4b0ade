"""Beside the score that is asked for stand those of the metric's other definitions, and of rules without learning."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.catalogue.own import declare
from stepstone.core.errors import UserError
from stepstone.core.own import OwnTask
from stepstone.core.place import Place
from stepstone.core.recipe import Limits, Runtime
from stepstone.core.result import Skipped
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.uses import DataUse
from stepstone.families import span
from stepstone.families.family import Prediction
from stepstone.stages.context import StageContext
from stepstone.stages.evaluate import other_scores, run, trivial_scores
from stepstone.store.answers import find_answers, keep_answers
from stepstone.store.record import PREDICTIONS

SKIPPED = Skipped(task="own", split="test", language="ja", counts={"comment lines": 2})


def test_definitions_that_know_no_unanswerable_question_are_left_out() -> None:
    data = DataUse(task="mine", split="test", language="de", content="x", family_version=1)
    spec = EvaluateSpec(data=data, metric="squad", definition="squad-2.0", limits=Limits())
    rows = [
        {"id": "1", "prediction": "die Fähre", "gold": ["die Fähre"], "no_answer": -1.0},
        {"id": "2", "prediction": "", "gold": [], "no_answer": 1.0},
    ]
    told = {found.definition for found in other_scores(rows, spec)}
    assert "squad-2.0-corrected" in told and not {"squad-1.1", "squad-2.0"} & told


def test_a_level_that_the_definition_cannot_tell_is_left_out() -> None:
    data = DataUse(task="mine", split="test", language="de", content="x", family_version=1)
    silent: list[Prediction] = [{"id": "1", "prediction": None, "gold": "yes"}]
    right: list[Prediction] = [{"id": "1", "prediction": "yes", "gold": "yes"}]
    levels = {"silent": silent, "right": right, "chance": 50.0}
    official = EvaluateSpec(data=data, metric="accuracy", definition="xtreme-2020", limits=Limits())
    assert trivial_scores(levels, official) == {"right": 100.0, "chance": 50.0}
    mended = official.model_copy(update={"definition": "corrected"})
    assert trivial_scores(levels, mended) == {"silent": 0.0, "right": 100.0, "chance": 50.0}
    constant: list[Prediction] = [{"id": str(number), "prediction": 1.0, "gold": float(number)} for number in range(3)]
    number = EvaluateSpec(data=data, metric="pearson", definition="jsts", limits=Limits())
    assert trivial_scores({"constant": constant}, number) == {}


def test_an_evaluation_keeps_its_trivial_levels_and_clusters(tiny: Path, tmp_path: Path) -> None:
    for name, text in (("deu", "Die Fähre\nBergen\n"), ("eng", "The ferry\nBergen\n")):
        (tmp_path / f"tatoeba.deu-eng.{name}").write_text(text, encoding="utf-8")
    place = Place(folders=(tmp_path,), cache=tmp_path / "cache", use_hub=False)
    data = DataUse(task="tatoeba", split="test", language="de", content="x", family_version=1)
    spec = EvaluateSpec(data=data, metric="nearest_neighbour", definition="xtreme-2020", limits=Limits(max_length=32))
    parents = {"checkpoint": tiny}
    result = run(spec, tmp_path, StageContext(place, BUILT_IN, Runtime(device="cpu"), tmp_path / "resume", parents))
    assert result.trivial == {"chance": 50.0, "nearest by spelling": 100.0}
    rows = [json.loads(line) for line in (tmp_path / PREDICTIONS).read_text("utf-8").splitlines()]
    assert [row["cluster"] for row in rows] == ["", ""]


@pytest.fixture
def asked(tiny: Path, tmp_path: Path) -> tuple[EvaluateSpec, StageContext]:
    """An evaluation that no definition can score, and a checkpoint of its own to read it off."""
    question = {"id": "1", "question": "When?", "answers": [{"text": "九時", "answer_start": 0}]}
    squad = {"data": [{"title": "t", "paragraphs": [{"context": "九時に出る。", "qas": [question]}]}]}
    (tmp_path / "test.json").write_text(json.dumps(squad), encoding="utf-8")
    table = {"family": "span", "files": {"test": {"ja": str(tmp_path / "test.json")}}}
    catalogue = BUILT_IN.model_copy(update={"study_tasks": declare({"own": OwnTask.model_validate(table)})})
    data = DataUse(task="own", split="test", language="ja", content="x", family_version=1)
    spec = EvaluateSpec(
        data=data, metric="squad", definition="mlqa", limits=Limits(max_length=32, max_query_length=8, doc_stride=8)
    )
    task = catalogue.task("own")
    model = span.family.build(tiny, task, seed=1).model
    trained = tmp_path / "trained"
    shutil.copytree(tiny, trained)
    model.save_pretrained(trained)
    place = Place(cache=tmp_path / "cache", use_hub=False)
    parents = {"checkpoint": trained}
    return spec, StageContext(place, catalogue, Runtime(device="cpu"), tmp_path / "first" / "resume", parents)


def test_scoring_that_failed_is_done_again_without_a_model(
    asked: tuple[EvaluateSpec, StageContext], tmp_path: Path
) -> None:
    spec, context = asked
    context = replace(context, answers=tmp_path / "kept" / "answers.json")
    with pytest.raises(UserError, match="MLQA has no rules"):
        run(spec, tmp_path, context)
    kept = (tmp_path / PREDICTIONS).read_bytes()
    # Nothing can be read off the checkpoint any more, and what was predicted is there.
    (context.parents["checkpoint"] / "model.safetensors").unlink()
    again = replace(context, kept={})
    with pytest.raises(UserError, match="MLQA has no rules"):
        run(spec, tmp_path, again)
    answers = find_answers(again.answers)
    assert answers is not None and again.answers is not None
    keep_answers(again.answers, replace(answers, skipped=(SKIPPED,)))
    result = run(spec.model_copy(update={"definition": "language-aware"}), tmp_path, again)
    assert result.scores.num_examples == 1 and "first word" in result.trivial
    assert again.skipped == [SKIPPED]  # which is not counted again, as no data is read
    assert (tmp_path / PREDICTIONS).read_bytes() == kept
