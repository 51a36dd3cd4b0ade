"""The GPUs of a machine: what the kernel shows, what a scheduler says."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepstone.launchers.gpus import find_gpus, gpus_of_kernel


def _file(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_nvidia_s_are_numbered_by_their_device_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"):
        _file(tmp_path / "dev" / name)
    assert find_gpus(tmp_path) == ["0", "1"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert find_gpus(tmp_path) == ["1"] and gpus_of_kernel(tmp_path) == ["0", "1"]


def test_amd_s_are_the_nodes_of_its_driver_that_are_no_processors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    for number, units in enumerate((0, 440, 440)):
        properties = f"cpu_cores_count {0 if units else 64}\nsimd_count {units}\nmax_waves_per_simd 8\n"
        _file(tmp_path / "sys/class/kfd/kfd/topology/nodes" / str(number) / "properties", properties)
    assert find_gpus(tmp_path) == ["0", "1"]


def test_a_scheduler_s_word_makes_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert find_gpus(tmp_path) == ["0"] and gpus_of_kernel(tmp_path) == []
