"""`stepstone diff`: two studies, or two stores of one, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stepstone.cli.app import app, load, plan_of, put, say
from stepstone.cli.options import STORE, AsJson, Catalogues, DataFolders, NoHub, StoreFolder, StudyName
from stepstone.cli.order import example_lines


@app.command(
    "diff",
    epilog=example_lines(
        "stepstone diff study.toml --other-store /mnt/cluster/stepstone-store",
        "stepstone diff phang2020 phang2020_base --out changed.csv",
    ),
)
def diff_(
    study: StudyName,
    other: Annotated[
        str | None, typer.Argument(metavar="OTHER", help="The second study.", show_default="the same study")
    ] = None,
    store: StoreFolder = STORE,
    other_store: Annotated[
        str | None,
        typer.Option(
            "--other-store", metavar="FOLDER|URL", help="Where results of the second are.", show_default="--store"
        ),
    ] = None,
    data: DataFolders = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="A row for each score, as .csv or .json.")
    ] = None,
    no_hub: NoHub = False,
    catalogue: Catalogues = None,
    as_json: AsJson = False,
) -> None:
    """Say what a second study, or a second store, has otherwise: stages, settings, versions, scores."""
    from stepstone.core.errors import UserError
    from stepstone.evidence.diff import diff
    from stepstone.pipeline.rescore import write_rows
    from stepstone.report.diffed import difference_as_json, difference_rows

    if other is None and other_store is None:
        raise UserError(f"{study} is compared with nothing", remedy="name a second study, or --other-store FOLDER")
    first = plan_of(load(study, catalogue), store, data, no_hub)
    second = first if other is None else plan_of(load(other, catalogue), store, data, no_hub)
    found = diff(first, second, store, other_store)
    if as_json:
        put(difference_as_json(found), as_json)
    else:
        put(found)
    if out is not None:
        write_rows(out, difference_rows(found))
        if not as_json:
            say(f"{len(found.scores):,} scores: {out}")
