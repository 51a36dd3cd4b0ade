"""A study on a GPU beside the same on the processor: without dropout the losses are equal to float noise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from stepstone import Study, plan, run
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.launchers.local import Local
from stepstone.store.store import Store
from whole_study import STUDY, records_of

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.trains,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


def _losses(folder: Path, device: str) -> dict[str, list[float]]:
    """By stage, the losses of its training; a stage that trains nothing has none."""
    store = Store(folder / device)
    planned = plan(Study.load(folder / "killed.toml"), Place(cache=folder / "cache"))
    outcome = run(planned, store, Local(num_workers=1, logs=store.root / "logs"), Runtime(device=device))
    assert outcome.exit_status == 0, outcome.failures
    tables = [json.loads(path.read_text(encoding="utf-8"))["record"] for path in records_of(store.root)]
    return {table["label"]: [loss for _, loss in table["result"].get("losses", [])] for table in tables}


def test_a_gpu_gives_the_losses_of_the_processor(tmp_path: Path) -> None:
    text = STUDY.replace("num_layers = 2", "num_layers = 2\ndropout = 0.0")
    (tmp_path / "killed.toml").write_text(text, encoding="utf-8")
    here, there = _losses(tmp_path, "cpu"), _losses(tmp_path, "cuda")
    assert here.keys() == there.keys()
    assert sum(map(bool, here.values())) == 6  # pretrained, an intermediate task, two targets from either
    for label, losses in here.items():
        assert there[label] == pytest.approx(losses, rel=0.02), label
