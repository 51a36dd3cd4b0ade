"""`stepstone data check`: what is there, whether it can be read, and with which warnings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from stepstone.cli.app import app, cache_of, load, put, say
from stepstone.cli.options import STORE, AsJson, Catalogues, DataFolders, NoHub, StoreFolder
from stepstone.cli.order import Verbs, example_lines
from stepstone.cli.reading import show_line
from stepstone.core.errors import UserError, nearest

if TYPE_CHECKING:
    from stepstone.audit.check import TaskReport
    from stepstone.catalogue.catalogue import Catalogue
    from stepstone.core.place import Place
    from stepstone.core.study import Study
    from stepstone.core.task import Task

data_app = typer.Typer(
    cls=Verbs,
    help="Look at data before anything is trained on it.",
    epilog=example_lines("stepstone data check study.toml", "stepstone data get xnli --lang de"),
)
app.add_typer(data_app, name="data")

TaskNames = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TASK",
        help="Tasks of the catalogue; a study, by file or name, stands for its tasks in the languages it asks for.",
        show_default="the whole catalogue",
    ),
]


@data_app.command(
    "check", epilog=example_lines("stepstone data check xnli squad --data DATA", "stepstone data check study.toml")
)
def check_(
    tasks: TaskNames = None,
    data: DataFolders = None,
    store: StoreFolder = STORE,
    no_hub: NoHub = False,
    catalogue: Catalogues = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Also end with 1 where there are warnings, though all can be read.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read all data of tasks: rows, labels, duplicates, overlaps, every error.

    Tables of the hub are read where no file is found, as by `run`; without
    names, what lies in folders of data is read, and no hub.

    Exit status 0: all that was found can be read.

    Exit status 1: a file is damaged, incomplete or not what its task says,
    or a task that was named has no data.

    Exit status 2: bad input, such as a task that does not exist.

    Samples are useful and releases are not perfect: fewer rows than the
    release has, stripped test labels, contradicting duplicates and examples
    that are known from training are reported, but change the status only with
    --strict (to 1).
    """
    from stepstone.core.place import Place

    asked, known, _ = named_tasks(tasks or (), catalogue or ())
    place = Place(folders=tuple(data or ()), cache=cache_of(store), use_hub=bool(tasks) and not no_hub)
    _check_place(place, known)
    _name_refused(place, as_json)
    reports = []
    for report in _reports(asked, place, known):
        reports.append(report)
        if not as_json and (tasks or not report.is_empty):
            _show(report, place)
    _end(reports, as_json=as_json, strict=strict, named=bool(tasks))


def _show(report: TaskReport, place: Place) -> None:
    from stepstone.audit.findings import NUMBERS, finding_sentences, report_table
    from stepstone.report.markup import plain_table

    say(f"{report.task}: {report.title}" + (f" ({report.licence})" if report.licence else ""))
    if not report.is_empty:
        put(plain_table(*report_table(report, place), right=NUMBERS))
    say("\n".join(finding_sentences(report, place)) + "\n")


def _end(reports: Sequence[TaskReport], *, as_json: bool, strict: bool, named: bool) -> NoReturn:
    """The whole as JSON or in one sentence, and the exit status; tasks that were named must have data."""
    from stepstone.audit.findings import is_spotless, summary

    if as_json:
        put([report.model_dump(mode="json") for report in reports], as_json)
    else:
        say(summary(reports))
    failed = any(report.num_errors or (named and report.is_empty) for report in reports)
    raise SystemExit(1 if failed or (strict and not all(map(is_spotless, reports))) else 0)


def named_tasks(names: Sequence[str], folders: Sequence[Path]) -> tuple[tuple[Task, ...], Catalogue, tuple[Study, ...]]:
    """The tasks that are asked for, the catalogue with what studies among the names bring, and these studies."""
    from stepstone.audit.asked import tasks_of
    from stepstone.catalogue.available import available
    from stepstone.catalogue.catalogue import Catalogue
    from stepstone.catalogue.own import declare
    from stepstone.data.declarations import check_folders

    known = Catalogue.open(folders).tasks()
    studies = {name: load(name, folders) for name in names if _is_study(name, known)}
    catalogue = Catalogue.open([*folders, *(folder for study in studies.values() for folder in study.catalogue)])
    check_folders(catalogue)
    own = {name: task for study in studies.values() for name, task in declare(study.task, catalogue).items()}
    catalogue = catalogue.model_copy(update={"study_tasks": own})
    _refuse_unknown(set(names) - studies.keys(), catalogue)
    wanted: dict[str, Task] = {}
    for name in names or [task.name for task in available(catalogue.tasks(), catalogue.task)]:
        found = tasks_of(studies[name], catalogue) if name in studies else [catalogue.task(name)]
        for task in found:
            # A task that is named by itself is read whole.
            wanted[task.name] = catalogue.task(task.name) if task.name in wanted or task.name in names else task
    return tuple(wanted.values()), catalogue, tuple(studies.values())


def _is_study(name: str, tasks: Collection[str]) -> bool:
    """Whether a file is named, or what is no task but a study."""
    from stepstone.core.ready import studies

    return name.endswith(".toml") or (name not in tasks and name in studies())


def _refuse_unknown(names: Collection[str], catalogue: Catalogue) -> None:
    """Raise UserError for a name that is neither a task's nor a study's, with the nearest of both and of files here."""
    from stepstone.core.ready import studies

    for name in sorted(set(names) - set(catalogue.tasks())):
        known = {*catalogue.tasks(), *studies(), *(path.name for path in Path().glob("*.toml"))}
        raise UserError(f'no task and no study is called "{name}"', remedy=nearest(name, known))


def _check_place(place: Place, catalogue: Catalogue) -> None:
    # Files of a study's own task are found from the study's folder on.
    if not (place.folders or place.use_hub or catalogue.study_tasks):
        raise UserError(
            "no folder of data was given", remedy="--data FOLDER, or STEPSTONE_DATA; or name tasks that lie on the hub"
        )
    for folder in place.folders:
        if not folder.is_dir():
            raise UserError("is not a folder", where=str(folder), remedy="give folders of data that exist")


def _name_refused(place: Place, as_json: bool) -> None:
    """Name the archives in the folders that are not opened, and why, for a person."""
    from stepstone.data.find import passed_over

    for line in () if as_json else passed_over(place):
        say(line)


def _reports(tasks: Sequence[Task], place: Place, catalogue: Catalogue) -> Iterator[TaskReport]:
    """A report of each task; on a terminal a line says which one is being read."""
    from stepstone.audit.check import check_task
    from stepstone.audit.overlap import running_text

    text = running_text(place)
    for number, task in enumerate(tasks, 1):
        show_line(f"reading {task.name} ({number} of {len(tasks)})")
        report = check_task(task, place, catalogue, text)
        show_line("")
        yield report
