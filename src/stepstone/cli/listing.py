"""What `stepstone list` shows: rows of names and what they stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from rich.cells import cell_len
from rich.table import Table

from stepstone.catalogue.catalogue import BUILT_IN, Catalogue
from stepstone.catalogue.factories import describe_factory
from stepstone.core.errors import UserError, nearest
from stepstone.core.facts import remembered
from stepstone.core.language import LANGUAGES, language
from stepstone.core.lineage import LINEAGES, source_of
from stepstone.core.model import HubModel, Model
from stepstone.core.ready import studies
from stepstone.core.study import Study
from stepstone.core.task import Files
from stepstone.report.ladders import rung
from stepstone.report.markup import plain_table

ListedRow = dict[str, Any]
_GAP = 2  # blanks between two columns
_FOLDED = 24  # characters: what is longer is no word


def list_rows(what: str, catalogue: Catalogue = BUILT_IN) -> list[ListedRow]:
    """One row per task, model, language, benchmark, rung of a ladder, launcher, tracker or study.

    What a declaration states without having been read anywhere is named under "remembered".

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


def _least(column: Sequence[str]) -> int:
    """How narrow a column can be: as its longest word, but for addresses and paths, which are folded."""
    return min(_FOLDED, max(cell_len(word) for cell in column for word in cell.split() or [""]))


def _tasks(catalogue: Catalogue) -> list[ListedRow]:
    return [
        {
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
        for task in map(catalogue.task, catalogue.tasks())
    ]


def _models(catalogue: Catalogue) -> list[ListedRow]:
    ladders = {model: name for name in catalogue.ladders() for model in catalogue.ladder(name).models}
    return [
        {
            "name": model.name,
            "parameters": model.num_parameters,
            "embeddings": getattr(model, "num_embedding_parameters", None),
            "ladder": ladders.get(model.name),
            "origin": _origin(model),
            "remembered": remembered(model.evidence) if isinstance(model, HubModel) else [],
        }
        for model in map(catalogue.model, catalogue.models())
    ]


def _origin(model: Model) -> str:
    if not isinstance(model, HubModel):
        return "from scratch"
    return f"{model.repository}@{model.revision or 'not known'}"


def _ladders(catalogue: Catalogue) -> list[ListedRow]:
    """One row per model of a ladder: its size, and the families of tasks that there is a head for."""
    rungs = ((ladder, name) for ladder in map(catalogue.ladder, catalogue.ladders()) for name in ladder.models)
    return [{"ladder": ladder.name, "model": name, **rung(catalogue.model(name), catalogue)} for ladder, name in rungs]


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
    return [
        {
            "name": found.name,
            "title": found.title,
            "tasks": [part.task for part in found.parts],
            "trained in": found.source_language,
            "note": found.note,
            "remembered": remembered(found.evidence),
        }
        for found in map(catalogue.benchmark, catalogue.benchmarks())
    ]


def _launchers(catalogue: Catalogue) -> list[ListedRow]:
    from stepstone.launchers.find import sources

    return [
        {"name": source.name, "origin": source.origin, "about": describe_factory(source)}
        for source in sources(catalogue)
    ]


def _trackers(catalogue: Catalogue) -> list[ListedRow]:
    from stepstone.trackers.find import sources

    return [
        {"name": source.name, "origin": source.origin, "about": describe_factory(source)}
        for source in sources(catalogue)
    ]


def _studies(catalogue: Catalogue) -> list[ListedRow]:
    return [
        {
            "name": name,
            "data": "lab" if study.lab else "real",
            "models": len(study.models) or ", ".join(study.ladder),
            "conditions": 1 + sum(len(entry.all_arms) for entry in study.intermediate.values()),
            "targets": [*study.target, *study.benchmarks],
            "seeds": len(study.seeds),
            "question": study.question,
            "file": str(file),
        }
        for name, file in sorted(studies().items())
        for study in [Study.load(file)]
    ]


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
