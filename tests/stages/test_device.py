"""A device is refused by the form of its name where it is given, and where work runs if it is not there."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.device import check_device
from stepstone.core.errors import UserError
from stepstone.core.model import FolderModel
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.core.specs.encoder import PretrainedSpec
from stepstone.core.stage import Stage
from stepstone.learning.device import devices, pick_device, use_device
from stepstone.stages.context import StageContext
from stepstone.stages.job import _execution
from stepstone.stages.run import StageRunner


@pytest.mark.parametrize("name", ["gpuu", "", "cuda:", "cuda:-1", "cuda:01", "CPU", "cpu:0", "1", "cuda:1 "])
def test_what_is_no_device_s_name_is_refused_where_it_is_given(name: str) -> None:
    for give in (check_device, lambda name: Runtime(device=name)):
        with pytest.raises(UserError, match=r"--device: no device is called [\s\S]*give one of auto, cpu, cuda"):
            give(name)


@pytest.mark.parametrize("name", ["auto", "cpu", "cuda", "cuda:0", "cuda:12", "mps", "xpu"])
def test_a_device_s_name_passes_wherever_it_may_be(name: str) -> None:
    assert Runtime(device=name).device == name


def test_a_gpu_that_is_not_there_is_refused_before_a_stage_runs(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    stage = Stage(spec=PretrainedSpec(model=FolderModel(name="tiny", folder=str(tiny)), content="tiny"))
    context = StageContext(Place(), BUILT_IN, Runtime(device="cuda"), tmp_path / "resume")
    with pytest.raises(UserError, match=r'there is no device "cuda" where this runs; there is cpu\n.*--device cpu'):
        StageRunner().run(stage, tmp_path, context)
    assert not list(tmp_path.iterdir())


def test_a_number_beyond_the_gpus_is_refused_with_those_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("cuda"))
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 2)
    assert devices() == ["cpu", "cuda:0", "cuda:1", "cuda"]
    assert pick_device("cuda:1") == torch.device("cuda:1")
    for name in ("cuda:2", "mps"):
        with pytest.raises(UserError, match="there is cpu, cuda:0, cuda:1, cuda"):
            pick_device(name)


def test_attention_that_plans_for_every_new_shape_is_not_used() -> None:
    enabled = torch.backends.cuda.cudnn_sdp_enabled()
    torch.backends.cuda.enable_cudnn_sdp(True)
    try:
        use_device("cpu")
        assert not torch.backends.cuda.cudnn_sdp_enabled()
    finally:
        torch.backends.cuda.enable_cudnn_sdp(enabled)


def test_records_name_the_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "device_name" not in _execution(Runtime(device="cpu"))
    card = SimpleNamespace(get_device_name=lambda device: f"card {device.index}")
    monkeypatch.setattr(torch, "get_device_module", lambda device: card)
    monkeypatch.setattr("stepstone.stages.job.pick_device", torch.device)
    assert _execution(Runtime(device="cuda:1"))["device_name"] == "card 1"


def test_no_other_module_calls_what_only_one_kind_of_gpu_has() -> None:
    source = Path(__file__).resolve().parents[2] / "src" / "stepstone"
    kinds = re.compile(r"torch\.(cuda|mps|xpu|npu|hip)\b|\.(cuda|mps|xpu)\(|torch_xla|\bnccl\b")
    found = {
        path.relative_to(source).as_posix() for path in source.rglob("*.py") if kinds.search(path.read_text("utf-8"))
    }
    assert found == {"learning/device.py"}
