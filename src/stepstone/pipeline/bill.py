"""What a study will take: hours by kind of stage, disk, what is fetched, energy; each by what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import try_to_load_from_cache

from stepstone.core.errors import UserError
from stepstone.core.model import HubModel
from stepstone.core.recipe import Runtime
from stepstone.core.specs.encoder import EncoderSpec
from stepstone.core.stage import Stage
from stepstone.data.load import is_on_hub
from stepstone.data.reach import mirror_folder
from stepstone.pipeline.disk import BYTES_PER_PARAMETER, DiskDemand, disk_demand
from stepstone.pipeline.jobs import make_jobs
from stepstone.pipeline.measured import ANY
from stepstone.pipeline.memory import DeviceMemory, find_memory
from stepstone.pipeline.pace import ExpectedTime, Pace
from stepstone.pipeline.schedule import makespan
from stepstone.pipeline.traffic import Traffic, find_traffic
from stepstone.planning.plan import Plan
from stepstone.store.record import Record
from stepstone.store.store import Store


@dataclass(frozen=True)
class KindBill:
    """Stages of one kind that are missing, and the seconds of workers that they take; `num_unknown` are left out.

    `num_devices` are those that each holds meanwhile.
    """

    kind: str
    num: int
    num_unknown: int
    seconds: ExpectedTime
    num_devices: int = 1


@dataclass(frozen=True)
class OtherDevice:
    """What all that is missing takes on a device of another kind, by this study's stages that ran on it.

    Attributes:
        name: of the processor or GPU.
        num_records: stages that were computed on it.
        seconds: of workers on such devices, of all missing stages but those of `num_unknown`.
        num_unknown: stages of models that nothing was measured of there.
    """

    name: str
    num_records: int
    seconds: ExpectedTime
    num_unknown: int


@dataclass(frozen=True)
class Transfer:
    """What the hub would be asked for: encoders, their bytes by declared size, and tables, of sizes that nobody states.

    Attributes:
        models: encoders that are not in the hub's cache.
        num_bytes: of their weights, of four bytes each.
        unsized: those of which no size is declared; they are not among the bytes.
        num_tables: data sets of the hub that the study reads, in the cache or not.
    """

    models: tuple[str, ...]
    num_bytes: int
    unsized: tuple[str, ...]
    num_tables: int


@dataclass(frozen=True)
class Bill:
    """What a run would take.

    Attributes:
        kinds: by kind of stage, in the plan's order.
        seconds: from its begin to its end with so many workers, by the order in which jobs go out.
        startup: seconds of it until the first worker is at work; 0: not measured.
        num_workers: side by side.
        num_missing: stages that it would compute.
        num_records: stages of this study that were there, by whose seconds the others are judged.
        unknown: what nothing was measured of, as kind and model; it is in no figure.
        disk: weights of what is missing.
        bytes_per_record: of what stages keep beside weights, by the records that are there; 0: there is none.
        transfer: from the hub.
        device_seconds: of all devices together: those of workers times the devices that each holds.
        memory: of each model's trainings.
        traffic: with the store's bucket; None: the store is a folder.
        elsewhere: seconds of devices of other kinds.
    """

    kinds: tuple[KindBill, ...]
    seconds: ExpectedTime
    startup: float
    num_workers: int
    num_missing: int
    num_records: int
    unknown: tuple[str, ...]
    disk: DiskDemand
    bytes_per_record: float
    transfer: Transfer
    device_seconds: ExpectedTime
    memory: tuple[DeviceMemory, ...]
    traffic: Traffic | None
    elsewhere: tuple[OtherDevice, ...]


def make_bill(
    plan: Plan,
    missing: set[str],
    pace: Pace,
    store: Store,
    num_workers: int,
    startup: float = 0.0,
    runtime: Runtime = ANY,
    others: Mapping[str, Pace] | None = None,
) -> Bill:
    """The bill of what is missing, also on `others`: devices of other kinds. What nothing is known of is named."""
    expected = {key: pace.bounds(plan.stages[key]) for key in plan.stages if key in missing}
    known = {key: one for key, one in expected.items() if one is not None}
    jobs = make_jobs(plan.stages, missing, num_devices=runtime.num_devices)
    taken = ({key: known[key][place] if key in known else 0.0 for key in expected} for place in range(3))
    ways = [makespan(jobs, seconds, num_workers) for seconds in taken]
    unknown = (pace.describe(plan.stages[key]) for key in expected if key not in known)
    there = [record for key in plan.stages if key not in missing and (record := store.record(key)) is not None]
    kinds = tuple(_kinds(plan.stages, expected, runtime.num_devices))
    disk, per_record = disk_demand(plan, missing), _bytes_beside_weights(there)
    return Bill(
        kinds=kinds,
        seconds=ExpectedTime(*(seconds + startup for seconds in ways)),
        startup=startup,
        num_workers=num_workers,
        num_missing=len(expected),
        num_records=len(there),
        unknown=tuple(dict.fromkeys(unknown)),
        disk=disk,
        bytes_per_record=per_record,
        transfer=find_transfer(plan, missing),
        device_seconds=_device_seconds(kinds),
        memory=find_memory(plan, missing, runtime),
        traffic=find_traffic(plan, missing, store, disk.total + round(per_record * len(missing))),
        elsewhere=tuple(_other(name, pace, plan, missing, runtime) for name, pace in sorted((others or {}).items())),
    )


def _bytes_beside_weights(records: Sequence[Record]) -> float:
    """Of one record, its predictions among them; 0 where there is none."""
    sizes = (stamp["bytes"] for one in records for name, stamp in one.files.items() if name not in one.weights)
    return sum(sizes) / max(1, len(records))


def _other(name: str, pace: Pace, plan: Plan, missing: set[str], runtime: Runtime) -> OtherDevice:
    expected = {key: pace.bounds(plan.stages[key]) for key in plan.stages if key in missing}
    kinds = tuple(_kinds(plan.stages, expected, runtime.num_devices))
    return OtherDevice(name, pace.num_measured, _device_seconds(kinds), sum(one.num_unknown for one in kinds))


def _device_seconds(kinds: Iterable[KindBill]) -> ExpectedTime:
    """Seconds of all devices, those of one stage added up."""
    seconds = [[time * one.num_devices for time in one.seconds] for one in kinds]
    return ExpectedTime(*(sum(own[place] for own in seconds) for place in range(3)))


def _kinds(
    stages: Mapping[str, Stage], expected: Mapping[str, ExpectedTime | None], num_devices: int
) -> Iterable[KindBill]:
    by_kind: dict[str, list[ExpectedTime | None]] = {}
    trained = {stages[key].kind for key in expected if stages[key].spec.training is not None}
    for key, one in expected.items():
        by_kind.setdefault(stages[key].kind, []).append(one)
    for kind, found in by_kind.items():
        known = [one for one in found if one is not None]
        total = ExpectedTime(*(sum(one[place] for one in known) for place in range(3)))
        yield KindBill(kind, len(found), len(found) - len(known), total, num_devices if kind in trained else 1)


def find_transfer(plan: Plan, missing: Iterable[str]) -> Transfer:
    """What stages that are missing would have to fetch."""
    stages = [plan.stages[key] for key in missing]
    models = [stage.spec.model for stage in stages if isinstance(stage.spec, EncoderSpec)]
    absent = {one.name: one for one in models if isinstance(one, HubModel) and not is_here(one)}
    tables = {use.content for stage in stages for use in stage.spec.uses() if is_on_hub(use.content)}
    return Transfer(
        models=tuple(sorted(absent)),
        num_bytes=sum((one.num_parameters or 0) * BYTES_PER_PARAMETER for one in absent.values()),
        unsized=tuple(sorted(name for name, one in absent.items() if one.num_parameters is None)),
        num_tables=len(tables),
    )


def is_here(model: HubModel) -> bool:
    """Whether its config is in the hub's cache at its revision, or a folder stands for the hub and holds it."""
    try:
        folder = mirror_folder(model.repository)
    except UserError:
        return False
    if folder is not None:
        return True
    found = try_to_load_from_cache(model.repository, "config.json", revision=model.revision)
    return isinstance(found, str) and Path(found).is_file()
