"""`stepstone seal` and `stepstone verify`: a study as one archive, and the archive held against itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepstone.cli.app import app, load, plan_of, put, say
from stepstone.cli.options import STORE, AsJson, Catalogues, DataFolders, NoHub, StoreFolder, StudyName
from stepstone.cli.order import examples
from stepstone.core.errors import UserError

if TYPE_CHECKING:
    from stepstone.sealing.findings import Report

_SHOWN = 20  # findings printed; all of them are in the JSON


@app.command("seal", epilog=examples("stepstone seal quickstart --to quickstart.seal.zip"))
def seal_(
    study: StudyName,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="The archive.", show_default="STUDY.seal.zip")
    ] = None,
    rehearsal: Annotated[bool, typer.Option("--rehearsal", help="Seal the study's rehearsal, not the study.")] = False,
    store: StoreFolder = STORE,
    data: DataFolders = None,
    no_hub: NoHub = False,
    catalogue: Catalogues = None,
) -> None:
    """Write a study's records, predictions and comparisons as one archive that anybody can verify."""
    from stepstone.core.ready import find_study
    from stepstone.planning.rehearse import rehearse
    from stepstone.sealing.seal import seal
    from stepstone.store.given import opened

    asked = load(study, catalogue)
    planned = plan_of(rehearse(asked) if rehearsal else asked, store, data, no_hub)
    path = to or Path(f"{planned.study.name}.seal.zip")
    found = seal(planned, opened(store), find_study(study), path)
    say(f"{found.path}: {found.num_records:,} records, {found.num_evaluations:,} evaluations, {found.num_rows:,} rows")
    if found.gaps:
        say(f"gaps: {len(found.gaps):,} stages are not complete, the first of them {found.gaps[0]}")
    if found.withheld:
        say(f"without gold answers, whose licences do not let them be passed on: {', '.join(found.withheld)}")
    say(f"identity: {found.identity}")


@app.command("verify", epilog=examples("stepstone verify quickstart.seal.zip --rerun 2"))
def verify_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A sealed study.")],
    data: DataFolders = None,
    identity: Annotated[
        str | None, typer.Option("--identity", metavar="HEX", help="The identity that was published.")
    ] = None,
    rerun: Annotated[
        int | None,
        typer.Option(
            "--rerun",
            metavar="N",
            min=0,
            help="Evaluations to run again from nothing.",
            show_default="1 if it took a minute",
        ),
    ] = None,
    catalogue: Catalogues = None,
    as_json: AsJson = False,
) -> None:
    """Check a sealed study without its store: digests, keys, scores, comparisons, and a sample run again.

    Exit status 0: VERIFIED. 1: FALSIFIED, with the list. 2: the file cannot be used.
    """
    from stepstone.sealing.verify import Request, verify

    if identity is not None and not re.fullmatch(r"[0-9a-f]{64}", identity.lower()):
        raise UserError("is no identity", where="--identity", remedy="give all 64 hexadecimal digits")
    request = Request(tuple(data or ()), tuple(catalogue or ()), identity.lower() if identity else None, rerun)
    report = verify(file, request)
    if as_json:
        put(report.table(), as_json)
    else:
        _show(report)
    raise SystemExit(0 if report.is_verified else 1)


def _show(report: Report) -> None:
    counted = ", ".join(f"{num:,} {name}" for name, num in report.checked.items())
    say(f"{report.study}, sealed by Stepstone {report.stepstone}: {counted}")
    for one in report.reruns:
        say(f"run again: {one.label}: {one.outcome}" + (f", {one.detail}" if one.detail else ""))
    for line in report.not_checked:
        say(f"not checked: {line}")
    for finding in report.findings[:_SHOWN]:
        say(f"- {finding}")
    if len(report.findings) > _SHOWN:
        say(f"and {len(report.findings) - _SHOWN:,} more: --json lists them all")
    say(f"identity: {report.identity}")
    say(report.verdict)
