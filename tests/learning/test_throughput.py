"""The comparison with Hugging Face's Trainer: both sides minimise the same loss on the same examples, step by step."""

from __future__ import annotations

from argparse import Namespace
from importlib import import_module
from pathlib import Path

import pytest

from small_lab import small_lab

pytestmark = pytest.mark.trains

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
ASKED: dict[str, object] = {
    "shape": "1x64",
    "data": None,
    "encoder": None,
    "threads": 1,
    "steps": 1,
    "examples": 4,
    "device": "cpu",
    "precision": "fp32",
}


@pytest.mark.parametrize("job", ["xnli", "xquad", "udpos", "commonsenseqa"])
def test_losses_are_those_of_a_trainer_step_by_step(job: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    throughput = import_module("throughput")
    with small_lab():
        bench = throughput.make(Namespace(job=job, **ASKED), tmp_path)
        found = throughput.losses(bench, num=3)
    assert len(found) == 3
    for ours, theirs in found:
        assert ours == pytest.approx(theirs, abs=2e-5)


def test_steps_and_passes_alone_are_timed_on_both_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    throughput, steady = import_module("throughput"), import_module("steady")
    with small_lab():
        bench = throughput.make(Namespace(job="xnli", **{**ASKED, "steps": steady.FIRST + 2}), tmp_path)
        taken = [side(bench) for side in steady.all_sides("fp32").values()]
    assert len(taken) == 3
    assert all(seconds > 0 for pair in taken for seconds in pair)


def test_ways_of_a_step_have_the_losses_of_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    throughput, launches = import_module("throughput"), import_module("launches")
    with small_lab():
        bench = throughput.make(Namespace(job="xnli", **{**ASKED, "steps": 3, "precision": "bf16"}), tmp_path)
        found = {name: launches.timed(bench, launches.WAYS[name]) for name in ("loop", "linear", "whole")}
    assert found["linear"].losses == found["loop"].losses
    assert found["whole"].losses == pytest.approx(found["loop"].losses, abs=0.02)
    assert found["whole"].operators < found["linear"].operators < found["loop"].operators
