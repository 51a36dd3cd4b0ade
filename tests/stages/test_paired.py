"""Paired arms: SQuAD and its translations, ready ones and those of a stage, are trained on the same questions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from here import Here
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.result import FinetuneResult
from stepstone.core.specs.common import CommonResult, CommonSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.study import Study
from stepstone.data.translated import read_translated
from stepstone.evidence.frame import collect
from stepstone.pipeline.run import run
from stepstone.planning.plan import Plan, plan
from stepstone.planning.preflight import check_data
from stepstone.report.method import method_tables
from stepstone.store.store import Store

IDS = "abcdefgh"
# XTREME's translation has lost an answer, MLQA's keeps ids and lacks a question; of the user's own, another is lost.
RECIPE = {"num_steps": 1, "batch_size": 2, "max_length": 32, "selection": "last"}


def squad(context: str, answer: str, ids: str, lost: str = "") -> str:
    qas = [
        {
            "id": one,
            "question": f"{one}?",
            "answers": [{"text": answer, "answer_start": -1 if one in lost else context.index(answer)}],
        }
        for one in ids
    ]
    return json.dumps({"data": [{"title": "t", "paragraphs": [{"context": context, "qas": qas}]}]}, ensure_ascii=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "train-v1.1.json").write_text(squad("The fox left.", "fox", IDS))
    (folder / "dev-v1.1.json").write_text(squad("The fox left.", "fox", "z"))
    (folder / "squad.translate.train.en-de.json").write_text(squad("Der Fuchs ging.", "Fuchs", IDS[:-1], lost="c"))
    (folder / "xquad.de.json").write_text(squad("Der Fuchs ging.", "Fuchs", "q"))
    rows = [
        {"id": one, "question": f"{one}?", "context": "De vos ging.", "answers": ["wolf" if one == "b" else "vos"]}
        for one in IDS
    ]
    (folder / "mine.squad.train.en-nl.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


ARMS = {"en": "squad:en", "de": "squad_translate_train:de"}
MINE = {"task": "squad", "language": "en", "to": "nl", "translator": "mine"}


def planned(data: Path, tiny: Path, arms: dict[str, Any], num: int | None, seeds: int = 2, **changes: Any) -> Plan:
    table: dict[str, Any] = {
        "name": "paired",
        "models": ["own"],
        "seeds": list(range(1, seeds + 1)),
        "languages": ["de"],
        "model": {"own": {"folder": str(tiny)}},
        "recipe": RECIPE,
        "translator": {"mine": {"files": f"{data}/mine.{{task}}.{{split}}.{{source}}-{{to}}.jsonl"}},
        "intermediate": {"span": {"arms": arms, "paired": True, **({"num_examples": num} if num else {}), **changes}},
        "target": {"xquad": {}},
    }
    return plan(Study.parse(table), Place(folders=(data,), cache=data.parent / "cache", use_hub=False))


def uses(made: Plan) -> dict[str, Any]:
    specs = {label: made.stages[key].spec for label, key in made.labels.items()}
    return {label: spec.train for label, spec in specs.items() if isinstance(spec, FinetuneSpec) and "/span" in label}


def test_what_is_lost_is_said_by_plan_and_no_more_is_drawn_than_all_have(data: Path, tiny: Path) -> None:
    made = planned(data, tiny, ARMS, 6)
    assert {use.made_by for label, use in uses(made).items() if label.count("/") == 2} == {
        "span.squad.en/paired",
        "span.squad_translate_train.de/paired",
    }
    said = check_data(made, made.stages).common
    assert said == ("paired arms: 6 of 8 originals are in all of them; 2 are not in squad_translate_train in de",)
    short = planned(data, tiny, ARMS, 7)
    with pytest.raises(UserError, match=r"num_examples: is 7, but .* has 6"):
        check_data(short, short.stages)


@pytest.mark.trains
def test_arms_are_trained_on_the_same_questions(data: Path, tiny: Path, tmp_path: Path) -> None:
    made, store = planned(data, tiny, {**ARMS, "nl": MINE}, 6), Store(tmp_path / "store")
    outcome = run(made, store, Here())
    assert outcome.exit_status == 0, outcome.failures
    found: dict[int, set[tuple[str, ...]]] = {1: set(), 2: set()}
    for label, key in made.labels.items():
        stage, record = made.stages[key], store.record(key)
        assert record is not None
        if isinstance(stage.spec, CommonSpec):
            assert isinstance(record.result, CommonResult)
            task = made.catalogue.task(stage.spec.members[stage.spec.place].data.task)
            ids = tuple(one.id for one in read_translated(store.root / record.folder, task))
            found[stage.spec.seed].add(ids)
            assert record.result.num_given == 6 and record.result.num_examples == len(ids)
            assert sum(record.result.lost.values()) == 6 - len(ids)
        if label.startswith("own/span") and label.count("/") == 2:
            assert isinstance(record.result, FinetuneResult)
            assert record.result.num_examples == len(next(iter(found[stage.spec.seed])))
    assert all(len(ids) == 1 for ids in found.values()), "one set of ids for all three arms of a seed"
    assert all(not set("bch") & set(next(iter(ids))) for ids in found.values())
    table = next(table for table in method_tables(made, collect(made, store)) if table.title == "Paired arms")
    assert table.rows[0][1] == "6" and "squad_translate_train in de: " in table.rows[0][3]


def test_keys_know_whether_arms_are_paired(data: Path, tiny: Path) -> None:
    paired, apart = planned(data, tiny, ARMS, 6), planned(data, tiny, ARMS, 6, paired=False)
    assert paired.labels["own/span.en/s1"] != apart.labels["own/span.en/s1"]
    assert paired.labels["own/none/xquad/s1"] == apart.labels["own/none/xquad/s1"]
    assert not any(isinstance(stage.spec, CommonSpec) for stage in apart.stages.values())


def test_what_has_no_originals_in_common_is_refused(data: Path, tiny: Path) -> None:
    (data / "JaQuAD").mkdir()
    with pytest.raises(UserError, match=r"span\.paired: squad\.en, squad2\.en are not all translations of the same"):
        planned(data, tiny, {"en": "squad:en", "two": "squad2:en"}, None)


def test_portions_that_share_the_examples_of_an_arm_are_of_one_draw(data: Path, tiny: Path) -> None:
    made = planned(data, tiny, {"en": "squad:en", "nl": MINE, "both": ["squad:en", MINE]}, 6, seeds=1)
    kinds = [stage.spec for stage in made.stages.values() if isinstance(stage.spec, CommonSpec)]
    assert len(kinds) == 2 and {spec.num_examples for spec in kinds} == {6}
