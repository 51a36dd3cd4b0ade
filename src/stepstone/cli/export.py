"""`stepstone export`: a checkpoint with its model card, as a folder that any Hugging Face tool opens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stepstone.cli.app import app, load, plan_of, say
from stepstone.cli.options import STORE, Catalogues, DataFolders, NoHub, StoreFolder, StudyName
from stepstone.cli.order import examples


@app.command("export", epilog=examples("stepstone export quickstart lab-small/span.ja/s1 --to FOLDER"))
def export_(
    study: StudyName,
    label: Annotated[str, typer.Argument(help="A checkpoint's label, as `plan --show` prints it.")],
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="A new or empty folder.")],
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier export.")] = False,
    store: StoreFolder = STORE,
    data: DataFolders = None,
    no_hub: NoHub = False,
    catalogue: Catalogues = None,
) -> None:
    """Write a checkpoint and its model card into a folder of its own."""
    from stepstone.export.card import export
    from stepstone.store.store import Store

    folder = export(plan_of(load(study, catalogue), store, data, no_hub), Store(store), label, to, force=force)
    say(f"{label}: {folder} (README.md is its card)")
