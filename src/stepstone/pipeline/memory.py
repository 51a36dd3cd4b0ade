"""What memory the trainings of a plan take on each device at least, by the sizes that are declared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stepstone.core.recipe import Runtime
from stepstone.core.stage import Stage
from stepstone.pipeline.disk import BYTES_PER_PARAMETER
from stepstone.planning.plan import Plan


@dataclass(frozen=True)
class DeviceMemory:
    """Bytes on each device at least; None where nobody states the model's size.

    `is_partly_trained` where some trainings of the model leave weights as they are, which then count without more.
    """

    model: str
    num_bytes: int | None
    is_partly_trained: bool


def find_memory(plan: Plan, missing: Iterable[str], runtime: Runtime) -> tuple[DeviceMemory, ...]:
    """Of every model that is trained: weights, and of what is trained a gradient and two moments (AdamW), as float32.

    With `shard` each device holds its part of them. What a micro-batch keeps, and what is gathered for a moment, comes
    on top (docs/devices.md).
    """
    sizes = {cell.model: cell.num_parameters for cell in plan.cells}
    by_model: dict[str, list[Stage]] = {}
    for key in missing:
        stage = plan.stages[key]
        if stage.spec.training is not None:
            by_model.setdefault(str(stage.coordinates.get("model", "")), []).append(stage)
    parts = runtime.num_devices if runtime.shard else 1
    return tuple(_memory(model, sizes.get(model), by_model[model], parts) for model in sizes if model in by_model)


def _memory(model: str, size: int | None, stages: Iterable[Stage], parts: int) -> DeviceMemory:
    is_whole = [not (one.spec.training and one.spec.training.describe()) for one in stages]
    copies = 4 if any(is_whole) else 1
    num_bytes = None if size is None else copies * BYTES_PER_PARAMETER * size // parts
    return DeviceMemory(model, num_bytes, not all(is_whole))
