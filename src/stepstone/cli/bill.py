"""`stepstone plan STUDY --bill`: what is missing is measured by a few steps, and what a run would take is shown."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from stepstone.cli.app import plan_of, put, say
from stepstone.core.errors import UserError
from stepstone.core.visible import visible

if TYPE_CHECKING:
    from stepstone.core.recipe import Runtime
    from stepstone.core.study import Study
    from stepstone.launchers.launcher import Launcher
    from stepstone.pipeline.priced import Rates
    from stepstone.planning.plan import Plan


def bill_study(
    study: Study,
    store: str,
    data: list[Path] | None,
    no_hub: bool,
    with_data: bool,
    workers: int | None,
    device: str,
    seconds: float,
    figures: tuple[float | None, float | None],
    as_json: bool,
) -> None:
    """Print the bill of a study; `figures` are watts, and how many times as fast another device is."""
    from stepstone.core.recipe import Runtime
    from stepstone.launchers.local import Local
    from stepstone.pipeline.priced import Rates
    from stepstone.store.given import opened

    planned = _plan(study, store, data, no_hub, with_data)
    _show(
        planned,
        store,
        Local(workers, opened(store).root / "logs"),
        Runtime(device=device),
        seconds,
        Rates(*figures),
        as_json,
    )


def _show(
    planned: Plan,
    store: str,
    launcher: Launcher,
    runtime: Runtime,
    seconds: float,
    rates: Rates,
    as_json: bool,
) -> None:
    """Measure for at most so many seconds, then print the bill of what is missing; 0: by records alone."""
    from stepstone.pipeline.bill import make_bill
    from stepstone.pipeline.jobs import find_missing
    from stepstone.pipeline.measured import counted, find_amounts, measured
    from stepstone.pipeline.measuring import measure
    from stepstone.pipeline.priced import HEAD, bill_as_json, bill_rows, describe_bill
    from stepstone.report.markup import plain_table
    from stepstone.store.given import opened

    shelf = opened(store)
    missing = find_missing(planned.stages, shelf)
    amounts = find_amounts(planned, counted(planned))
    pace, found = measured(planned, shelf, missing, amounts), None
    if seconds and planned.place.with_data and any(not pace.knows(planned.stages[key]) for key in missing):
        with tempfile.TemporaryDirectory(prefix="stepstone-bill-") as folder:
            found = measure(planned, missing, pace, amounts, launcher, runtime, Path(folder), seconds)
    bill = make_bill(planned, missing, pace, shelf, launcher.num_slots, found.startup if found else 0.0)
    if as_json:
        put(bill_as_json(bill, found, rates), as_json)
        return
    put(plain_table(HEAD, bill_rows(bill), right=HEAD[1:]))
    for line in describe_bill(bill, found, rates):
        say(line)


def _plan(study: Study, store: str, data: list[Path] | None, no_hub: bool, with_data: bool) -> Plan:
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
