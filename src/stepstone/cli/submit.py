"""`stepstone submit`: one arm's predictions as the files that a leaderboard takes, checked by its own rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepstone.cli.app import app, load, plan_of, put, say
from stepstone.cli.options import STORE, Catalogues, DataFolders, NoHub, StoreFolder, StudyName
from stepstone.cli.order import examples

if TYPE_CHECKING:
    from rich.table import Table

    from stepstone.pipeline.submit import Submission

EXAMPLE = "stepstone submit phang2020 --format xtreme --to predictions --condition mnli.en --seed 1"


@app.command("submit", epilog=examples(EXAMPLE))
def submit_(
    study: StudyName,
    form: Annotated[str, typer.Option("--format", metavar="NAME", help="Whose files to write: xtreme.")],
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="A new or empty folder.")],
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="Which model, where the study has several.")
    ] = None,
    condition: Annotated[
        str | None, typer.Option("--condition", metavar="NAME", help="Which condition: none, or INTERMEDIATE.LANGUAGE.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Which seed, where the study has several.")
    ] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Write what there is though files are missing.")] = False,
    store: StoreFolder = STORE,
    data: DataFolders = None,
    no_hub: NoHub = False,
    catalogue: Catalogues = None,
) -> None:
    """Write kept predictions as a leaderboard's submission files, and read them back by its rules."""
    from stepstone.pipeline.submit import check_format, submit
    from stepstone.store.given import opened

    check_format(form)
    planned = plan_of(load(study, catalogue), store, data, no_hub)
    found = submit(planned, opened(store), to, form, model=model, condition=condition, seed=seed, partial=partial)
    put(_table(found))
    for gap in found.gaps:
        say(f"missing: {gap}")
    torn = [task for task, score in found.scores.tasks.items() if score.missing]
    if torn:
        say(f"evaluate.py stops at a folder that lacks a language: take out {', '.join(torn)}, or complete them")
    if found.in_lab:
        say("these are predictions for the lab's toy world: no leaderboard can score them")
    say(f"{found.arm}: {len(found.files)} files in {found.folder}, read back with the scores of their records")


def _table(found: Submission) -> Table:
    from stepstone.report.markup import plain_table

    rows = []
    for task, score in found.scores.tasks.items():
        num = sum(path.startswith(f"{task}/") for path in found.files)
        rows.append((task, str(num), _shown(score.score)))
    for group, mean in found.scores.groups.items():
        rows.append((f"mean of {group}", "", _shown(mean)))
    rows.append(("mean of all tasks", str(len(found.files)), _shown(found.scores.all_task)))
    return plain_table(("task", "files", "score"), rows)


def _shown(score: float | None) -> str:
    return "gap" if score is None else f"{score:.2f}"
