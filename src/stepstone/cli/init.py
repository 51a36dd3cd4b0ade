"""`stepstone init`: a commented study for files of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stepstone.cli.app import app, say
from stepstone.core.errors import UserError


@app.command("init")
def init_(
    paths: Annotated[list[Path], typer.Argument(metavar="FOLDER_OR_FILES...", help="Files of one task.")],
    out: Annotated[Path, typer.Option("--out", help="The study file to write.")] = Path("study.toml"),
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Draft a study for your own files: task, columns, labels and languages are guessed and explained."""
    import tomllib

    from stepstone.core.study import Study
    from stepstone.drafting.draft import draft
    from stepstone.store.files import storage_errors, write_atomically

    if out.exists() and not force:
        raise UserError("is there already", where=str(out), remedy="name another file with --out, or give --force")
    drafted = draft(paths)
    Study.parse(tomllib.loads(drafted.text), where=str(out))
    with storage_errors(out):
        write_atomically(out, drafted.text)
    for remark in drafted.remarks:
        say(remark)
    say(f"{out}: a study of the task {drafted.name}; read its comments, then")
    for verb in ("data check", "rehearse", "run"):
        say(f"  stepstone {verb} {out}")
