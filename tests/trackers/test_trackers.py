"""Trackers are found by name; what is missing is one message; TensorBoard reads what was written for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stepstone.core.errors import UserError
from stepstone.trackers.tracker import find_tracker


def test_a_name_that_is_none_is_answered_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r'--track: no tracker is called "tensorbord"\n.*"tensorboard"'):
        find_tracker("tensorbord")


def test_a_missing_package_is_named_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "tensorboard"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.delitem(sys.modules, "stepstone.trackers.tensorboard", raising=False)
    with pytest.raises(UserError, match=r'--track: tensorboard needs a package: .*\n.*pip install "stepstone\[tens'):
        find_tracker("tensorboard")


def test_tensorboard_reads_what_was_written(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason='needs pip install "stepstone[tensorboard]"')
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    tracker = find_tracker("tensorboard")("study", tmp_path, ("lab",))
    tracker.add("loss/alpha/s1", 1.5, 10)
    tracker.add("loss/alpha/s1", 1.25, 20)
    tracker.close()
    assert tracker.place == str(tmp_path / "tensorboard" / "lab_study")
    (path,) = Path(tracker.place).iterdir()
    read = [
        (value.tag, event.step, value.simple_value or value.tensor.float_val[0])
        for event in EventFileLoader(str(path)).Load()
        for value in event.summary.value
    ]
    assert read == [("tag/lab", 0, 1.0), ("loss/alpha/s1", 10, 1.5), ("loss/alpha/s1", 20, 1.25)]
