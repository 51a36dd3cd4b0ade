"""The inspector of mixtures counts before anything is trained what the schedule will draw."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stepstone.planning.mixes import inspect_mixtures
from stepstone.store.store import Store


@pytest.mark.slow
def test_each_portion_is_counted_from_its_data(make_plan, tiny: Path, tmp_path: Path) -> None:
    planned = make_plan(
        models=["own"],
        model={"own": {"folder": str(tiny), "recipe": {"max_length": 48, "max_query_length": 24}}},
        intermediate={
            "nli": {
                "arms": {"en": "mnli:en", "both": ["mnli:en", {"task": "jnli", "language": "ja", "share": 0.25}]},
                "recipe": {"batch_size": 2, "num_epochs": 4},
            }
        },
    )
    portions = inspect_mixtures(planned, Store(tmp_path / "store"))
    # One mixture, though two seeds have it; three examples each, seen four times on average.
    assert [(one.mixture, one.portion, one.num_examples, one.rate) for one in portions] == [
        ("own/nli.both/s1", "mnli.en", 3, 0.75),
        ("own/nli.both/s1", "jnli.ja", 3, 0.25),
    ]
    assert {one.num_steps for one in portions} == {12}
    assert [one.num_drawn for one in portions] == [18, 6] and [one.num_passes for one in portions] == [6, 2]
    assert all(one.tokens is not None and 4 < one.tokens <= 48 for one in portions)


@pytest.mark.slow
def test_what_another_stage_makes_counts_as_many_as_it_is_given(make_plan, tiny: Path, tmp_path: Path) -> None:
    """Else the rates of all others, and the steps, would not be those that are trained."""
    planned = make_plan(
        models=["own"],
        model={"own": {"folder": str(tiny), "recipe": {"max_length": 48, "max_query_length": 24}}},
        lab={},
        translator={"mt": {"noise": 0.0}},
        seeds=[1],
        intermediate={
            "nli": {
                "arms": {"both": ["mnli:en", "mnli:en>ja>en"]},
                "translator": "mt",
                "num_examples": 100,
                "recipe": {"batch_size": 10, "num_epochs": 2},
            }
        },
    )
    native, made = inspect_mixtures(planned, Store(tmp_path / "store"))
    assert [(one.num_examples, one.is_most, one.rate) for one in (native, made)] == [(50, False, 0.5), (50, True, 0.5)]
    assert [(one.num_steps, one.num_drawn, one.num_passes) for one in (native, made)] == [(20, 100, 2), (20, 100, 2)]


def test_without_a_mixture_there_is_nothing_to_show(make_plan, tmp_path: Path) -> None:
    assert inspect_mixtures(make_plan(), Store(tmp_path / "store")) == []


@pytest.mark.slow
def test_the_command_shows_them(make_plan, tmp_path: Path, data: Path, monkeypatch, capsys) -> None:
    from stepstone.cli import main

    study = tmp_path / "study.toml"
    study.write_text(
        'name = "s"\nmodels = ["mbert"]\n[intermediate.nli]\narms = { both = ["mnli:en", "jnli:ja"] }\n'
        '[target.tatoeba]\nlanguages = ["de"]\n'
    )
    monkeypatch.setattr(
        "sys.argv", ["stepstone", "plan", str(study), "--mix", "--data", str(data), "--no-hub", "--json"]
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["portion"] for row in rows] == ["mnli.en", "jnli.ja"]
    assert sum(row["num_drawn"] for row in rows) == 24 * rows[0]["num_steps"]
