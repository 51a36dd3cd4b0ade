"""Computing a study, or its twin in the lab: load it, name where and how, run it to its end."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from stepstone.cli.app import app, load, plan_of, say
from stepstone.cli.options import (
    STORE,
    Catalogues,
    DataFolders,
    Device,
    LauncherName,
    LauncherOptions,
    NoHub,
    NumDevices,
    NumWorkers,
    OutFolder,
    ReleaseWeights,
    Restore,
    Shard,
    StoreFolder,
    StudyName,
    TimeLimit,
    TrackerName,
    TrainTokens,
)
from stepstone.cli.order import example_lines
from stepstone.cli.running import RunOptions, run_to_end


@app.command(
    "run",
    epilog=example_lines(
        "stepstone run quickstart",
        "stepstone run study.toml --data DATA --workers 2",
        "stepstone run quickstart --track tensorboard",
        "stepstone run study.toml --until 8h",
        "stepstone run quickstart --launcher slurm --launcher-option partition=cpu --launcher-option time=2:00:00",
    ),
)
def run_(
    study: StudyName,
    store: StoreFolder = STORE,
    data: DataFolders = None,
    out: OutFolder = None,
    launcher: LauncherName = "local",
    launcher_option: LauncherOptions = None,
    workers: NumWorkers = None,
    device: Device = "auto",
    devices_per_job: NumDevices = 1,
    shard: Shard = False,
    train_tokens: TrainTokens = None,
    restore: Restore = None,
    release_weights: ReleaseWeights = False,
    track: TrackerName = None,
    until: TimeLimit = None,
    no_hub: NoHub = False,
    catalogue: Catalogues = None,
) -> None:
    """Compute what is missing, then show the table and write the report."""
    began = time.monotonic()
    from stepstone.catalogue.own import catalogue_of
    from stepstone.core.recipe import Runtime
    from stepstone.launchers.find import find_launcher
    from stepstone.store.given import opened
    from stepstone.trackers.find import find_tracker

    loaded = load(study, catalogue)
    make = find_launcher(launcher, catalogue_of(loaded))
    tracker = find_tracker(track, catalogue_of(loaded)) if track else None
    planned = plan_of(loaded, store, data, no_hub)
    runtime = Runtime(device=device, num_devices=devices_per_job, shard=shard, train_tokens=train_tokens)
    place = make(workers, opened(store).root / "logs", launcher_option or ())
    wishes = RunOptions(
        restore=restore or (), release_weights=release_weights, track=tracker, source=study, ends=_ends(began, until)
    )
    run_to_end(planned, store, out, place, runtime, wishes)


@app.command(
    "rehearse",
    epilog=example_lines(
        "stepstone rehearse phang2020 --plan",
        "stepstone rehearse phang2020 --until 15m",
        "stepstone rehearse study.toml",
    ),
)
def rehearse_(
    study: StudyName,
    store: StoreFolder = STORE,
    out: OutFolder = None,
    launcher: LauncherName = "local",
    launcher_option: LauncherOptions = None,
    workers: NumWorkers = None,
    device: Device = "auto",
    track: TrackerName = None,
    until: TimeLimit = None,
    only_plan: Annotated[bool, typer.Option("--plan", help="Show the rehearsal's size and run nothing.")] = False,
    catalogue: Catalogues = None,
) -> None:
    """Run a study's twin: the lab's data and small encoders in place of the real ones."""
    began = time.monotonic()
    from stepstone.catalogue.own import catalogue_of
    from stepstone.core.recipe import Runtime
    from stepstone.launchers.find import find_launcher
    from stepstone.pipeline.described import describe_plan
    from stepstone.planning.rehearse import left_out, rehearse
    from stepstone.planning.twins import stand_ins
    from stepstone.store.given import opened
    from stepstone.trackers.find import find_tracker

    loaded = load(study, catalogue)
    make = find_launcher(launcher, catalogue_of(loaded))
    tracker = find_tracker(track, catalogue_of(loaded)) if track else None
    planned = plan_of(rehearse(loaded), store, None, no_hub=True)
    if left_out(loaded):
        say(f"the lab has no language like these, which are left out: {', '.join(left_out(loaded))}")
    for line in (*stand_ins(loaded), *(describe_plan(planned) if only_plan else ())):
        say(line)
    if only_plan:
        return
    place = make(workers, opened(store).root / "logs", launcher_option or ())
    wishes = RunOptions(track=tracker, source=study, ends=_ends(began, until))
    run_to_end(planned, store, out, place, Runtime(device=device), wishes)


def _ends(began: float, until: float | None) -> float | None:
    """When a command's time is up; None: never."""
    return None if until is None else began + until
