"""`stepstone init`: a commented study for files of the user's own, or for a data set of the hub."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepstone.cli.app import app, say
from stepstone.cli.order import examples
from stepstone.core.errors import UserError

if TYPE_CHECKING:
    from stepstone.drafting.draft import Draft


Hub = Annotated[
    str | None, typer.Option("--hub", metavar="OWNER/NAME", help="In place of files: a data set of the hub.")
]
Revision = Annotated[
    str | None,
    typer.Option(
        "--revision", metavar="REVISION", help="Of it: a commit, branch or tag.", show_default="the main branch"
    ),
]
Config = Annotated[
    str | None,
    typer.Option("--config", metavar="NAME", help="Of it: a configuration.", show_default="those that are languages"),
]
ModelName = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME|FOLDER",
        help="The encoder: one of `stepstone list models`, or a folder of your own.",
        show_default="xlm-roberta-base",
    ),
]
StudyFile = Annotated[
    Path,
    typer.Option("--out", metavar="FILE", help="The study file to write; of several tasks, study-TASK.toml beside it."),
]
Languages = Annotated[
    list[str] | None,
    typer.Option("--lang", metavar="[FILE=]TAG", help="Language of a file, or of those whose names say none."),
]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="FIELD=COLUMN", help="The column of a field, as in text=message or tags=3."),
]


@app.command(
    "init",
    epilog=examples(
        "stepstone init FOLDER",
        "stepstone init FOLDER --model ENCODER_FOLDER",
        "stepstone init reviews.csv --lang ja --column text=message",
        "stepstone init --hub Davlan/sib200 --column label=category",
    ),
)
def init_(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="FOLDER_OR_FILES", help="Files of one task or several.")
    ] = None,
    hub: Hub = None,
    revision: Revision = None,
    config: Config = None,
    model: ModelName = None,
    out: StudyFile = Path("study.toml"),
    lang: Languages = None,
    column: Columns = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Draft a study for your own files, or a data set of the hub: task, columns, labels and languages are guessed.

    Every guess is explained. What cannot be guessed is asked for: the message names the option that says it.
    """
    from stepstone.drafting.answers import read_answers
    from stepstone.drafting.draft import drafts
    from stepstone.drafting.encoder import read_encoder
    from stepstone.drafting.hub import draft_hub

    answers, encoder = read_answers(lang or (), column or ()), read_encoder(model, out.parent)
    _check_given(paths or (), hub, revision, config)
    if hub:
        found = [draft_hub(hub, revision, config, answers, encoder)]
    else:
        found = drafts(paths or (), answers, encoder, out.parent)
    files = [out if len(found) == 1 else out.with_stem(f"{out.stem}-{drafted.name}") for drafted in found]
    taken = next((file for file in files if file.exists()), None)
    if taken is not None and not force:
        raise UserError("is there already", where=str(taken), remedy="name another file with --out, or give --force")
    for drafted, file in zip(found, files, strict=True):
        _check(drafted, file)
    for drafted, file in zip(found, files, strict=True):
        _write(drafted, file)


def _check_given(paths: Sequence[Path], hub: str | None, revision: str | None, config: str | None) -> None:
    """Raise UserError unless there are either files or a data set."""
    remedy = "give FOLDER_OR_FILES, or --hub OWNER/NAME"
    if bool(paths) == bool(hub):
        raise UserError("files and a data set of the hub at once" if hub else "nothing to draft from", remedy=remedy)
    if not hub and (revision or config):
        raise UserError("goes with --hub", where="--revision" if revision else "--config", remedy=remedy)


def _check(drafted: Draft, file: Path) -> None:
    """The draft is a study, and its tables fit their families: what --column names may not."""
    from stepstone.catalogue.own import declare
    from stepstone.core.study import Study
    from stepstone.core.toml import parse_toml

    declare(Study.parse(parse_toml(drafted.text.encode(), where=str(file)), where=str(file)).task)


def _write(drafted: Draft, file: Path) -> None:
    from stepstone.store.files import storage_errors, write_atomically

    with storage_errors(file):
        write_atomically(file, drafted.text)
    for remark in drafted.remarks:
        say(remark)
    say(f"{file}: a study of the task {drafted.name}; read its comments, then")
    for verb in ("data check", "rehearse", "run"):
        say(f"  stepstone {verb} {file}")
