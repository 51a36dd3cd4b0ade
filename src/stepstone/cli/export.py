"""`stepstone export`: a checkpoint with its model card, as a folder that any Hugging Face tool opens, or on the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stepstone.cli.app import app, load, plan_of, say
from stepstone.cli.options import STORE, Catalogues, DataFolders, NoHub, StoreFolder, StudyName
from stepstone.cli.order import example_lines

_OF_PUSH = ("--private", "--revision", "--dry-run")


@app.command(
    "export",
    epilog=example_lines(
        "stepstone export quickstart quick/span.ja/s1 --to FOLDER",
        "stepstone export study.toml xlm-roberta-base/nli.ja/s1 --to FOLDER --push ORG/NAME --private --dry-run",
    ),
)
def export_(
    study: StudyName,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="A checkpoint's label, as `plan --show` prints it.")],
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="A new or empty folder.")],
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier export.")] = False,
    push: Annotated[
        str | None,
        typer.Option("--push", metavar="OWNER/NAME", help="Send the folder to this repository of the hub, too."),
    ] = None,
    private: Annotated[bool, typer.Option("--private", help="Make the repository a private one.")] = False,
    revision: Annotated[
        str | None,
        typer.Option("--revision", metavar="BRANCH", help="The branch to push to.", show_default="the main one"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write the folder and list what --push would send; send nothing.")
    ] = False,
    store: StoreFolder = STORE,
    data: DataFolders = None,
    no_hub: NoHub = False,
    catalogue: Catalogues = None,
) -> None:
    """Write a checkpoint and its model card into a folder of its own and, if asked for, send it to the hub."""
    from stepstone.export.card import export
    from stepstone.store.given import opened

    _check(push, private, revision, dry_run)
    folder = export(plan_of(load(study, catalogue), store, data, no_hub), opened(store), label, to, force=force)
    say(f"{label}: {folder} (README.md is its card)")
    if push is not None:
        _send(folder, push, private, revision, dry_run)


def _check(push: str | None, private: bool, revision: str | None, dry_run: bool) -> None:
    """Raise UserError for a repository that has no such name, and for what goes with one where there is none."""
    from stepstone.core.errors import UserError
    from stepstone.export.push import check_repository

    if push is not None:
        check_repository(push)
    elif given := [name for name, on in zip(_OF_PUSH, (private, revision, dry_run), strict=True) if on]:
        raise UserError("goes with --push", where=given[0], remedy="name a repository of the hub: --push OWNER/NAME")


def _send(folder: Path, repository: str, private: bool, revision: str | None, dry_run: bool) -> None:
    from stepstone.export.push import push, to_send

    files = to_send(folder)
    for name, size in files:
        say(f"  {name}  {size:,} bytes")
    total = f"{len(files):,} files, {sum(size for _, size in files):,} bytes"
    whose = f"{repository}{f' ({revision})' if revision else ''}{', private' if private else ''}"
    say(f"{'would send' if dry_run else 'sending'} {total} to {whose}")
    if not dry_run:
        say(f"sent: {push(folder, repository, private=private, revision=revision)}")
