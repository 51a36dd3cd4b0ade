"""Resume points come so far apart that saving takes no more than its share of a training."""

from __future__ import annotations

from pathlib import Path

import pytest

from harms import HARMS
from stepstone.core.recipe import Runtime
from stepstone.learning import resume
from stepstone.learning.ranks import SingleProcess
from stepstone.learning.resume import FIRST_SPEED, ResumePoint, SaveSchedule, load_point, save_point


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(resume, "time", found)
    return found


@pytest.mark.parametrize("cost", [0.01, 1.0, 7.0, 40.0])
def test_saving_takes_no_more_than_its_share(cost: float, clock: Clock) -> None:
    saving, spent = SaveSchedule(Runtime(), num_bytes=int(cost * FIRST_SPEED)), 0.0
    while clock.now < 50_000:
        clock.now += 0.5  # a step
        if saving.is_due():
            with saving.timed():
                clock.now += cost
            spent += cost
    assert spent / clock.now <= 0.03
    # And no less often than that, or than once a minute: what a kill loses is bounded.
    assert spent >= cost
    assert saving.pause == pytest.approx(max(60.0, cost * 97 / 3))


def test_a_disk_that_is_slower_than_thought_is_written_to_less_often(clock: Clock) -> None:
    saving = SaveSchedule(Runtime(save_seconds=1), num_bytes=int(FIRST_SPEED))
    assert saving.pause == pytest.approx(97 / 3)
    with saving.timed():
        clock.now += 10
    assert saving.pause == pytest.approx(10 * 97 / 3)


@pytest.mark.slow
@pytest.mark.parametrize("harm", HARMS)
def test_a_damaged_point_gives_way_to_an_earlier_one(tmp_path: Path, harm: str) -> None:
    import torch

    folder = tmp_path / "deep" / "er" / "resume"
    ranks, said = SingleProcess(torch.device("cpu")), list[str]()
    for name in ("state.json", "model.safetensors", "optimiser.safetensors", "best.safetensors"):
        for step in (8, 16):
            weights = {"a": torch.full((3,), float(step))}
            save_point(folder, step, ResumePoint(weights, weights, weights, {"step": step}), ranks)
        HARMS[harm](folder / "point-00000016" / name)
        said.clear()
        found = load_point([folder], ranks, said.append)
        assert found is not None and found.progress == {"step": 8} and found.model["a"].tolist() == [8.0] * 3, name
        assert len(said) == 1 and "point-00000016 is damaged" in said[0], name
