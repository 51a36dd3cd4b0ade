"""`stepstone score`: predictions that another program made, by a task's metric under a named definition."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepstone.cli.app import app, cache_of, load, put, say
from stepstone.cli.options import STORE, AsJson, Catalogues, DataFolders, NoHub, StoreFolder
from stepstone.cli.order import examples
from stepstone.core.errors import UserError, nearest

if TYPE_CHECKING:
    from stepstone.core.task import Task
    from stepstone.pipeline.score import FileScores

Definition = Annotated[
    str | None,
    typer.Option(
        "--definition",
        metavar="NAME",
        help="By whose rules to score.",
        show_default="the study's, or the task's own",
    ),
]


@app.command(
    "score",
    epilog=examples(
        "stepstone score xnli predictions.jsonl --language de --data DATA",
        "stepstone score mlqa answers.jsonl --language ar --definition mlqa-corrected --json",
        "stepstone score mails predictions.jsonl --language de --study study.toml",
    ),
)
def score_(
    task: Annotated[str, typer.Argument(metavar="TASK", help="A task of the catalogue, or of --study.")],
    predictions: Annotated[
        Path, typer.Argument(metavar="PREDICTIONS", help="JSON lines of id, prediction and, if you like, gold.")
    ],
    study: Annotated[
        str | None,
        typer.Option("--study", metavar="STUDY", help="The study whose own tasks, data and definitions are meant."),
    ] = None,
    definition: Definition = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="TAG", help="Of the predictions; a task's only one is known.")
    ] = None,
    split: Annotated[
        str, typer.Option("--split", metavar="SPLIT", help="Of the task's data: train, dev or test.")
    ] = "test",
    gold: Annotated[
        Path | None,
        typer.Option("--gold", metavar="FILE", help="JSON lines of id and gold, in place of the task's data."),
    ] = None,
    store: StoreFolder = STORE,
    data: DataFolders = None,
    no_hub: NoHub = False,
    catalogue: Catalogues = None,
    as_json: AsJson = False,
) -> None:
    """Score a file of predictions, whoever made them, under a named definition of a task's metric.

    Right answers are those of --gold, else those that the rows have, else those of the task's data.
    """
    from stepstone.core.place import Place
    from stepstone.pipeline.score import score_file

    known, usual, lab_seed = _known(task, study, catalogue)
    place = Place(folders=tuple(data or ()), cache=cache_of(store), use_hub=not no_hub, lab_seed=lab_seed)
    found = score_file(
        known, predictions, place, language=language, definition=definition or usual, split=split, gold=gold
    )
    _show(found, as_json)


def _known(name: str, study: str | None, catalogue: list[Path] | None) -> tuple[Task, str | None, int | None]:
    """A task as a study knows it, with the definition that the study scores it by and the seed of its lab, if any."""
    from stepstone.catalogue.catalogue import Catalogue
    from stepstone.catalogue.own import catalogue_of

    if study is None:
        listed = Catalogue.open(catalogue or ())
        if name not in listed.tasks():
            remedy = f"{nearest(name, listed.tasks())}; a study's own task is scored with --study STUDY"
            raise UserError(f'no task is called "{name}"', remedy=remedy)
        return listed.task(name), None, None
    loaded = load(study, catalogue)
    target = loaded.target.get(name)
    usual = target.definition if target else None
    return catalogue_of(loaded).task(name), usual, loaded.lab.seed if loaded.lab else None


def _show(found: FileScores, as_json: bool) -> None:
    from stepstone.report.markup import plain_table

    if as_json:
        values = {name: None if math.isnan(value) else value for name, value in found.values.items()}
        put({**vars(found), "values": values}, as_json)
        return
    rows = [(name, "not a number" if math.isnan(value) else f"{value:.2f}") for name, value in found.values.items()]
    put(plain_table((f"{found.metric} ({found.definition})", "score"), rows))
    missing = f", {found.num_missing:,} of them without a prediction" if found.num_missing else ""
    say(
        f"{found.task}, language {found.language}: {found.num_examples:,} examples scored{missing}; {found.main} counts"
    )
    say(f"right answers: {found.golds}")
