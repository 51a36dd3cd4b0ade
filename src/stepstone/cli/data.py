"""`stepstone data check`: what is there, whether it can be read, and what in it is to be minded."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from stepstone.cli.app import app, put, say
from stepstone.cli.options import STORE, AsJson, DataFolders, StoreFolder
from stepstone.core.errors import UserError

if TYPE_CHECKING:
    from stepstone.core.place import Place
    from stepstone.core.task import Task
    from stepstone.data.check import Report

data_app = typer.Typer(no_args_is_help=True, help="Look at data before anything is trained on it.")
app.add_typer(data_app, name="data")

TaskNames = Annotated[
    list[str] | None, typer.Argument(metavar="[TASK]...", help="Tasks of the catalogue.", show_default="all of them")
]


@data_app.command("check")
def check_(
    tasks: TaskNames = None,
    data: DataFolders = None,
    store: StoreFolder = STORE,
    with_hub: Annotated[
        bool, typer.Option("--with-hub", help="Load tables from the hub where no local file is found.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Also end with 1 where something is to be minded, though it can be read.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read all data of tasks: rows, labels, duplicates, overlaps, every error.

    Exit status 0: all that was found can be read.

    Exit status 1: a file is damaged, incomplete or not what its task says,
    or a task that was named has no data.

    Exit status 2: bad input, such as a task that does not exist.

    Samples are useful and releases are not perfect: fewer rows than the
    release has, stripped test labels, contradicting duplicates and examples
    that are known from training are told, but change the status only with
    --strict (to 1).
    """
    from stepstone.cli.findings import is_spotless, sentences, summary, table_of
    from stepstone.core.place import Place

    place = Place(folders=tuple(data or ()), cache=store / "cache", use_hub=with_hub)
    _check_place(place)
    reports = []
    for report in _reports(_chosen(tasks), place):
        reports.append(report)
        if as_json or (report.is_empty and not tasks):
            continue
        say(f"{report.task}: {report.title} ({report.licence})")
        if not report.is_empty:
            put(table_of(report, place))
        say("\n".join(sentences(report, place)) + "\n")
    if as_json:
        put([report.model_dump(mode="json") for report in reports], as_json)
    else:
        say(summary(reports))
    failed = any(report.num_errors or (tasks and report.is_empty) for report in reports)
    raise SystemExit(1 if failed or (strict and not all(map(is_spotless, reports))) else 0)


def _chosen(names: Sequence[str] | None) -> tuple[Task, ...]:
    from stepstone.catalogue import lookup

    return tuple(lookup.task(name) for name in names or lookup.tasks())


def _check_place(place: Place) -> None:
    if not place.folders and not place.use_hub:
        raise UserError("no folder of data was given", remedy="--data FOLDER, or STEPSTONE_DATA; or --with-hub")
    for folder in place.folders:
        if not folder.is_dir():
            raise UserError("is not a folder", where=str(folder), remedy="give folders of data that exist")


def _reports(tasks: Sequence[Task], place: Place) -> Iterator[Report]:
    """A report of each task; on a terminal a line tells which one is being read."""
    from stepstone.data.check import check
    from stepstone.data.overlap import told_in

    told = told_in(place)
    for number, task in enumerate(tasks, 1):
        _tell(f"reading {task.name} ({number} of {len(tasks)})")
        report = check(task, place, told)
        _tell("")
        yield report


def _tell(line: str) -> None:
    if sys.stderr.isatty():
        # Back to the start of the line, and clear it.
        print(f"\r\x1b[2K{line}", end="", file=sys.stderr, flush=True)
