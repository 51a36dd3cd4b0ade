"""`stepstone help`, with the folder of the pages that messages name, and `stepstone --version`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from stepstone.cli.app import app
from stepstone.cli.order import example_lines
from stepstone.core.errors import UserError, nearest
from stepstone.core.version import __version__


def _show_version(asked: bool) -> None:
    if asked:
        print(f"stepstone {__version__}")
        raise typer.Exit


def _places() -> Iterator[Path]:
    """Where pages may lie: in the checkout, or beside the packages, where an installation puts them."""
    packages = Path(__file__).resolve().parents[2]
    yield packages.parent / "docs"
    yield from (root / "share/doc/stepstone/docs" for root in (packages, *packages.parents[:3]))


def _pages() -> str:
    r"""A line that says where the pages are; \b keeps it whole."""
    found = next((folder for folder in _places() if (folder / "study_file.md").is_file()), None)
    return f"\b\nPages, in messages docs/NAME.md: {found}" if found else ""


@app.callback(epilog=_pages())
def start_(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Which intermediate task, in which language, at which model size, makes an encoder transfer better?

    `stepstone run quickstart` answers it on a small generated world, in minutes; no model or data is downloaded.
    """


@app.command("help", epilog=example_lines("stepstone help run", "stepstone help data check"))
def help_(
    ctx: typer.Context,
    verb: Annotated[list[str] | None, typer.Argument(metavar="VERB", help="A verb.", show_default=False)] = None,
) -> None:
    """Show what there is, or all about one verb: the same as `stepstone VERB --help`."""
    assert ctx.parent is not None
    context: Any = ctx.parent
    for word in verb or ():
        known = context.command.commands if isinstance(context.command, TyperGroup) else {}
        if word not in known:
            raise UserError(f'{context.command_path} has no verb "{word}"', remedy=nearest(word, known))
        context = typer.Context(known[word], info_name=word, parent=context)
    print(context.get_help())
