"""`stepstone report`: the table and the report of what is there, with other programs' scores written or read."""

from __future__ import annotations

from typing import Annotated

import typer

from stepstone.cli.app import app, load, plan_of
from stepstone.cli.options import STORE, Catalogues, DataFolders, NoHub, OutFolder, StoreFolder, StudyName
from stepstone.cli.order import examples
from stepstone.cli.running import Besides, write_report

Languages = Annotated[
    bool, typer.Option("--languages", help="Show word pieces, unknown ones, cut texts and lost answers by language.")
]
Formats = Annotated[
    list[str] | None, typer.Option("--figures", metavar="FORMAT", help="Figures as pdf or png, too; repeatable.")
]
Results = Annotated[
    list[str] | None,
    typer.Option("--results", metavar="FORMAT", help="Scores as files of mteb or lm-eval, too; repeatable."),
]
Beside = Annotated[
    list[str] | None,
    typer.Option(
        "--beside",
        metavar="[MODEL=]FILE",
        help="Scores of others beside ours: a CSV, or a result file of MTEB or lm-eval; repeatable.",
    ),
]
Tolerance = Annotated[
    float, typer.Option("--tolerance", metavar="POINTS", min=0, help="Points that theirs and ours may differ by.")
]


@app.command(
    "report",
    epilog=examples(
        "stepstone report quickstart --languages --figures pdf",
        "stepstone report quickstart --results lm-eval",
        "stepstone report study.toml --beside paper.csv --beside xlm-roberta-base=XNLI.json --tolerance 0.5",
    ),
)
def report_(
    study: StudyName,
    store: StoreFolder = STORE,
    data: DataFolders = None,
    out: OutFolder = None,
    languages: Languages = False,
    formats: Formats = None,
    results: Results = None,
    beside: Beside = None,
    tolerance: Tolerance = 1.0,
    no_hub: NoHub = False,
    catalogue: Catalogues = None,
) -> None:
    """Say what size changes, show the table, and write the report of what is there; gaps are shown as gaps."""
    from stepstone.report.theirs import read_theirs
    from stepstone.store.given import opened

    theirs = [one for given in beside or () for one in read_theirs(given)]
    asked = Besides(formats or (), results or (), languages, theirs, tolerance)
    write_report(plan_of(load(study, catalogue), store, data, no_hub), opened(store), out, study, asked)
