"""What the records of a plan's stages say about what the others will take, on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set

from stepstone.core.errors import UserError
from stepstone.core.recipe import Runtime
from stepstone.core.stage import Stage
from stepstone.core.uses import DataUse
from stepstone.data.load import is_on_hub, load_examples
from stepstone.pipeline.pace import Pace
from stepstone.planning.faults import check_split
from stepstone.planning.plan import Plan
from stepstone.store.provenance import provenance
from stepstone.store.record import Record
from stepstone.store.store import Store

ExampleCounter = Callable[[DataUse], int | None]
ANY = Runtime()


def measured(
    plan: Plan,
    store: Store,
    missing: Set[str],
    amounts: dict[str, float | None] | None = None,
    runtime: Runtime = ANY,
) -> Pace:
    """What stages of this plan took when they were computed, of those that are not missing.

    Those of a processor or a device of another kind are passed over, and trainings on another number of devices.
    """
    pace = _unmeasured(plan, find_amounts(plan, declared_counter(plan)) if amounts is None else amounts)
    for stage, record in _records(plan, store, missing):
        if _is_here(record, runtime) and _is_shared_alike(record, stage, runtime):
            pace.add(stage, record.seconds)
    return pace


def measured_elsewhere(
    plan: Plan, store: Store, missing: Set[str], amounts: dict[str, float | None], runtime: Runtime = ANY
) -> dict[str, Pace]:
    """The same of what `measured` passes over for its processor or GPU, by the name of that."""
    found: dict[str, Pace] = {}
    for stage, record in _records(plan, store, missing):
        if not _is_here(record, runtime) and _is_shared_alike(record, stage, runtime):
            found.setdefault(_device(record), _unmeasured(plan, amounts)).add(stage, record.seconds)
    return found


def _device(record: Record) -> str:
    """The GPU that it was computed on, of earlier records its kind alone; or the processor."""
    device = str(record.provenance.get("device", "cpu"))
    if device.startswith("cpu"):
        return str(record.provenance.get("processor", device))
    return str(record.provenance.get("device_name", device.partition(":")[0]))


def _unmeasured(plan: Plan, amounts: dict[str, float | None]) -> Pace:
    sizes = {cell.model: cell.size for cell in plan.cells}
    return Pace(amounts, sizes, {cell.model: cell.num_parameters for cell in plan.cells})


def _records(plan: Plan, store: Store, missing: Set[str]) -> Iterator[tuple[Stage, Record]]:
    """Those that are there; none is looked for where nothing is missing."""
    for key, stage in plan.stages.items() if missing else ():
        if key not in missing and (record := store.record(key)) is not None:
            yield stage, record


def _is_here(record: Record, runtime: Runtime) -> bool:
    """Whether it ran on a processor of this kind, and on a device of the kind that is asked for."""
    here = provenance()["processor"]
    kinds = [str(name).partition(":")[0] for name in (record.provenance.get("device", runtime.device), runtime.device)]
    return record.provenance.get("processor", here) == here and (kinds[1] == "auto" or kinds[0] == kinds[1])


def _is_shared_alike(record: Record, stage: Stage, runtime: Runtime) -> bool:
    """Whether, if it is a training, as many devices shared it as are to share this run's."""
    shared = [record.provenance.get(name, getattr(runtime, name)) for name in ("num_devices", "shard")]
    return stage.spec.training is None or shared == [runtime.num_devices, runtime.shard]


def find_amounts(plan: Plan, count: ExampleCounter) -> dict[str, float | None]:
    """Of every stage the inputs that it trains on, or the examples that it scores; None: not known."""
    return {key: stage.spec.amount(count) for key, stage in plan.stages.items()}


def declared_counter(plan: Plan) -> ExampleCounter:
    """How many examples a use has, by what is declared: without a look at the data."""

    def count(use: DataUse) -> int | None:
        rows = (
            None if plan.place.lab_seed is not None else plan.catalogue.task(use.task).num_rows(use.split, use.language)
        )
        if use.num_examples is None or rows is None:
            return use.num_examples if rows is None else rows
        return min(rows, use.num_examples)

    return count


def reading_counter(plan: Plan) -> ExampleCounter:
    """The same where it is declared; else by reading the data once, of the lab's one language for all."""
    known, found = declared_counter(plan), dict[tuple[str, str, str], int | None]()

    def count(use: DataUse) -> int | None:
        if (stated := known(use)) is not None and (plan.place.lab_seed is None or use.num_examples is not None):
            return stated
        if use.made_by or is_on_hub(use.content) or (not plan.place.with_data and plan.place.lab_seed is None):
            return stated
        name = use.task, use.split, use.language if plan.place.lab_seed is None else ""
        if name not in found:
            found[name] = _read(plan, use)
        return found[name]

    return count


def _read(plan: Plan, use: DataUse) -> int | None:
    """Examples that a split has; None: it cannot be read, which `run` says more of."""
    if plan.place.lab_seed is None:
        return check_split(use, plan.catalogue, plan.place).num_examples or None
    try:
        return len(load_examples(plan.catalogue.task(use.task), use.split, use.language, plan.place))
    except UserError:
        return None
