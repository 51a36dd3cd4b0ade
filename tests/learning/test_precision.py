"""A precision that a device is slow at is said before any training begins, by measurement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from learning_lesson import RECIPE, TASK, lesson
from stepstone.core.recipe import Precision, Runtime
from stepstone.families.classification import family
from stepstone.learning import precision
from stepstone.learning.loop import Trainer
from stepstone.learning.progress import TrainingContext


@pytest.mark.parametrize(
    ("asked", "times", "is_said"), [("bf16", 4.0, True), ("bf16", 0.5, False), ("fp32", 4.0, False)]
)
def test_a_slow_precision_is_said(
    asked: Precision, times: float, is_said: bool, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "slowdown", lambda device: times)
    said: list[dict[str, Any]] = []
    context = TrainingContext(Runtime(device="cpu"), tmp_path / "resume", report=said.append)
    recipe = RECIPE.model_copy(update={"precision": asked, "num_steps": 2})
    Trainer(family.build(tiny, TASK, seed=1).model, lesson(tiny), recipe, 1, context).run()
    notes = [event["message"] for event in said if event["event"] == "note"]
    assert ["bf16 is slower than fp32 on this device (cpu)" in one for one in notes] == [True] * is_said


def test_products_in_both_precisions_are_measured() -> None:
    assert 0.01 < precision.slowdown(torch.device("cpu")) < 100
