"""Command lines as pages and helps show them: found in a text, and taken apart as the program does, but not run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import typer.main
from typer.core import TyperGroup

from stepstone.cli import app

ROOT = typer.main.get_command(app)


def commands_in(text: str) -> Iterator[str]:
    """Those of blocks of a shell, and those that stand in a sentence as code with something after the verb."""
    for block in re.findall(r"^```(?:sh|bash)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE):
        yield from re.findall(r"(?:^|&& )(stepstone .*)", block.replace("\\\n", " "), flags=re.MULTILINE)
    yield from re.findall(r"`(stepstone [a-z][^`]* [^`]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M))


def check(line: str) -> None:
    """Raise what the program would for a verb, an option or a number of words that it does not have."""
    command: Any = ROOT
    _, *words = shlex.split(re.sub(r" >.*", "", line), comments=True)
    while isinstance(command, TyperGroup):
        context = command.make_context("stepstone", list(words))
        _, command, words = command.resolve_command(context, words)
    assert command.make_context("stepstone", list(words)).command is command
