"""The verbs of a study. Each loads it, calls the Python API and shows what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stepstone.cli.app import app, console, load, plan_of, put, say
from stepstone.cli.options import (
    STORE,
    AsJson,
    Catalogues,
    DataFolders,
    NoHub,
    StoreFolder,
    StudyName,
)
from stepstone.cli.order import example_lines


@app.command("list", epilog=example_lines("stepstone list studies", "stepstone list models --json"))
def list_(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT", help="tasks, models, ladders, languages, benchmarks, launchers, trackers or studies"
        ),
    ] = "tasks",
    catalogue: Catalogues = None,
    as_json: AsJson = False,
) -> None:
    """List what there is to make studies of."""
    from stepstone.catalogue.catalogue import Catalogue
    from stepstone.cli.listing import NOT_AVAILABLE, fit_table, list_rows, shortened
    from stepstone.core.ready import READY

    known = Catalogue.open(catalogue or ())
    if catalogue:
        from stepstone.data.declarations import check_folders

        check_folders(known)
    rows = list_rows(what, known)
    if as_json:
        return put(rows, as_json=True)
    shown = shortened(row for row in rows if NOT_AVAILABLE not in row)
    table, left_out = fit_table(shown, console().width)
    if shown or not rows:
        put(table)
    if what == "studies":
        say(f"files of ready studies lie in {READY}")
    for row in rows:
        if NOT_AVAILABLE in row:
            say(f"{NOT_AVAILABLE}: {row.get('name') or row.get('ladder')}: {row[NOT_AVAILABLE]}")
    if left_out:
        say(f"not shown for want of room: {', '.join(left_out)}; a wider terminal or --json has them")


@app.command("status", epilog=example_lines("stepstone status quickstart"))
def status_(
    study: StudyName,
    store: StoreFolder = STORE,
    data: DataFolders = None,
    no_hub: NoHub = False,
    catalogue: Catalogues = None,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every five seconds, until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Count what is done, missing and failed, and show what is at work."""
    from stepstone.cli.show import status_as_json
    from stepstone.cli.watching import show_status
    from stepstone.pipeline.explain import find_status
    from stepstone.store.given import opened

    planned = plan_of(load(study, catalogue), store, data, no_hub)
    if as_json:
        put(status_as_json(find_status(planned, opened(store))), as_json)
        return
    show_status(planned, store, again=watch)


@app.command("why", epilog=example_lines("stepstone why quickstart quick/span.ja/s1"))
def why_(
    study: StudyName,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="A stage's label, as `plan --show` prints it.")],
    store: StoreFolder = STORE,
    data: DataFolders = None,
    no_hub: NoHub = False,
    catalogue: Catalogues = None,
    as_json: AsJson = False,
) -> None:
    """Say why a stage is done, missing, failed, or not the one that was computed before."""
    from stepstone.pipeline.explain import explain
    from stepstone.store.given import opened

    reason = explain(plan_of(load(study, catalogue), store, data, no_hub), opened(store), label)
    if as_json:
        put(vars(reason), as_json)
        return
    for line in (f"{reason.label}: {reason.state}", *(f"  {line}" for line in reason.lines)):
        say(line)


@app.command("rescore", epilog=example_lines("stepstone rescore quickstart --definition jiant --out rescored.csv"))
def rescore_(
    study: StudyName,
    definition: Annotated[str, typer.Option("--definition", metavar="NAME", help="By whose rules to score.")],
    store: StoreFolder = STORE,
    data: DataFolders = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="A .csv or .json file.", show_default="reports/STUDY/..."),
    ] = None,
    no_hub: NoHub = False,
    catalogue: Catalogues = None,
) -> None:
    """Score kept predictions by another named definition, without a model; records stay as they are."""
    from stepstone.pipeline.rescore import rescore, write_rows
    from stepstone.store.given import opened

    planned = plan_of(load(study, catalogue), store, data, no_hub)
    rows = rescore(planned, opened(store), definition)
    path = out or Path("reports") / planned.study.name / f"rescored-{definition}.csv"
    write_rows(path, rows)
    num_stopped = sum(row["score"] is None for row in rows)
    stopped = f", {num_stopped:,} of them without a score (column stops)" if num_stopped else ""
    say(f"{len(rows):,} evaluations rescored by {definition}{stopped}: {path}")


@app.command(
    "prune", epilog=example_lines("stepstone prune quickstart --weights", "stepstone prune quickstart --weights --yes")
)
def prune_(
    studies: Annotated[list[str] | None, typer.Argument(metavar="STUDY", help="Studies to look after.")] = None,
    weights: Annotated[bool, typer.Option("--weights", help="Weights that all scores were read off.")] = False,
    superseded: Annotated[
        bool, typer.Option("--superseded", help="Records whose label the studies now give to another key.")
    ] = False,
    others: Annotated[bool, typer.Option("--others", help="Records that none of the studies plans.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove; without it, only say what would go.")] = False,
    store: StoreFolder = STORE,
    data: DataFolders = None,
    no_hub: NoHub = False,
    catalogue: Catalogues = None,
) -> None:
    """Free space: tries that led nowhere and, if asked for, more."""
    from stepstone.cli.show import removals_table
    from stepstone.pipeline.prune import find_removals, remove
    from stepstone.store.given import opened

    opened_store = opened(store)
    plans = [plan_of(load(study, catalogue), store, data, no_hub) for study in studies or ()]
    removals = find_removals(opened_store, plans, weights=weights, superseded=superseded, others=others)
    if not removals:
        say("nothing to remove")
        return
    put(removals_table(removals))
    num_bytes = sum(removal.num_bytes for removal in removals)
    if yes:
        remove(opened_store, removals)
    say(f"{num_bytes:,} bytes in {len(removals):,} places" + (" freed" if yes else "; free them with --yes"))
