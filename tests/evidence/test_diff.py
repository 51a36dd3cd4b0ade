"""Two studies, or two stores of one, side by side: every stage and every score of either is said once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from framed import misfits
from invented import commit
from stepstone import diff
from stepstone.cli import main
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.evidence.diff import DIFF_COLUMNS, STATES
from stepstone.planning.plan import Plan, plan
from stepstone.report.diffed import difference_rows
from stepstone.store.store import Store

XNLI = {"languages": ["en", "de"], "target": {"xnli": {}}}
Make = Callable[..., Plan]


def scored(accuracy: float) -> dict[str, Any]:
    return {"metric": "accuracy", "definition": "xtreme-2020", "main": "accuracy", "values": {"accuracy": accuracy}}


def finish(planned: Plan, store: Store, accuracy: float = 50.0) -> Store:
    for stage in planned.stages.values():
        commit(store, stage, scores={**scored(accuracy), "num_examples": 2})
    return store


def test_two_stores_with_the_same_scores_differ_in_nothing(make_plan: Make, tmp_path: Path) -> None:
    planned = make_plan(**XNLI)
    stores = [finish(planned, Store(tmp_path / name)) for name in ("a", "b")]
    found = diff(planned, planned, *stores)
    assert found.stages == {"same": len(planned.labels), "changed": 0, "first alone": 0, "second alone": 0}
    assert found.states == {"equal": len(planned.cells)} and (found.settings, found.versions) == ((), ())
    assert list(found.scores.columns) == list(DIFF_COLUMNS)


def test_one_key_with_two_values_and_a_store_that_lacks_some(make_plan: Make, tmp_path: Path) -> None:
    planned = make_plan(**XNLI, seeds=[1])
    first = finish(planned, Store(tmp_path / "first"))
    second = Store(tmp_path / "second")
    key = planned.labels["alpha/none/xnli/s1/en"]
    commit(second, planned.stages[key], scores={**scored(75.0), "num_examples": 2})
    found = diff(planned, planned, tmp_path / "first", tmp_path / "second")
    assert found.states == {"one key": 1, "first alone": len(planned.cells) - 1}
    (row,) = (row for row in difference_rows(found) if row["state"] == "one key")
    assert (row["condition"], row["language"], row["first"], row["second"]) == ("none", "en", 50.0, 75.0)
    assert row["difference"] == 25.0 and misfits("diff", found.scores) == []
    swapped = diff(planned, planned, second, first)
    assert swapped.states == {"one key": 1, "second alone": len(planned.cells) - 1}


def test_a_setting_is_said_once_with_its_stages_and_what_follows_is_counted(make_plan: Make, store: Store) -> None:
    usual = make_plan(**XNLI, seeds=[1])
    other = make_plan(**XNLI, seeds=[1], intermediate={"nli": {"tasks": {"en": "mnli"}, "num_examples": 50}})
    finish(usual, store)
    finish(other, store, 60.0)
    found = diff(usual, other, store)
    # The arm is trained otherwise; the target's training after it and all that is read off both start from that.
    assert ("train.num_examples 100 -> 50", 1) in found.settings
    changed = [label for label in usual.labels if other.labels.get(label, usual.labels[label]) != usual.labels[label]]
    assert found.stages["changed"] == len(changed) and found.num_following == len(changed) - 1 > 2
    assert found.stages["first alone"] == sum("nli.ja" in label for label in usual.labels)
    by_arm = found.scores.groupby("condition")["state"].agg(set).to_dict()
    assert by_arm == {"none": {"equal"}, "nli.en": {"moved"}, "nli.ja": {"first alone"}}
    assert set(found.scores.query("state == 'moved'")["difference"]) == {10.0}
    assert "train.num_examples 100 -> 50 (1 stage)" in str(found) and "+10.0" in str(found)


def test_what_is_scored_by_other_rules_has_no_difference(make_plan: Make, store: Store) -> None:
    usual = make_plan(**XNLI, seeds=[1])
    other = make_plan(**{**XNLI, "target": {"xnli": {"definition": "jiant"}}}, seeds=[1])
    for planned in (usual, other):
        for stage in planned.stages.values():
            commit(store, stage)
    found = diff(usual, other, store)
    assert set(found.states) == {"scored otherwise"} and found.scores["difference"].isna().all()
    assert "xtreme-2020 / jiant" in set(found.scores["definition"])


def test_versions_that_records_name_are_compared(make_plan: Make, tmp_path: Path) -> None:
    planned = make_plan(**XNLI, seeds=[1])
    stores = [Store(tmp_path / name) for name in ("old", "new")]
    for store, host in zip(stores, ("here", "there"), strict=True):
        for stage in planned.stages.values():
            commit(store, stage, host=host)
    assert diff(planned, planned, *stores).versions == ("host here -> there",)


def test_a_plan_without_data_has_no_keys_to_compare(make_plan: Make) -> None:
    planned = make_plan(**XNLI)
    bare = plan(planned.study, Place(use_hub=False, with_data=False))
    with pytest.raises(UserError, match="invented was planned without data: its stages have no keys"):
        diff(planned, bare)


def test_every_state_is_said_and_scores_of_the_lab_are_marked(tmp_path: Path) -> None:
    study = Study(name="toy", models=("lab-nano",), lab={}, target={"xnli": {}}, languages=("en",), seeds=(1,))
    planned = plan(study, Place(cache=tmp_path))
    found = diff(planned, planned, tmp_path / "empty")
    assert found.states == {"neither": 1} and "lab result" in str(found)
    assert {row["lab"] for row in difference_rows(found)} == {"lab result: a generated toy world, not a real language"}
    assert all(name in DIFF_COLUMNS["state"] for name in STATES)


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    """Run `stepstone diff` on a lab study in this process; returns exit status, output and errors."""
    monkeypatch.chdir(tmp_path)
    text = (
        'name = "{}"\nmodels = ["lab-nano"]\nlanguages = ["en"]\n[lab]\n[target.xnli]\nrecipe = {{ num_epochs = {} }}\n'
    )
    for name, num in (("one", 1), ("two", 2)):
        Path(f"{name}.toml").write_text(text.format(name, num))

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["stepstone", "diff", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return call


def test_the_verb_says_what_changed_and_writes_a_row_for_each_score(call: Any) -> None:
    status, out, _ = call("one.toml", "two.toml", "--out", "changed.csv")
    assert status == 0 and "num_epochs 1 -> 2 (" in out and "stages: 1 same, " in out
    assert set(pd.read_csv("changed.csv")["state"]) == {"neither"}
    status, out, _ = call("one.toml", "two.toml", "--json")
    assert status == 0 and '"change": "num_epochs 1 -> 2"' in out


def test_one_study_with_one_store_is_no_comparison(call: Any) -> None:
    status, _, err = call("one.toml")
    assert status == 2 and "one.toml is compared with nothing" in err and "--other-store" in err
