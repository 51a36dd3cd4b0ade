"""A bill as lines, and as JSON types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from stepstone.core.duration import duration
from stepstone.core.several import listed
from stepstone.pipeline.bill import Bill
from stepstone.pipeline.chains import Measurement
from stepstone.pipeline.disk import NOTABLE, gigabytes
from stepstone.pipeline.pace import ExpectedTime


@dataclass(frozen=True)
class Rates:
    """What only the reader knows: watts that the machine draws, and how many times as fast another device is."""

    watts: float | None = None
    times_as_fast: float | None = None


def bill_rows(bill: Bill) -> list[tuple[str, ...]]:
    """Kind, stages, hours of workers from low to high, and the whole: all but the last row add up the stages."""
    rows = [
        (one.kind, f"{one.num:,}", *_times(one.seconds, one.num - one.num_unknown), _num(one.num_unknown))
        for one in bill.kinds
    ]
    workers = "worker" if bill.num_workers == 1 else f"{bill.num_workers} workers"
    num_unknown = sum(one.num_unknown for one in bill.kinds)
    times = _times(bill.seconds, bill.num_missing - num_unknown if num_unknown else 1)
    return [*rows, (f"all, {workers}", f"{bill.num_missing:,}", *times, _num(num_unknown))]


HEAD = ("stages", "missing", "time", "from", "to", "left out")


def describe_bill(bill: Bill, found: Measurement | None, rates: Rates) -> Iterator[str]:
    """What stands beside the table, a line each."""
    yield _describe_source(bill, found)
    for name in bill.unknown:
        yield f"not measured, and in no figure: {name}"
    yield from describe_found(found)
    yield from _describe_elsewhere(bill)
    if rates.times_as_fast:
        times = " to ".join(duration(value / rates.times_as_fast) for value in bill.seconds[1:])
        yield f"on a device that is {rates.times_as_fast:g} times as fast, by your figure: {times}"
    yield from _describe_devices(bill)
    disk = bill.disk
    yield (
        f"disk: weights of {disk.num_checkpoints:,} checkpoints {gigabytes(disk.total)}, with --release-weights "
        f"{gigabytes(disk.kept)}"
        + (
            f"; predictions and records {gigabytes(round(bill.bytes_per_record * bill.num_missing))}"
            if bill.num_records
            else ""
        )
    )
    yield from _describe_transfer(bill)
    yield _describe_energy(bill.seconds, rates.watts)


def describe_found(found: Measurement | None) -> Iterator[str]:
    """Why not all that was asked for was measured."""
    for message, label in (found.reasons if found else {}).items():
        yield f"could not be measured: {label}: {message.splitlines()[0]}"
    if found and found.out_of_time:
        yield f"measuring was ended after {duration(found.seconds)}, its bound (--measure SECONDS)"


def bill_as_json(bill: Bill, found: Measurement | None, rates: Rates) -> dict[str, Any]:
    """The same as JSON types; times in seconds, energy in kilowatt hours."""
    seconds = {
        "seconds": bill.seconds._asdict(),
        "device_seconds": bill.device_seconds._asdict(),
        "kinds": [_kind(one) for one in asdict(bill)["kinds"]],
        "elsewhere": [_kind(one) for one in asdict(bill)["elsewhere"]],
    }
    energy = None if rates.watts is None else [_kwh(value, rates.watts) for value in bill.seconds]
    faster = rates.times_as_fast
    return {
        **asdict(bill),
        **seconds,
        "measured": asdict(found) if found else None,
        "times_as_fast": faster,
        "seconds_there": None if faster is None else [value / faster for value in bill.seconds],
        "watts": rates.watts,
        "kilowatt_hours": energy,
    }


def _kind(table: dict[str, Any]) -> dict[str, Any]:
    return {**table, "seconds": ExpectedTime(*table["seconds"])._asdict()}


def _describe_source(bill: Bill, found: Measurement | None) -> str:
    records = f"{bill.num_records:,} stages of this study that are in the store" if bill.num_records else ""
    short = (
        f"{found.num_stages:,} short stages run now, in {duration(found.seconds)}" if found and found.num_stages else ""
    )
    by = " and ".join(filter(None, (records, short))) or "nothing: no stage is in the store and none was run"
    return f"by {by}; from and to: one standard deviation of stages alike, all off together"


def _describe_elsewhere(bill: Bill) -> Iterator[str]:
    """Hours of devices of other kinds that stages of this study ran on."""
    for one in bill.elsewhere:
        if one.num_unknown == bill.num_missing:
            yield f"on {one.name}: not known, for nothing like what is missing ran on it"
            continue
        hours, low, high = map(duration, one.seconds)
        left = f"; {one.num_unknown:,} stages not measured there are left out" if one.num_unknown else ""
        ran = f"by {one.num_records:,} stages of this study that ran on it{left}"
        yield f"on {one.name}: {hours} of workers (from {low} to {high}), {ran}"


def _describe_devices(bill: Bill) -> Iterator[str]:
    """Hours of devices where some stages hold several, and what each must hold."""
    shared = sorted({one.num_devices for one in bill.kinds} - {1})
    if shared and bill.device_seconds.seconds:
        hours, low, high = map(duration, bill.device_seconds)
        yield f"devices: {hours} of them together (from {low} to {high}), as each training holds {shared[0]}"
    for one in bill.memory:
        if one.num_bytes is None:
            yield f"memory: of no declared size and not counted: {one.model}"
        elif one.num_bytes >= NOTABLE:
            taken = f"{gigabytes(one.num_bytes)} on each device at least"
            partly = ", less where a part is trained" if one.is_partly_trained else ""
            parts = "weights, gradients and moments, without what a micro-batch keeps"
            yield f"memory: {one.model} takes {taken}{partly}: {parts}"


def _describe_transfer(bill: Bill) -> Iterator[str]:
    moved = bill.transfer
    if moved.models:
        sized = f"{gigabytes(moved.num_bytes)} of weights from the hub, by declared sizes"
        yield f"transfer: {sized}: {listed(list(moved.models))}"
    if moved.unsized:
        yield f"transfer: of no declared size and not counted: {listed(list(moved.unsized))}"
    if moved.num_tables:
        yield f"transfer: {moved.num_tables:,} tables of the hub, where its cache lacks them; of bytes not declared"
    if (stored := bill.traffic) is not None:
        yield f"transfer: {gigabytes(stored.up)} of what is made go up to {stored.address}"
        yield f"transfer: at most {gigabytes(stored.down)} of {stored.num_down:,} checkpoints come down to a machine"
    if not (moved.models or moved.num_tables or bill.traffic):
        yield "transfer: nothing, all is here"


def _describe_energy(seconds: ExpectedTime, watts: float | None) -> str:
    if watts is None:
        return "energy: not known; --watts W states what the machine draws"
    return f"energy: {_kwh(seconds.low, watts):.3g} to {_kwh(seconds.high, watts):.3g} kWh at {watts:g} W"


def _kwh(seconds: float, watts: float) -> float:
    return seconds * watts / 3.6e6


def _times(found: ExpectedTime, num_known: int) -> tuple[str, str, str]:
    """Of so many stages; of none, nothing is known."""
    return (duration(found.seconds), duration(found.low), duration(found.high)) if num_known else ("not known", "", "")


def _num(num: int) -> str:
    return f"{num:,}" if num else ""
