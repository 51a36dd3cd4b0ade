"""`stepstone plan`: what a study takes, in stages, data and power; its mixtures; its bill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stepstone.cli.app import app, load, plan_of, put, read_local, say
from stepstone.cli.bill import BillOptions, bill_study, plan_or_size
from stepstone.cli.options import (
    STORE,
    AsJson,
    Catalogues,
    DataFolders,
    Device,
    MeasureSeconds,
    NoHub,
    NumDevices,
    NumWorkers,
    Shard,
    StoreFolder,
    StudyName,
    TimeLimit,
    TimesAsFast,
    Watts,
)
from stepstone.cli.order import example_lines

if TYPE_CHECKING:
    from stepstone.planning.plan import Plan
    from stepstone.planning.preflight import Preflight
    from stepstone.store.store import Store


@app.command(
    "plan",
    epilog=example_lines(
        "stepstone plan quickstart --show",
        "stepstone plan phang2020 --without-data",
        "stepstone plan quickstart --bill --workers 2",
        "stepstone plan quickstart --until 8h",
    ),
)
def plan_(
    study: StudyName,
    show: Annotated[bool, typer.Option("--show", help="Print every stage.")] = False,
    without_data: Annotated[
        bool, typer.Option("--without-data", help="Show the study's size without looking for its data.")
    ] = False,
    mix: Annotated[
        bool, typer.Option("--mix", help="Show what each portion of every mixture contributes, from its data.")
    ] = False,
    bill: Annotated[bool, typer.Option("--bill", help="Say what a run would take on this machine.")] = False,
    until: TimeLimit = None,
    measure: MeasureSeconds = 300.0,
    watts: Watts = None,
    times_as_fast: TimesAsFast = None,
    workers: NumWorkers = None,
    device: Device = "auto",
    devices_per_job: NumDevices = 1,
    shard: Shard = False,
    store: StoreFolder = STORE,
    data: DataFolders = None,
    no_hub: NoHub = False,
    catalogue: Catalogues = None,
    as_json: AsJson = False,
) -> None:
    """Say what a study takes; read its data once, but for tables of the hub, and refuse what `run` would."""
    from stepstone.core.recipe import Runtime
    from stepstone.launchers.local import Local
    from stepstone.pipeline.priced import Rates
    from stepstone.store.given import opened

    loaded = load(study, catalogue)
    if bill or until is not None:
        wanted = BillOptions(bill, until, measure, Rates(watts, times_as_fast), as_json)
        planned = plan_or_size(loaded, store, data, no_hub, not without_data)
        runtime = Runtime(device=device, num_devices=devices_per_job, shard=shard)
        bill_study(planned, store, Local(workers, opened(store).root / "logs"), runtime, wanted)
        return
    planned = plan_of(loaded, store, data, no_hub, with_data=not without_data)
    _show(planned, None if without_data else read_local(planned), opened(store), mix=mix, as_json=as_json, stages=show)


def _show(planned: Plan, found: Preflight | None, store: Store, *, mix: bool, as_json: bool, stages: bool) -> None:
    """Print the inspector of mixtures, or the plan: as JSON, or in lines and with its stages."""
    from stepstone.cli.mixtures import show_mixtures
    from stepstone.cli.show import describe_data, plan_as_json, stages_table
    from stepstone.evidence.power import describe_power, settings_of
    from stepstone.pipeline.described import describe_plan
    from stepstone.pipeline.disk import describe_disk
    from stepstone.planning.mixes import inspect_mixtures
    from stepstone.planning.preflight import Preflight

    read = found or Preflight()
    if mix:
        show_mixtures(inspect_mixtures(planned, store), as_json)
        return
    power = settings_of(planned, store)
    if as_json:
        put(plan_as_json(planned, power, read), as_json)
        return
    sized = (*describe_plan(planned), *describe_disk(planned, store))
    for line in (*sized, *describe_data(read, planned.study), *describe_power(power, planned.study)):
        say(line)
    if stages:
        put(stages_table(planned))
