"""The verbs. Each loads a study, calls the Python API and shows what came of it."""

# The one place where imports stand inside functions: planning, tables and figures open libraries that take
# seconds, and neither `stepstone --help` nor a mistyped name should wait for them.
from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console

from stepstone.cli.options import (
    STORE,
    AsJson,
    DataFolders,
    Device,
    NoHub,
    NumWorkers,
    OutFolder,
    StoreFolder,
    StudyName,
)
from stepstone.core.errors import UserError

if TYPE_CHECKING:
    from stepstone.core.study import Study
    from stepstone.pipeline.plan import Plan

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Which intermediate task, in which language, at which model size, makes an encoder transfer better?",
)


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(help="tasks, models, languages, benchmarks or studies")] = "tasks",
    as_json: AsJson = False,
) -> None:
    """List what there is to make studies of."""
    from stepstone.cli.listing import list_rows, table_of

    rows = list_rows(what)
    _print(rows if as_json else table_of(rows), as_json)


@app.command("plan")
def plan_(
    study: StudyName,
    show: Annotated[bool, typer.Option("--show", help="Print every stage.")] = False,
    store: StoreFolder = STORE,
    data: DataFolders = None,
    no_hub: NoHub = False,
    as_json: AsJson = False,
) -> None:
    """Say what a study takes, with every name and all data checked."""
    from stepstone.cli.show import describe_plan, plan_as_json, stages_table

    planned = _plan(_load(study), store, data, no_hub)
    if as_json:
        _print(plan_as_json(planned), as_json)
        return
    for line in describe_plan(planned):
        _say(line)
    if show:
        _print(stages_table(planned))


@app.command("run")
def run_(
    study: StudyName,
    store: StoreFolder = STORE,
    data: DataFolders = None,
    out: OutFolder = None,
    workers: NumWorkers = None,
    device: Device = "auto",
    no_hub: NoHub = False,
) -> None:
    """Compute what is missing, then show the table and write the report."""
    _run(_plan(_load(study), store, data, no_hub), store, out, workers, device)


@app.command("rehearse")
def rehearse_(
    study: StudyName,
    store: StoreFolder = STORE,
    out: OutFolder = None,
    workers: NumWorkers = None,
    device: Device = "auto",
) -> None:
    """Run a study's twin: the lab's data and small encoders in place of the real ones."""
    from stepstone.pipeline.rehearse import left_out, rehearse

    asked = _load(study)
    planned = _plan(rehearse(asked), store, None, no_hub=True)
    if left_out(asked):
        _say(f"the lab has no language like these, which are left out: {', '.join(left_out(asked))}")
    _run(planned, store, out, workers, device)


@app.command("status")
def status_(
    study: StudyName,
    store: StoreFolder = STORE,
    data: DataFolders = None,
    no_hub: NoHub = False,
    as_json: AsJson = False,
) -> None:
    """Count what is done, missing and failed."""
    from stepstone.cli.show import status_as_json, status_tables
    from stepstone.pipeline.explain import find_status
    from stepstone.store.store import Store

    status = find_status(_plan(_load(study), store, data, no_hub), Store(store))
    if as_json:
        _print(status_as_json(status), as_json)
        return
    for table in status_tables(status):
        _print(table)
    for failure in status.failures.values():
        _say(f"failed: {failure.label}: {failure.message}" + (f" (log: {failure.log})" if failure.log else ""))


@app.command("why")
def why_(
    study: StudyName,
    label: Annotated[str, typer.Argument(help="A stage's label, as `plan --show` prints it.")],
    store: StoreFolder = STORE,
    data: DataFolders = None,
    no_hub: NoHub = False,
    as_json: AsJson = False,
) -> None:
    """Say why a stage is done, missing, failed, or not the one that was computed before."""
    from stepstone.pipeline.explain import explain
    from stepstone.store.store import Store

    reason = explain(_plan(_load(study), store, data, no_hub), Store(store), label)
    if as_json:
        _print(vars(reason), as_json)
        return
    for line in (f"{reason.label}: {reason.state}", *(f"  {line}" for line in reason.lines)):
        _say(line)


@app.command("report")
def report_(
    study: StudyName,
    store: StoreFolder = STORE,
    data: DataFolders = None,
    out: OutFolder = None,
    no_hub: NoHub = False,
) -> None:
    """Show the table and write the report of what is there; gaps are shown as gaps."""
    _report(_plan(_load(study), store, data, no_hub), store, out)


@app.command("rescore")
def rescore_(
    study: StudyName,
    definition: Annotated[str, typer.Option("--definition", help="By whose rules to score.")],
    store: StoreFolder = STORE,
    data: DataFolders = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="A .csv or .json file.", show_default="reports/STUDY/...")
    ] = None,
    no_hub: NoHub = False,
) -> None:
    """Score kept predictions by another named definition, without a model; records stay as they are."""
    from stepstone.pipeline.rescore import rescore, write_rows
    from stepstone.store.store import Store

    planned = _plan(_load(study), store, data, no_hub)
    rows = rescore(planned, Store(store), definition)
    path = out or Path("reports") / planned.study.name / f"rescored-{definition}.csv"
    write_rows(path, rows)
    _say(f"{len(rows):,} evaluations rescored by {definition}: {path}")


@app.command("prune")
def prune_(
    studies: Annotated[list[str] | None, typer.Argument(metavar="[STUDY]...", help="Studies to look after.")] = None,
    weights: Annotated[bool, typer.Option("--weights", help="Weights that all scores were read off.")] = False,
    superseded: Annotated[
        bool, typer.Option("--superseded", help="Records whose label the studies now give to another key.")
    ] = False,
    others: Annotated[bool, typer.Option("--others", help="Records that none of the studies plans.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove; without it, only say what would go.")] = False,
    store: StoreFolder = STORE,
    data: DataFolders = None,
    no_hub: NoHub = False,
) -> None:
    """Free space: tries that led nowhere and, if asked for, more."""
    from stepstone.cli.show import removals_table
    from stepstone.pipeline.prune import find_removals, remove
    from stepstone.store.store import Store

    shelf = Store(store)
    plans = [_plan(_load(study), store, data, no_hub) for study in studies or ()]
    removals = find_removals(shelf, plans, weights=weights, superseded=superseded, others=others)
    _print(removals_table(removals))
    num_bytes = sum(removal.num_bytes for removal in removals)
    if yes:
        remove(shelf, removals)
    _say(f"{num_bytes:,} bytes in {len(removals):,} places" + (" freed" if yes else "; free them with --yes"))


def main() -> NoReturn:
    """The entry point. Exit status: 0 done, 1 something failed, 2 bad input, 130 interrupted."""
    from stepstone.store.files import storage_errors

    try:
        with storage_errors(Path.cwd()):
            app(standalone_mode=True)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        # The reader of our output went away, as in `stepstone list | head`: no more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)


def _load(name: str) -> Study:
    from stepstone.cli.listing import find_study
    from stepstone.core.study import Study

    return Study.load(find_study(name))


def _plan(study: Study, store: Path, data: list[Path] | None, no_hub: bool) -> Plan:
    from stepstone.core.place import Place
    from stepstone.pipeline.plan import plan

    return plan(study, Place(folders=tuple(data or ()), cache=store / "cache", use_hub=not no_hub))


def _run(planned: Plan, store: Path, out: Path | None, workers: int | None, device: str) -> NoReturn:
    from stepstone.cli.show import describe_outcome, describe_plan
    from stepstone.core.recipe import Runtime
    from stepstone.launchers.local import Local
    from stepstone.pipeline.display import watch_on
    from stepstone.pipeline.run import run
    from stepstone.store.store import Store

    for line in describe_plan(planned):
        _say(line)
    # `kill` and a batch system's end of time are answered as Ctrl-C is: save, stop, say how to continue.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    launcher = Local(workers, store / "logs")
    outcome = run(planned, Store(store), launcher, Runtime(device=device), watch_on(_console()))
    for line in describe_outcome(outcome):
        _say(line)
    if not outcome.interrupted:
        _report(planned, store, out)
    raise SystemExit(outcome.exit_status)


def _report(planned: Plan, store: Path, out: Path | None) -> None:
    from stepstone.evidence.compare import compare
    from stepstone.evidence.frame import collect
    from stepstone.report.page import report
    from stepstone.report.tables import terminal
    from stepstone.store.store import Store

    frame = collect(planned, Store(store))
    comparison = compare(frame, planned.study)
    _console().print(terminal(planned, frame, comparison))
    folder = out or Path("reports") / planned.study.name
    _say(f"report: {report(planned, frame, folder, comparison)}")


def _console() -> Console:
    # Where nobody watches there is no width to fit into: lines are not to be cut.
    return Console() if sys.stdout.isatty() else Console(width=200)


def _print(value: Any, as_json: bool = False) -> None:
    if as_json:
        print(json.dumps(value, ensure_ascii=False, indent=1))
    else:
        _console().print(value)


def _say(line: str) -> None:
    print(line)
