"""What a newcomer types first: helps that end with 0, in the order of work, with examples that the verbs would take."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup

from commands import ROOT, check
from stepstone.cli import main
from stepstone.cli.order import PANELS
from stepstone.core.version import __version__


@pytest.fixture
def cli(monkeypatch, capsys, tmp_path):
    """Run a command line in this process, in an empty folder; returns exit status, output and errors."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["stepstone", *words])
        with pytest.raises(SystemExit) as exit_:
            main()
        shown = capsys.readouterr()
        return int(exit_.value.code or 0), shown.out, shown.err

    return call


def _verbs(group: Any = ROOT, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The words of every verb, with its command."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _verbs(command, (*words, name))
        else:
            yield (*words, name), command


def test_version_is_printed(cli) -> None:
    assert cli("--version") == (0, f"stepstone {__version__}\n", "")


@pytest.mark.parametrize("words", [(), ("help",), ("--help",), ("-h",)])
def test_the_help_ends_with_0_and_shows_the_verbs_in_the_order_of_work(cli, words) -> None:
    status, out, err = cli(*words)
    assert (status, err) == (0, "")
    shown = re.findall(r"^  (\w+)  +\w", out, re.MULTILINE)
    assert [name for name in shown if name in ROOT.commands] == [name for names in PANELS.values() for name in names]
    assert [title for title in PANELS if f"\n{title}:\n" in out] == list(PANELS)
    assert "..." not in re.sub(r"\[ARGS\]\.\.\.|\]\.\.\.", "", out)  # no sentence is cut off


@pytest.mark.parametrize("words", [verb for verb, _ in _verbs()], ids=" ".join)
def test_help_of_a_verb_is_what_the_verb_says_of_itself(cli, words) -> None:
    assert cli("help", *words) == cli(*words, "--help")


@pytest.mark.parametrize("group", ["data", "claims"])
def test_a_word_that_others_follow_shows_them(cli, group) -> None:
    status, out, _ = cli(group)
    assert status == 0 and f"Usage: stepstone {group} [OPTIONS] COMMAND" in out and "  check  " in out
    lines = re.findall(r"^    (stepstone .*)$", out, re.MULTILINE)
    assert lines
    for line in lines:
        check(line)


@pytest.mark.parametrize("words", [verb for verb, _ in _verbs()], ids=" ".join)
def test_options_ask_for_what_a_user_has_not_for_types_of_python(cli, words) -> None:
    _, out, _ = cli(*words, "--help")
    assert re.findall(r"^  --\S+ <.*", out, re.MULTILINE) == [] and "[[" not in out


def test_help_of_what_is_no_verb_names_the_nearest(cli) -> None:
    status, _, err = cli("help", "claims", "chekc")
    assert status == 2 and 'stepstone claims has no verb "chekc"' in err and 'did you mean "check"?' in err


@pytest.mark.parametrize(
    ("words", "command"), list(_verbs()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_verb_has_examples_that_it_takes(words, command) -> None:
    lines = re.findall(r"^  stepstone (.*)$", command.epilog or "", re.MULTILINE)
    assert lines
    for line in lines:
        given = shlex.split(line)
        assert tuple(given[: len(words)]) == words
        assert command.make_context(words[-1], given[len(words) :]).params


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("re", ["rehearse", "report", "review", "rescore"]),
        ("run q", ["quick.toml", "quickstart"]),
        ("plan studies/q", []),  # the shell's own completion of files takes over
    ],
)
def test_a_shell_completes_verbs_and_studies(words: str, shown: list[str], tmp_path: Path) -> None:
    (tmp_path / "quick.toml").touch()
    place = str(words.count(" ") + 1)
    asked = {"_STEPSTONE_COMPLETE": "complete_bash", "COMP_WORDS": f"stepstone {words}", "COMP_CWORD": place}
    command = [sys.executable, "-m", "stepstone.cli"]
    run = subprocess.run(command, cwd=tmp_path, env=os.environ | asked, capture_output=True, text=True, check=False)
    assert run.stdout.split() == shown
