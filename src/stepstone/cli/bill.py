"""`stepstone plan STUDY --bill` and `--until`: measured by a few steps, what a run takes and what it gives by then."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepstone.cli.app import plan_of, put, say
from stepstone.core.errors import UserError
from stepstone.core.visible import visible

if TYPE_CHECKING:
    from stepstone.core.recipe import Runtime
    from stepstone.core.study import Study
    from stepstone.launchers.launcher import Launcher
    from stepstone.pipeline.chains import Measurement
    from stepstone.pipeline.pace import Pace
    from stepstone.pipeline.priced import Rates
    from stepstone.planning.plan import Plan
    from stepstone.store.store import Store


@dataclass(frozen=True)
class BillOptions:
    """What is to be said, of what is measured for at most so many seconds.

    Attributes:
        bill: what a run takes.
        until: seconds after which to say what is there by then; None: not.
        measure: seconds; 0: records alone.
        rates: what only the reader knows.
        as_json: instead of lines.
    """

    bill: bool
    until: float | None
    measure: float
    rates: Rates
    as_json: bool


@dataclass(frozen=True)
class _Measured:
    """What is missing of a plan, and what is known of its time, on devices of other kinds by their names.

    `found` is None where nothing was measured now.
    """

    plan: Plan
    store: Store
    missing: set[str]
    pace: Pace
    found: Measurement | None
    others: dict[str, Pace]


def plan_or_size(study: Study, store: str, data: list[Path] | None, no_hub: bool, with_data: bool) -> Plan:
    """The plan; where data is missing that is said, and the plan is that of the study's size."""
    if with_data:
        try:
            return plan_of(study, store, data, no_hub)
        except UserError as error:
            planned = plan_of(study, store, data, no_hub, with_data=False)
            said = f"{error}\nso nothing is measured; what follows is what can be said without data"
            print(visible(said), file=sys.stderr)
            return planned
    return plan_of(study, store, data, no_hub, with_data=False)


def bill_study(planned: Plan, store: str, launcher: Launcher, runtime: Runtime, options: BillOptions) -> None:
    """Print what is asked for."""
    from stepstone.store.given import opened

    known = _measure(planned, opened(store), launcher, runtime, options.measure)
    tables: dict[str, Any] = {}
    if options.bill:
        tables |= _bill(known, launcher, runtime, options)
    if options.until is not None:
        tables |= _outlook(known, launcher, runtime, options.until, options)
    if options.as_json:
        put(tables, as_json=True)


def _measure(planned: Plan, store: Store, launcher: Launcher, runtime: Runtime, seconds: float) -> _Measured:
    """By records, and by short stages for what these do not know."""
    from stepstone.pipeline.jobs import find_missing
    from stepstone.pipeline.measured import find_amounts, measured, measured_elsewhere, reading_counter
    from stepstone.pipeline.measuring import measure_pace

    missing = find_missing(planned.stages, store)
    amounts = find_amounts(planned, reading_counter(planned))
    pace, found = measured(planned, store, missing, amounts, runtime), None
    if seconds and planned.place.with_data and any(not pace.knows(planned.stages[key]) for key in missing):
        with tempfile.TemporaryDirectory(prefix="stepstone-bill-") as folder:
            found = measure_pace(planned, missing, pace, amounts, launcher, runtime, Path(folder), seconds)
    others = measured_elsewhere(planned, store, missing, amounts, runtime)
    return _Measured(planned, store, missing, pace, found, others)


def _bill(known: _Measured, launcher: Launcher, runtime: Runtime, options: BillOptions) -> dict[str, Any]:
    """The bill of what is missing, printed but for JSON."""
    from stepstone.pipeline.bill import make_bill
    from stepstone.pipeline.priced import HEAD, bill_as_json, bill_rows, describe_bill
    from stepstone.report.markup import plain_table

    startup = known.found.startup if known.found else 0.0
    bill = make_bill(
        known.plan, known.missing, known.pace, known.store, launcher.num_slots, startup, runtime, known.others
    )
    if not options.as_json:
        put(plain_table(HEAD, bill_rows(bill), right=HEAD[1:]))
        for line in describe_bill(bill, known.found, options.rates):
            say(line)
    return bill_as_json(bill, known.found, options.rates)


def _outlook(
    known: _Measured, launcher: Launcher, runtime: Runtime, seconds: float, options: BillOptions
) -> dict[str, Any]:
    """What is there after so many seconds, printed but for JSON."""
    from dataclasses import asdict

    from stepstone.evidence.outlook import HEAD, describe_outlook, look_ahead, outlook_rows
    from stepstone.pipeline.priced import describe_found
    from stepstone.report.markup import plain_table

    found = look_ahead(
        known.plan, known.store, known.missing, known.pace, seconds, launcher.num_slots, runtime.num_devices
    )
    if not options.as_json:
        put(plain_table(HEAD, outlook_rows(found), right=HEAD[3:]))
        for line in (*describe_outlook(found), *(() if options.bill else describe_found(known.found))):
            say(line)
    return {"until": asdict(found)}
