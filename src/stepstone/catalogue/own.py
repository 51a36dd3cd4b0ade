"""A study's own tasks as declarations, beside those of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stepstone.catalogue.catalogue import BUILT_IN, Catalogue
from stepstone.catalogue.own_checks import Families, format_of, own_task_mistakes
from stepstone.catalogue.own_models import declare_ladder, declare_model
from stepstone.core.errors import UserError
from stepstone.core.family import OwnFields
from stepstone.core.own import OwnTask
from stepstone.core.pattern import expand
from stepstone.core.study import Study
from stepstone.core.task import Files, HubTable, OwnRows, Task
from stepstone.core.value import digest


def catalogue_of(study: Study) -> Catalogue:
    """All that names in a study may stand for: with its folders of declarations, its own tasks and its own models.

    Raises:
        UserError: a declaration has a mistake, or a name that is taken.
    """
    catalogue = Catalogue.open(study.catalogue)
    models = {name: declare_model(name, entry, catalogue) for name, entry in study.model.items()}
    ladders = {
        name: declare_ladder(name, entry.models, catalogue) for name, entry in study.ladder.items() if entry.models
    }
    tables = {"study_tasks": declare(study.task, catalogue), "study_models": models, "study_ladders": ladders}
    return catalogue.model_copy(update=tables)


def declare(tables: Mapping[str, OwnTask], catalogue: Catalogue = BUILT_IN) -> dict[str, Task]:
    """The `[task.NAME]` tables of a study as tasks, beside those of a catalogue.

    Raises:
        UserError: a name is that of a catalogue task, or a table does not fit its family; every mistake is listed.
    """
    taken = [name for name in tables if name in catalogue.tasks()]
    if taken:
        remedy = "give your task a name of its own; `stepstone list` shows the names that are taken"
        raise UserError(f'the catalogue has a task called "{taken[0]}"', where=f"task.{taken[0]}", remedy=remedy)
    for family in sorted({table.family for table in tables.values()} & set(catalogue.families())):
        catalogue.family(family)  # what is wrong with a broken package's is said here
    known = catalogue.own_families()
    found = [f"task.{name}.{mistake}" for name, table in tables.items() for mistake in own_task_mistakes(table, known)]
    if found:
        raise UserError("\n  ".join(["the study has mistakes", *found]), remedy="docs/own_tasks.md lists every key")
    return {name: catalogue.resolve(_declare(name, table, known)) for name, table in tables.items()}


def declaration_digest(task: Task) -> str:
    """Digest of what decides how the rows of an own task are read and scored: not where its files are."""
    fields = task.family_declaration.own
    assert task.own is not None and fields is not None, f"{task.name} is the catalogue's"
    layouts = [
        [
            source.reader,
            {name: value for name, value in source.options.items() if name not in ("names", "beside", "folder")},
        ]
        for source in task.sources
        if isinstance(source, Files)
    ]
    layouts += [["hub", source.splits] for source in task.sources if isinstance(source, HubTable)]
    return digest(
        {
            "family": task.family,
            "labels": task.labels,
            "unanswerable": task.unanswerable,
            # The checkpoint that is kept is chosen by this score.
            "score": [task.metric, task.definition],
            "rows": task.own,
            "layouts": layouts,
            **({"reading": fields.reading} if fields.reading > 1 else {}),
        }
    )


def describe_scores(tables: Mapping[str, OwnTask], catalogue: Catalogue) -> Iterator[str]:
    """Which own tasks are scored by a metric that depends on their labels, where it is not the family's first one."""
    known = catalogue.own_families()
    for name, table in tables.items():
        fields = known[table.family]
        metric, definition = _score(table, fields)
        if fields.score and table.metric is None and (metric, definition) != next(iter(fields.metrics.items())):
            yield f"task.{name}: by its labels it is scored by {metric} ({definition}); name a metric for another"


def _declare(name: str, table: OwnTask, known: Families) -> Task:
    fields = known[table.family]
    metric, definition = _score(table, fields)
    return Task(
        name=name,
        title=table.title or name,
        family=table.family,
        metric=metric,
        definition=table.definition or definition,
        languages={split: _languages(table, split) for split in table.held},
        labels=table.names if fields.labels == "outputs" else (),
        unanswerable=table.unanswerable,
        sources=(_table(table),) if table.hub else tuple(_sources(table, known)),
        own=OwnRows(columns=_columns(table), aliases=table.labels, scale=table.scale, num_options=_num_options(table)),
        recipe=table.recipe,
        licence=table.licence,
        citation=table.citation,
        url=table.url,
    )


def _score(table: OwnTask, fields: OwnFields[Any]) -> tuple[str, str]:
    """The metric, the family's usual one where the table names none, and its usual definition."""
    codes = {code for split in table.held for code in _languages(table, split)}
    metric, definition = fields.score(table, codes) if fields.score else next(iter(fields.metrics.items()))
    if table.metric is None or table.metric == metric:
        return metric, definition
    return table.metric, fields.metrics[table.metric]


def _languages(table: OwnTask, split: Any) -> tuple[str, ...]:
    given = table.files.get(split)
    return tuple(sorted(given if isinstance(given, dict) else table.languages))


def _columns(table: OwnTask) -> dict[str, str | tuple[str, ...]]:
    """Columns by name; those of CoNLL files are numbers, which their reader needs."""
    return {
        field: column for field, column in table.columns.items() if isinstance(column, tuple) or not column.isdigit()
    }


def _num_options(table: OwnTask) -> int:
    columns = table.columns.get("options", "")
    return len(columns) if isinstance(columns, tuple) else 0


# What `datasets` makes tables of; none of them runs code.
_TABLES = ("parquet", "csv", "json", "text")


def _table(table: OwnTask) -> HubTable:
    assert table.hub is not None
    return HubTable(
        repository=table.hub,
        config=table.config,
        revision=table.revision,
        splits=dict(table.named_splits),
        options={"names": {"language": dict(table.languages)}, "formats": list(_TABLES)},
    )


def _sources(table: OwnTask, known: Families) -> Iterator[Files]:
    """One per layout. A pattern stands for itself; of files by language, `names` has each language's."""
    layouts: dict[str, dict[str, dict[str, str]]] = {}
    for split, given in table.files.items():
        for code, file in _files(table, given).items():
            layouts.setdefault(format_of(table, file, known), {}).setdefault(split, {})[code] = file
    for layout, names in layouts.items():
        files = {split: (f"{{{split}}}",) for split in names}
        yield Files(
            reader=_READERS.get(layout, layout), files=files, options=_options(table, layout) | {"names": names}
        )


def _files(table: OwnTask, given: str | dict[str, str]) -> dict[str, str]:
    """Language -> file; a pattern's {language} is spelled as the study spells it."""
    if not isinstance(given, str):
        return {code: expand(file, code) for code, file in given.items()}
    return {code: expand(given, code, language=written) for code, written in table.languages.items()}


_READERS = {"conll": "words"}


def _options(table: OwnTask, layout: str) -> dict[str, Any]:
    """What the reader is to know; what the table leaves open of how cells are read is None."""
    options: dict[str, Any] = {}
    if layout in ("csv", "tsv") and table.header:
        options["header"] = list(table.header)
    if layout == "csv" and table.delimiter not in (None, ","):
        options["delimiter"] = table.delimiter
    if layout == "tsv":
        options["quoting"] = table.quoting
    if layout == "conll":
        options |= {field: table.columns[field] for field in ("words", "tags") if field in table.columns}
        options |= {"delimiter": table.delimiter, "comment": table.comment}
    if table.folder:
        options["folder"] = table.folder
    if table.beside:
        options["beside"] = [table.beside]
    return options
