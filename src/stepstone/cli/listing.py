"""What `stepstone list` shows: rows of names and what they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.table import Table

from stepstone.catalogue.available import available, look_up
from stepstone.catalogue.catalogue import BUILT_IN, Catalogue
from stepstone.catalogue.declared import Declared, pick_declared
from stepstone.catalogue.factories import describe_factory
from stepstone.core.benchmark import Benchmark
from stepstone.core.errors import UserError, nearest
from stepstone.core.facts import remembered
from stepstone.core.language import LANGUAGES, language
from stepstone.core.lineage import LINEAGES, source_of
from stepstone.core.model import HubModel, Model
from stepstone.core.ready import READY, studies
from stepstone.core.study import Study
from stepstone.core.task import Files, Task
from stepstone.report.ladders import rung
from stepstone.report.markup import plain_table

ListedRow = dict[str, Any]
NOT_AVAILABLE = "not available"  # why what a name stands for cannot be loaded
_GAP = 2  # blanks between two columns
_FOLDED = 24  # characters: what is longer is no word


def list_rows(what: str, catalogue: Catalogue = BUILT_IN) -> list[ListedRow]:
    """One row per task, model, language, benchmark, rung of a ladder, launcher, tracker or study.

    What a declaration states without having been read anywhere is named under "remembered". One that cannot be loaded,
    as of a broken package, comes last: its row has its name, what is wrong under "not available", and nothing else.

    Raises:
        UserError: something else is to be listed.
    """
    if what not in _KINDS:
        raise UserError(f'cannot list "{what}"', remedy=nearest(what, _KINDS))
    return _KINDS[what](catalogue)


def fit_table(rows: Sequence[Mapping[str, Any]], room: int) -> tuple[Table, list[str]]:
    """Rows of equal columns, as many of these as are readable in so many characters, and the names of the others.

    Lists are joined; of a mapping to lists, lengths are shown.
    """
    names = list(rows[0]) if rows else ["nothing"]
    cells = [list(map(_cell, row.values())) for row in rows]
    widths = accumulate(_least(column) + _GAP for column in zip(names, *cells, strict=True))
    num = max(1, sum(width - _GAP <= room for width in widths))
    return plain_table(names[:num], [row[:num] for row in cells]), names[num:]


def shortened(rows: Iterable[ListedRow]) -> list[ListedRow]:
    """Rows in which the file of a ready study, whose path may be long, is called ready."""
    return [{name: _ready(value) if name == "file" else value for name, value in row.items()} for row in rows]


def _ready(file: object) -> object:
    return "ready" if isinstance(file, str) and Path(file).is_relative_to(READY) else file


def _least(column: Sequence[str]) -> int:
    """How narrow a column can be: as its longest word, but for addresses and paths, which are folded."""
    return min(_FOLDED, max(cell_len(word) for cell in column for word in cell.split() or [""]))


def _all(names: Iterable[str], rows_of: Callable[[str], list[ListedRow]], key: str = "name") -> list[ListedRow]:
    """The rows of every name, then one for each that cannot be loaded: every column is there, and why."""
    found, problems = look_up(names, rows_of)
    rows = [row for some in found for row in some]
    nothing = dict.fromkeys(rows[0] if rows else [key])
    return rows + [{**nothing, key: problem.name, NOT_AVAILABLE: problem.why} for problem in problems]


def _tasks(catalogue: Catalogue) -> list[ListedRow]:
    return _all(catalogue.tasks(), lambda name: [_task(catalogue.task(name))])


def _task(task: Task) -> ListedRow:
    return {
        "name": task.name,
        "family": task.family,
        "metric": task.metric,
        "definition": task.definition,
        "trained on": list(task.trained_on),
        "languages": {split: list(codes) for split, codes in task.languages.items()},
        "sources": list(dict.fromkeys("files" if isinstance(source, Files) else "hub" for source in task.sources)),
        "licence": task.licence,
        "remembered": remembered(task.evidence),
    }


def _models(catalogue: Catalogue) -> list[ListedRow]:
    known = available(catalogue.ladders(), catalogue.ladder)
    ladders = {model: ladder.name for ladder in known for model in ladder.models}
    return _all(catalogue.models(), lambda name: [_model(catalogue.model(name), ladders.get(name))])


def _model(model: Model, ladder: str | None) -> ListedRow:
    return {
        "name": model.name,
        "parameters": model.num_parameters,
        "embeddings": getattr(model, "num_embedding_parameters", None),
        "ladder": ladder,
        "origin": _origin(model),
        "remembered": remembered(model.evidence) if isinstance(model, HubModel) else [],
    }


def _origin(model: Model) -> str:
    if not isinstance(model, HubModel):
        return "from scratch"
    return f"{model.repository}@{model.revision or 'not known'}"


def _ladders(catalogue: Catalogue) -> list[ListedRow]:
    """One row per model of a ladder: its size, and the families of tasks that there is a head for."""

    def rungs(name: str) -> list[ListedRow]:
        models = catalogue.ladder(name).models
        return [{"ladder": name, "model": model, **rung(catalogue.model(model), catalogue)} for model in models]

    return _all(catalogue.ladders(), rungs, key="ladder")


def _languages(catalogue: Catalogue) -> list[ListedRow]:
    return [
        {
            "code": row.code,
            "name": row.name,
            "family": row.family,
            "genus": row.genus,
            "script": row.script,
            "word order": row.word_order,
            "read in": source_of(row.code),
        }
        for row in map(language, (*LANGUAGES, *LINEAGES))
    ]


def _benchmarks(catalogue: Catalogue) -> list[ListedRow]:
    return _all(catalogue.benchmarks(), lambda name: [_benchmark(catalogue.benchmark(name))])


def _benchmark(found: Benchmark) -> ListedRow:
    return {
        "name": found.name,
        "title": found.title,
        "tasks": [part.task for part in found.parts],
        "trained in": found.source_language,
        "note": found.note,
        "remembered": remembered(found.evidence),
    }


def _launchers(catalogue: Catalogue) -> list[ListedRow]:
    from stepstone.launchers.find import KIND, sources

    return _factories(KIND, sources(catalogue))


def _trackers(catalogue: Catalogue) -> list[ListedRow]:
    from stepstone.trackers.find import KIND, sources

    return _factories(KIND, sources(catalogue))


def _factories(kind: str, known: Sequence[Declared]) -> list[ListedRow]:
    def row(name: str) -> list[ListedRow]:
        source = pick_declared(kind, name, known)
        return [{"name": name, "origin": source.origin, "about": describe_factory(source)}]

    return _all(dict.fromkeys(one.name for one in known), row)


def _studies(catalogue: Catalogue) -> list[ListedRow]:
    files = studies()
    return _all(sorted(files), lambda name: [_study(name, files[name])])


def _study(name: str, file: Path) -> ListedRow:
    study = Study.load(file)
    return {
        "name": name,
        "data": "lab" if study.lab else "real",
        "models": len(study.models) or ", ".join(study.ladder),
        "conditions": 1 + sum(len(entry.all_arms) for entry in study.intermediate.values()),
        "targets": [*study.target, *study.benchmarks],
        "seeds": len(study.seeds),
        "question": study.question,
        "file": str(file),
    }


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {len(items)}" for name, items in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else str(value)


_KINDS: dict[str, Callable[[Catalogue], list[ListedRow]]] = {
    "tasks": _tasks,
    "models": _models,
    "languages": _languages,
    "benchmarks": _benchmarks,
    "ladders": _ladders,
    "launchers": _launchers,
    "trackers": _trackers,
    "studies": _studies,
}
