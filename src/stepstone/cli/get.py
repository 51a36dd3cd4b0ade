"""`stepstone data get`: what may be fetched from the hub, at the declared revisions, into the hub's own cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepstone.cli.app import say
from stepstone.cli.data import TaskNames, chosen, data_app
from stepstone.cli.options import Catalogues
from stepstone.cli.order import examples
from stepstone.cli.reading import show_line
from stepstone.core.errors import UserError
from stepstone.core.several import listed, together

if TYPE_CHECKING:
    from stepstone.core.model import HubModel
    from stepstone.core.study import Study
    from stepstone.core.task import HubTable, Task

_NO_NETWORK = "run it where there is a network, and HF_HUB_OFFLINE is not set; docs/tasks.md names the release's files"
Part = tuple["Task", str, str]  # a task, a split of it and a language


@data_app.command(
    "get", epilog=examples("stepstone data get xnli --lang en --lang ja", "stepstone data get --model xlm-roberta-base")
)
def get_(
    tasks: TaskNames = None,
    lang: Annotated[
        list[str] | None, typer.Option("--lang", metavar="TAG", help="Only this language; may be given several times.")
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option("--model", metavar="NAME", help="An encoder; may be given several times.")
    ] = None,
    catalogue: Catalogues = None,
) -> None:
    """Fetch tables and encoders from the hub into its cache (HF_HOME), for runs without a network.

    Tables are read and counted, as `run` does. What lies on no hub is named with the place of its release.

    Exit status 1: something was not fetched.
    """
    if not (tasks or model):
        raise UserError("nothing was named", remedy="name tasks or a study, or --model NAME")
    asked, _, studies = chosen(tasks or (), catalogue or ()) if tasks else ((), None, ())
    parts = list(_parts(asked, lang or ()))
    if lang and not parts:
        held = sorted({code for (_, _, code), source in _parts(asked, ()) if source is not None})
        remedy = f"they have: {', '.join(held)}" if held else "leave it out; what is not on the hub is then named"
        raise UserError(f"none of these tasks has a table in {', '.join(lang)}", where="--lang", remedy=remedy)
    for encoder in _models(model or (), studies, catalogue or ()):
        _fetch_model(encoder)
    good = [*_fetch_tables(parts), *_say_absent(parts)]
    raise SystemExit(0 if all(good) else 1)


def _models(names: Sequence[str], studies: Sequence[Study], folders: Sequence[Path]) -> Iterator[HubModel]:
    """The encoders that are named, and those of studies, that lie on the hub."""
    from stepstone.catalogue.catalogue import Catalogue
    from stepstone.catalogue.own import catalogue_of
    from stepstone.core.model import HubModel

    listed_ones = Catalogue.open(folders)
    for name in names:
        model = listed_ones.model(name)
        if not isinstance(model, HubModel):
            raise UserError(
                "lies on no hub", where=f"model {name}", remedy="name an encoder of `stepstone list models`"
            )
        yield model
    for study in studies:
        known = catalogue_of(study)
        yield from (model for model in map(known.model, study.models) if isinstance(model, HubModel))


def _parts(tasks: Sequence[Task], languages: Sequence[str]) -> Iterator[tuple[Part, HubTable | None]]:
    """Every split and language of the tasks, or of those that they join, with its table on the hub."""
    from stepstone.core.tag import canonical
    from stepstone.data.hub import table

    wanted = set(map(canonical, languages))
    for task in tasks:
        for part in task.resolved.parts if task.joins else (task,):
            for split, held in part.languages.items():
                for code in held if part.own is None else ():
                    if not wanted or code in wanted:
                        yield (part, split, code), table(part, split, code)


def _fetch_tables(parts: Sequence[tuple[Part, HubTable | None]]) -> Iterator[bool]:
    """Whether each table was fetched and is what it is declared to be."""
    from stepstone.data.hub import read_rows
    from stepstone.data.prepared import Unreachable
    from stepstone.data.reach import UNREACHABLE

    tables = [(part, source) for part, source in parts if source is not None]
    for number, ((task, split, code), source) in enumerate(tables, 1):
        name = f"{task.name} {split} {code}"
        show_line(f"fetching {name} ({number:,} of {len(tables):,})")
        try:
            num = sum(1 for _ in read_rows(source, task, split, code))
        except Unreachable as error:
            show_line("")
            rest = [" ".join((one[0].name, *one[1:])) for one, _ in tables[number - 1 :]]
            raise UserError(f"{UNREACHABLE}\n  not fetched: {listed(rest)}", remedy=_NO_NETWORK) from error
        except UserError as error:
            show_line("")
            say(f"not fetched: {error}")
            yield False
        else:
            show_line("")
            say(f"{name}: {num:,} rows of {source.repository}@{source.revision}")
            yield True


def _say_absent(parts: Sequence[tuple[Part, HubTable | None]]) -> Iterator[bool]:
    """Name what lies on no hub with where it is released: a failure for each task of which nothing does."""
    absent = together(((task.name, split), (task, code)) for (task, split, code), source in parts if source is None)
    there = {task.name for (task, _, _), source in parts if source is not None}
    for (name, split), found in absent.items():
        url = found[0][0].url
        where = f"released at {url}; " if url else ""
        say(
            f"{name} {split}: not on the hub ({listed([code for _, code in found])}); {where}"
            "docs/tasks.md names its files"
        )
        yield name in there


def _fetch_model(model: HubModel) -> None:
    from stepstone.learning.download import download

    if model.revision is None:
        raise UserError("no revision of it is known", where=f"model {model.name}", remedy="name one in a study")
    folder = download(model.repository, model.revision, f"model.{model.name}")
    say(f"model {model.name}: {model.repository}@{model.revision} in {folder}")
