"""Golds that are put back from the data are those that evaluations keep, in every family that has any."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.recipe import Limits
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.uses import DataUse
from stepstone.data.load import data_identity, load_examples
from stepstone.sealing.golds import golds_in, is_withheld, restore, withhold


def _use(name: str, place: Place, language: str) -> DataUse:
    task = BUILT_IN.task(name)
    identity = data_identity(task, "test", language, place)
    return DataUse(task=name, split="test", language=language, content=identity, family_version=1)


def _spec(name: str, place: Place, pool: tuple[str, ...] = ()) -> EvaluateSpec:
    everywhere = tuple(_use(name, place, code) for code in pool)
    data = _use(name, place, "de")
    return EvaluateSpec(data=data, pool=everywhere, metric="", definition="", limits=Limits())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["xnli", "xquad", "panx", "xcopa", "bucc2018", "lareqa"])
def test_golds_of_the_data_are_those_of_kept_predictions(name: str, lab_cache: Path) -> None:
    from stepstone.families.family import find_family, row_of

    place, task = Place(cache=lab_cache, lab_seed=1), BUILT_IN.task(name)
    spec = _spec(name, place, ("de", "en") if task.pooled else ())
    examples = load_examples(task, "test", "de", place)
    family = find_family(task.family_declaration)
    if task.pooled:
        everywhere = [one for code in ("de", "en") for one in load_examples(task, "test", code, place)]
        rows: list[dict[str, Any]] = [
            row_of(one, "", list(one.gold)) for one in family.join(examples, everywhere) if one.is_asked
        ]
    else:
        (rows, *_) = (level for level in family.trivial(examples, task, "de").values() if isinstance(level, list))
    gold = golds_in(task, spec, place)
    assert rows and [gold(row["id"]) for row in rows] == [row["gold"] for row in rows]
    assert any(row["gold"] for row in rows)


def test_golds_leave_predictions_and_come_back_to_the_byte() -> None:
    rows = [
        {"id": "1", "prediction": "é", "gold": ["a", "b"], "cluster": "c", "no_answer": 0.25},
        {"id": "2", "prediction": 1, "gold": 2},
    ]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    without, digest = withhold(text)
    assert '"gold": null' in without and '"a"' not in without and len(digest) == 64
    assert restore(without, {"1": ["a", "b"], "2": 2}.__getitem__) == text
    with pytest.raises(UserError, match="not as this version writes them"):
        withhold(text.replace(": ", ":"))


@pytest.mark.parametrize(
    ("name", "withheld"),
    [
        ("xnli", False),
        ("squad", False),
        ("panx", True),
        ("mnli", True),
        ("qqp", True),
        ("tatoeba", False),
        ("bucc2018", True),
    ],
)
def test_the_licence_of_a_task_decides_but_for_the_lab(name: str, withheld: bool) -> None:
    assert is_withheld(BUILT_IN.task(name), in_lab=False) is withheld
    assert not is_withheld(BUILT_IN.task(name), in_lab=True)


def test_other_data_has_no_golds_of_the_study(lab_cache: Path) -> None:
    place = Place(cache=lab_cache, lab_seed=1)
    spec = _spec("xnli", place)
    with pytest.raises(UserError, match=r"xnli test, language de: is other data than that of the study"):
        golds_in(BUILT_IN.task("xnli"), spec, place.model_copy(update={"lab_seed": 2}))
