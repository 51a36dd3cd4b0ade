"""A run from its first line to its report, as `run` and `rehearse` show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from stepstone.cli.app import console, say

if TYPE_CHECKING:
    import pandas as pd

    from stepstone.core.recipe import Runtime
    from stepstone.evidence.beside import ReportedScore
    from stepstone.launchers.launcher import Launcher
    from stepstone.pipeline.progress import Watch
    from stepstone.pipeline.until import Until
    from stepstone.planning.plan import Plan
    from stepstone.store.store import Store
    from stepstone.trackers.find import TrackFunction


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What is asked of a run beside its results.

    Attributes:
        restore: labels of checkpoints that are trained again where their weights were released.
        release_weights: let weights go once all is read off them.
        track: curves of it, too.
        source: the study's file, or its name.
        ends: when it ends, on the clock of `time.monotonic()`; None: when all is done.
    """

    restore: Sequence[str] = ()
    release_weights: bool = False
    track: TrackFunction | None = None
    source: str | None = None
    ends: float | None = None


def run_to_end(
    planned: Plan, store: str, out: Path | None, launcher: Launcher, runtime: Runtime, options: RunOptions
) -> NoReturn:
    """Compute what is missing, or what can be until the end, write the report, and leave with the run's status."""
    from stepstone.cli.display import watch_on
    from stepstone.cli.reading import ReadingLines
    from stepstone.pipeline.described import describe_outcome, describe_plan
    from stepstone.pipeline.run import run
    from stepstone.store.files import make_folder, storage_errors
    from stepstone.store.given import opened

    for line in describe_plan(planned):
        say(line)
    opened_store, folder = opened(store), folder_of(planned, out)
    with storage_errors(folder):
        # Not when all is computed, hours later.
        make_folder(folder)
    watch = _tracked(watch_on(console()), planned, folder, options.track)
    outcome = run(
        planned,
        opened_store,
        launcher,
        runtime,
        watch,
        options.restore,
        ReadingLines(),
        release_weights=options.release_weights,
        until=_end(planned, opened_store, launcher, options.ends),
    )
    for line in describe_outcome(outcome):
        say(line)
    if not outcome.interrupted:
        _report_once(planned, opened_store, out, options.source, outcome.there)
    raise SystemExit(outcome.exit_status)


def _end(planned: Plan, store: Store, launcher: Launcher, ends: float | None) -> Until | None:
    """The bound on the run's time, if there is one."""
    if ends is None:
        return None
    # What weighs intervals is opened by nothing else of a run, and takes as long as all the rest of a finished one.
    from stepstone.evidence.outlook import until

    return until(planned, store, ends, launcher.num_slots)


def _tracked(watch: Watch, planned: Plan, folder: Path, track: TrackFunction | None) -> Watch:
    """The same watch, and with it the tracker that is asked for; a lab's run is tagged as one."""
    from stepstone.pipeline.tracked import TrackedWatch

    if track is None:
        return watch
    tags = ("lab",) if planned.study.lab else ()
    return TrackedWatch(watch, track(planned.study.name, folder, tags))


def _report_once(planned: Plan, store: Store, out: Path | None, source: str | None, there: Mapping[str, str]) -> None:
    """Show the table and write the report, unless it was made of the same records."""
    from stepstone.report.current import PAGE, is_current, made_of

    folder = folder_of(planned, out)
    if is_current(folder, made_of(planned, store, there)):
        say(f"report: {folder / PAGE} (of these very records; `stepstone report` shows its table)")
    else:
        write_report(planned, store, out, source)


def folder_of(planned: Plan, out: Path | None) -> Path:
    """Where a study's report is."""
    return out or Path("reports") / planned.study.name


class ReportOptions(NamedTuple):
    """What is asked for beside table and page: formats of figures and of results, languages, scores of others."""

    formats: Sequence[str] = ()
    results: Sequence[str] = ()
    languages: bool = False
    theirs: Sequence[ReportedScore] = ()
    tolerance: float = 0.0


PAGE_ALONE = ReportOptions()


def write_report(
    planned: Plan, store: Store, out: Path | None, source: str | None, options: ReportOptions = PAGE_ALONE
) -> None:
    """Show the table, and write the report where it is not written yet; `source` is the study's file, or its name."""
    from stepstone.evidence.compare import compare
    from stepstone.evidence.frame import collect
    from stepstone.report.current import made_of, note_current
    from stepstone.report.formats import check_formats
    from stepstone.report.languages import languages_for_terminal
    from stepstone.report.notes import commands, is_empty
    from stepstone.report.page import report
    from stepstone.report.results import check_results, write_results
    from stepstone.report.tables import StudyTable

    check_formats(options.formats)
    check_results(options.results)
    digest = made_of(planned, store)
    frame = collect(planned, store)
    comparison = compare(frame, planned.study)
    console().print(StudyTable(comparison))
    if is_empty(comparison):
        say(f"first: {commands(planned.study, source)['run_command']}")
    if options.languages and (table := languages_for_terminal(frame, planned.study)) is not None:
        console().print(table)
    folder = folder_of(planned, out)
    beside = _beside(planned, frame, options) if options.theirs else None
    page = report(planned, frame, folder, comparison, beside, source=source, formats=options.formats)
    note_current(folder, digest)
    written = write_results(planned, frame, folder, options.results)
    if options.results:
        say(f"{len(written):,} result files: {', '.join(str(folder / name) for name in options.results)}")
    say(f"report: {page}")


def _beside(planned: Plan, frame: pd.DataFrame, options: ReportOptions) -> pd.DataFrame:
    """The table of others' scores beside ours, and a line that counts it."""
    from stepstone.core.model import HubModel
    from stepstone.evidence.beside import beside_rows
    from stepstone.evidence.frame import rows_of

    models = map(planned.catalogue.model, dict.fromkeys(cell.model for cell in planned.cells))
    repositories = {model.name: model.repository for model in models if isinstance(model, HubModel)}
    found = beside_rows(rows_of(frame), planned.study, options.theirs, options.tolerance, repositories)
    num_within, num_open = ((found["within"] == said).sum() for said in ("yes", ""))
    left = len(options.theirs) - len(found)
    points = f"{options.tolerance:g} point{'s' * (options.tolerance != 1)}"
    said = f"{num_within:,} of {len(found):,} scores of others are within {points} of ours"
    said += f", {num_open:,} are of what is not computed yet" if num_open else ""
    say(said + (f"; {left:,} more are of no cell of this study" if left else ""))
    return found
