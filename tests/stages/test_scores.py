"""Beside the score that is asked for stand those of the metric's other definitions, and of rules without learning."""

from __future__ import annotations

import json
from pathlib import Path

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.place import Place
from stepstone.core.recipe import Limits, Runtime
from stepstone.core.spec import DataUse, EvaluateSpec
from stepstone.families.family import Row
from stepstone.stages.context import StageContext
from stepstone.stages.evaluate import Reader, other_scores, trivial_scores
from stepstone.store.predictions import NAME as PREDICTIONS


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
    silent: list[Row] = [{"id": "1", "prediction": None, "gold": "yes"}]
    right: list[Row] = [{"id": "1", "prediction": "yes", "gold": "yes"}]
    levels = {"silent": silent, "right": right, "chance": 50.0}
    official = EvaluateSpec(data=data, metric="accuracy", definition="xtreme-2020", limits=Limits())
    assert trivial_scores(levels, official) == {"right": 100.0, "chance": 50.0}
    mended = official.model_copy(update={"definition": "corrected"})
    assert trivial_scores(levels, mended) == {"silent": 0.0, "right": 100.0, "chance": 50.0}
    constant: list[Row] = [{"id": str(number), "prediction": 1.0, "gold": float(number)} for number in range(3)]
    number = EvaluateSpec(data=data, metric="pearson", definition="jsts", limits=Limits())
    assert trivial_scores({"constant": constant}, number) == {}


def test_an_evaluation_keeps_its_trivial_levels_and_clusters(tiny: Path, tmp_path: Path) -> None:
    for name, text in (("deu", "Die Fähre\nBergen\n"), ("eng", "The ferry\nBergen\n")):
        (tmp_path / f"tatoeba.deu-eng.{name}").write_text(text, encoding="utf-8")
    place = Place(folders=(tmp_path,), cache=tmp_path / "cache", use_hub=False)
    data = DataUse(task="tatoeba", split="test", language="de", content="x", family_version=1)
    spec = EvaluateSpec(data=data, metric="nearest_neighbour", definition="xtreme-2020", limits=Limits(max_length=32))
    reader = Reader(tiny, "tatoeba", StageContext(place, BUILT_IN, Runtime(device="cpu"), tmp_path / "resume"))
    result = reader.evaluate(spec, tmp_path)
    assert result.trivial == {"chance": 50.0, "nearest by spelling": 100.0}
    rows = [json.loads(line) for line in (tmp_path / PREDICTIONS).read_text("utf-8").splitlines()]
    assert [row["cluster"] for row in rows] == ["", ""]
