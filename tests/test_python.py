"""The verbs as functions: folders by their names, and a frame that can be copied, pickled and written."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pandas as pd
import pytest

from stepstone import Place, Store, Study, collect, compare, plan, report, seal, submit
from stepstone.core.errors import UserError
from stepstone.evidence.attached import KEY, attach, attached
from stepstone.evidence.ran import Run
from stepstone.planning.plan import Plan

STUDY = Study.parse(
    {
        "name": "small",
        "models": ["lab-nano"],
        "seeds": [1, 2],
        "lab": {"seed": 1},
        "intermediate": {"nli": {"tasks": {"en": "mnli"}}},
        "target": {"xnli": {"languages": ["en", "de"]}},
    }
)


@pytest.fixture(scope="module")
def planned() -> Plan:
    return plan(STUDY, Place(with_data=False))


@pytest.fixture
def frame(planned: Plan, tmp_path: Path) -> pd.DataFrame:
    return collect(planned, str(tmp_path / "store"))


def test_folders_may_be_texts_and_the_store_may_be_left_out(
    planned: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Place(folders=["data", Path("more")]).folders == (Path("data"), Path("more"))  # type: ignore[arg-type]
    assert Place(cache="here/cache").cache == Path("here/cache")  # type: ignore[arg-type]
    frames = [collect(planned, store) for store in (None, "stepstone-store", Path("stepstone-store"))]
    assert all(one.equals(collect(planned)) for one in (*frames, collect(planned, Store("stepstone-store"))))
    page = report(planned, frames[0], "reports/small")
    assert page == Path("reports/small/report.html") and page.is_file()


def test_a_store_that_is_left_out_is_the_folder_of_the_command_line(
    planned: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="stepstone-store"):
        seal(planned, None, _written(tmp_path), "sealed.zip")
    with pytest.raises(UserError, match="lacks"):
        submit(planned, None, "files", condition="none", seed=1)


def _written(folder: Path) -> str:
    text = """name = "small"
models = ["lab-nano"]
seeds = [1, 2]
[lab]
seed = 1
[intermediate.nli]
tasks = { en = "mnli" }
[target.xnli]
languages = ["en", "de"]
"""
    (folder / "small.toml").write_text(text, encoding="utf-8")
    return str(folder / "small.toml")


def test_copies_and_pickles_of_a_frame_carry_what_was_collected_beside_it(frame: pd.DataFrame) -> None:
    run: Run | None = attached(frame, "run", None)
    assert run is not None and run.num_planned["evaluate"] == len(frame) + 2  # its own task, by two seeds
    # Nothing of this is a stranger's: it is what a user does between two processes of his own.
    kept = pickle.loads(pickle.dumps(frame))
    for other in (frame.copy(), copy.copy(frame), copy.deepcopy(frame), frame[frame["seed"] == 1], kept):
        assert attached(other, "run", None) == run
        assert set(other.attrs[KEY].found) == set(frame.attrs[KEY].found)
    assert kept.equals(frame)


def test_what_goes_with_one_frame_does_not_go_with_one_joined_of_two_studies(frame: pd.DataFrame) -> None:
    other = frame.copy()
    attach(other, sizes={"of another study": 1})
    assert KEY in pd.concat([frame, frame.copy()]).attrs and KEY not in pd.concat([frame, other]).attrs


def test_a_frame_is_written_as_parquet_and_its_columns_come_back(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.at[0, "trivial"], frame.at[0, "flags"] = {"chance": 33.3}, ("majority-class",)
    frame.to_parquet(tmp_path / "frame.parquet")
    back = pd.read_parquet(tmp_path / "frame.parquet")
    assert list(back.columns) == list(frame.columns) and len(back) == len(frame) > 0
    assert back["target"].tolist() == frame["target"].tolist() and back["seed"].tolist() == frame["seed"].tolist()
    assert back.at[0, "trivial"] == {"chance": 33.3} and list(back.at[0, "flags"]) == ["majority-class"]
    assert "stepstone.collect gathers it again" in back.attrs[KEY]


def test_a_frame_that_was_read_back_is_not_compared_as_if_it_were_whole(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.to_parquet(tmp_path / "frame.parquet")
    with pytest.raises(UserError, match="was read from a file, which holds scores alone"):
        compare(pd.read_parquet(tmp_path / "frame.parquet"), STUDY)
    assert compare(frame, STUDY).gains["value"].isna().all()
