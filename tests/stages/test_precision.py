"""A precision that a device is slow at is said before the training begins, by measurement."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.place import Place
from stepstone.core.recipe import Precision, Runtime
from stepstone.stages import precision
from stepstone.stages.context import StageContext


@pytest.mark.parametrize(
    ("asked", "times", "is_said"), [("bf16", 4.0, True), ("bf16", 0.5, False), ("fp32", 4.0, False)]
)
def test_a_slow_precision_is_said(
    asked: Precision, times: float, is_said: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "slowdown", lambda device: times)
    said: list[str] = []
    context = StageContext(
        Place(), BUILT_IN, Runtime(device="cpu"), tmp_path, report=lambda event: said.append(event["message"])
    )
    precision.note_precision(asked, context)
    assert ["bf16 is slower than fp32 on this device (cpu)" in one for one in said] == [True] * is_said


def test_products_in_both_precisions_are_measured() -> None:
    assert 0.01 < precision.slowdown(torch.device("cpu")) < 100
