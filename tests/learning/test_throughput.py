"""The comparison with Hugging Face's Trainer: both sides minimise the same loss on the same examples, step by step."""

from __future__ import annotations

from argparse import Namespace
from importlib import import_module
from pathlib import Path

import pytest

from small_lab import small_lab

pytestmark = pytest.mark.trains

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.mark.parametrize("job", ["xnli", "xquad", "udpos", "commonsenseqa"])
def test_losses_are_those_of_a_trainer_step_by_step(job: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    throughput = import_module("throughput")
    asked = {
        "shape": "1x64",
        "data": None,
        "encoder": None,
        "threads": 1,
        "steps": 1,
        "examples": 4,
        "device": "cpu",
        "precision": "fp32",
    }
    with small_lab():
        bench = throughput.make(Namespace(job=job, **asked), tmp_path)
        found = throughput.losses(bench, num=3)
    assert len(found) == 3
    for ours, theirs in found:
        assert ours == pytest.approx(theirs, abs=2e-5)
