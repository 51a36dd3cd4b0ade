"""The GPUs of a machine, without opening torch: those that the kernel shows, and of these what a process may use."""

from __future__ import annotations

import os
from pathlib import Path

# ROCm's PyTorch heeds it, too.
VISIBLE = "CUDA_VISIBLE_DEVICES"
# A node of AMD's driver is a processor or a GPU; a GPU alone has SIMD units.
AMD_NODES, AMD_UNITS = "sys/class/kfd/kfd/topology/nodes/*/properties", "simd_count"


def find_gpus(root: Path = Path("/")) -> list[str]:
    """Names of the GPUs that this process may use: those it is shown, or all that the kernel has."""
    named = os.environ.get(VISIBLE)
    if named is not None:
        return [name for name in named.split(",") if name.strip() not in ("", "-1")]
    return gpus_of_kernel(root)


def gpus_of_kernel(root: Path = Path("/")) -> list[str]:
    """Numbers of NVIDIA's GPUs, or where there is none of AMD's, whatever a scheduler has set in the environment."""
    nvidia = sorted(path.name.removeprefix("nvidia") for path in root.glob("dev/nvidia[0-9]*"))
    return nvidia or [str(number) for number in range(sum(map(_is_amd_gpu, root.glob(AMD_NODES))))]


def _is_amd_gpu(properties: Path) -> bool:
    lines = (line.split() for line in properties.read_text(encoding="utf-8").splitlines())
    return any(words[:1] == [AMD_UNITS] and words[1:] != ["0"] for words in lines)
