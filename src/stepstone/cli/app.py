"""The application that the verbs are registered on, and what they all do: load a study, plan it, speak, end."""

# Imports stand inside functions here and in the verbs: planning, tables and figures open libraries that take
# seconds, and neither `stepstone --help` nor a mistyped name should wait for them.
from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from stepstone.cli.encoding import write_anything
from stepstone.cli.order import Verbs
from stepstone.core.errors import UserError
from stepstone.core.home import possible
from stepstone.core.visible import visible

if TYPE_CHECKING:
    from rich.console import Console

    from stepstone.core.study import Study
    from stepstone.planning.plan import Plan
    from stepstone.planning.preflight import Preflight

app = typer.Typer(
    cls=Verbs,
    pretty_exceptions_enable=False,
    # Help in colours and frames takes rich, and as much time again as all else.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 120},
)


def main() -> NoReturn:
    """The entry point. Exit status: 0 done, 1 something failed, 2 bad input, 124 time up, 130 interrupted."""
    from stepstone.store.files import storage_errors

    write_anything()
    answer_signals()
    # A plan is a hundred thousand small values that live to the end: to look through them all again and again for
    # circles, and once more when all is over, takes a third of the time of `status`.
    gc.set_threshold(500_000, 20, 20)
    atexit.register(gc.freeze)
    try:
        with storage_errors(Path()):
            check_place()
            try:
                app(prog_name="stepstone", standalone_mode=True)
            finally:
                sys.stdout.flush()
    except UserError as error:
        print(visible(f"error: {error}"), file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        # The reader of our output went away, as in `stepstone list | head`: no more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)


def answer_signals() -> None:
    """Have `kill`, a batch system's end of time and a closed terminal answered as Ctrl-C is: what is temporary goes."""
    for number in (signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])):
        # What is ignored, as under nohup, stays so.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


def check_place() -> None:
    """Raise UserError where the folder that we are in was removed, or has a name that no message can hold."""
    try:
        possible(Path.cwd())
    except FileNotFoundError as error:
        raise UserError("the folder that you are in is not there any more", remedy="go to another one") from error


def load(name: str, catalogues: Sequence[Path] | None = None) -> Study:
    """The study of a file, or that of a name, with further folders of declarations."""
    from stepstone.core.study import Study

    study = Study.load(name)
    return study.model_copy(update={"catalogue": (*study.catalogue, *map(str, catalogues or ()))})


def cache_of(store: str) -> Path:
    """Where what can be made again is kept beside a store."""
    from stepstone.store.given import opened

    return opened(store).cache


def plan_of(study: Study, store: str, data: list[Path] | None, no_hub: bool, *, with_data: bool = True) -> Plan:
    """The study's plan, with data looked for where the options say, or not at all."""
    from stepstone.cli.reading import ReadingLines
    from stepstone.core.place import Place
    from stepstone.planning.plan import plan

    place = Place(folders=tuple(data or ()), cache=cache_of(store), use_hub=not no_hub, with_data=with_data)
    return plan(study, place, ReadingLines())


def read_local(planned: Plan) -> Preflight:
    """Read what of a plan's data lies in files, showing how far that is."""
    from stepstone.cli.reading import ReadingLines
    from stepstone.planning.preflight import check_data

    return check_data(planned, planned.stages, with_hub=False, listener=ReadingLines())


def plan_asked(
    name: str, catalogues: list[Path] | None, store: str, data: list[Path] | None, no_hub: bool, rehearsal: bool
) -> Plan:
    """The plan of a study that is named, or that of its rehearsal."""
    from stepstone.planning.rehearse import rehearse

    loaded = load(name, catalogues)
    return plan_of(rehearse(loaded), store, None, no_hub=True) if rehearsal else plan_of(loaded, store, data, no_hub)


def console() -> Console:
    """Where tables and progress go, as wide as the terminal, or as COLUMNS says."""
    from rich.console import Console

    for name in ("COLUMNS", "LINES"):
        # Rich takes other scripts' digits for a number, and ends.
        if not os.environ.get(name, "").isdecimal():
            os.environ.pop(name, None)
    # Where nobody watches and nothing is said there is no width to fit into: lines are not to be cut.
    is_said = os.environ.get("COLUMNS", "").isdecimal()
    return Console() if sys.stdout.isatty() or is_said else Console(width=200)


def put(value: Any, as_json: bool = False) -> None:
    """Print a table, or JSON types as JSON."""
    if as_json:
        # Escapes of an output that is not UTF-8 are JSON's own.
        is_unicode = (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "") == "utf8"
        print(json.dumps(value, ensure_ascii=not is_unicode, indent=1))
    else:
        console().print(value)


def say(line: str) -> None:
    """Print a line, with what a terminal would obey made visible."""
    print(visible(line))
