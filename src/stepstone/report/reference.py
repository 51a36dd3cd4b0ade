"""The reference page of tasks, benchmarks, models and ladders, made from their declarations.

`python -m stepstone.report.reference docs/tasks.md` writes it anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.benchmark import Benchmark
from stepstone.core.facts import Evidence, describe, mark
from stepstone.core.model import FolderModel, HubModel, ScratchModel
from stepstone.core.task import Files, HubTable, Task, Translation
from stepstone.report.ladders import describe_ladder
from stepstone.report.markup import table
from stepstone.scoring.definitions import definitions

UNKNOWN = "not known"
COMMAND = "python -m stepstone.report.reference docs/tasks.md"


def page() -> str:
    """The whole page as Markdown."""
    tasks = [BUILT_IN.task(name) for name in BUILT_IN.tasks()]
    parts = [
        "# Tasks, benchmarks, models and ladders",
        f"Made from the declarations in `src/stepstone/catalogue` by `{COMMAND}`; a test compares the two. Row counts "
        "are those of the official release. What was read nowhere is marked: (remembered). Of several sources the "
        "first that is there is used: files in the data folders in the order given here, then the hub's table. Every "
        "file pattern is looked for in the folders, up to three levels down, and inside the archives there; "
        "`{language}` is an ISO 639-1 code, `{iso3}` the three-letter code of Tatoeba's release, `{english_name}` the "
        "language's name.",
        _index(tasks),
        *map(describe_task, tasks),
        "# Benchmarks",
        "A task's score is the mean over its languages of the mean of the named values, a benchmark's the plain mean "
        "over its tasks, in percent. Where a language or a task is missing there is no average, but a gap.",
        *(describe_benchmark(BUILT_IN.benchmark(name)) for name in BUILT_IN.benchmarks()),
        "# Models",
        "Other encoders are named in a study with a repository and its revision, or with a folder.",
        "Parameters are counted from an encoder's shape: what transformers' `AutoModel` holds, a pooler where there "
        "is one, no head. Encoders pretrained here have no pooler. Embeddings are those of words, absolute positions "
        "and token types.",
        table(("model", "parameters", "of them embeddings", "origin", "read in"), map(_model_cells, BUILT_IN.models())),
        "# Ladders",
        "Models that were pretrained alike, the smallest first: a slope over sizes is drawn within one ladder only. A "
        "model whose revision is not known is used with a commit of your own ([docs/models.md](models.md)).",
        *(describe_ladder(BUILT_IN.ladder(name)) for name in BUILT_IN.ladders()),
    ]
    return "\n\n".join(parts) + "\n"


def describe_task(task: Task) -> str:
    """The section of one task."""
    module = import_module(f"stepstone.catalogue.tasks.{task.name}")
    about = (module.__doc__ or "").strip().replace("\n\n", " ").replace("\n", " ")
    recipe = mark(_settings(task.recipe), task.evidence, "recipe")
    stone = mark(_settings(task.intermediate_recipe), task.evidence, "intermediate_recipe")
    facts = [
        f"- Family: {task.family}{_labels(task)}",
        f"- Score: `{task.metric}` by the definition `{task.definition}`{_others(task)}",
        f"- Trained on: {_training(task)}",
        *([f"- Joins: {_codes(task.joins)}"] if task.joins else []),
        *([f"- Translated: {_translation(task.translation)}"] if task.translation else []),
        f"- Recipe as a target, where it is not the common one: {recipe or 'nothing'}",
        *([f"- As an intermediate task: {stone}"] if stone else []),
        f"- Licence: {mark(task.licence, task.evidence, 'licence') or UNKNOWN}",
        f"- Citation: {task.citation or UNKNOWN}{f' <{task.url}>' if task.url else ''}",
        f"- Read in: {_read_in(task.evidence)}",
    ]
    splits = table(("split", "languages", "rows"), (_split_cells(task, split) for split in task.languages))
    sources = [f"{number}. {_source(source)}" for number, source in enumerate(task.sources, start=1)]
    traps = [f"- {trap}" for trap in task.traps]
    return "\n\n".join(
        block
        for block in (
            f"## {task.name}",
            about,
            "\n".join(facts),
            splits,
            "\n".join(["Sources, in order:", "", *(sources or ["none of its own"])]),
            "\n".join(["Traps:", "", *traps]) if traps else "",
        )
        if block
    )


def describe_benchmark(benchmark: Benchmark) -> str:
    """The section of one benchmark."""
    rows = (
        (
            f"[{part.task}](#{part.task})",
            ", ".join(part.groups),
            f"{len(part.languages)}: {' '.join(part.languages)}",
            part.split,
            " and ".join(f"`{name}`" for name in part.metrics),
        )
        for part in benchmark.parts
    )
    url, read = f"<{benchmark.url}>" if benchmark.url else "", f"Read in: {_read_in(benchmark.evidence)}."
    code = benchmark.source_language
    trained = f'Its targets train in "{code}".' if code else ""
    about = " ".join(filter(None, (trained, benchmark.note, benchmark.citation, url, read)))
    members = table(("task", "groups", "languages", "split", "what enters the average"), rows)
    return f"## {benchmark.name}\n\n{benchmark.title}: {len(benchmark.parts)} tasks. {about}\n\n{members}"


def _index(tasks: Sequence[Task]) -> str:
    rows = (
        (
            f"[{task.name}](#{task.name})",
            task.title,
            task.family,
            ", ".join(f"{split} {len(codes)}" for split, codes in task.languages.items()),
            f"`{task.metric}`, `{task.definition}`",
            mark(task.licence, task.evidence, "licence"),
        )
        for task in tasks
    )
    return table(("task", "what", "family", "languages", "score", "licence"), rows)


_PAIRED_BY = {
    "id": "its ids",
    "text": "the English texts, which its rows hold",
    "place": "the place in the file and the label",
}


def _translation(whose: Translation) -> str:
    """Of what a task is a translation, and what pairs the two."""
    originals = f'in "{whose.language}"' if whose.language else "in the language that it goes by"
    return f"{', '.join(whose.splits)} from [{whose.of}](#{whose.of}) {originals}, paired by {_PAIRED_BY[whose.by]}"


def _labels(task: Task) -> str:
    if task.labels:
        return f", {len(task.labels)} labels: {_codes(task.labels)}"
    return ", with questions that have no answer" if task.unanswerable else ""


def _others(task: Task) -> str:
    others = [name for name in definitions(task.metric) if name != task.definition]
    return f"; beside it {_codes(others)}" if others else ""


def _training(task: Task) -> str:
    if not task.trained_on:
        return "nothing: it is evaluated, or pretrained on, as it is"
    if task.trained_on == (task.name,):
        return "its own train split"
    return ", then ".join(f"[{name}](#{name})" for name in task.trained_on)


def _split_cells(task: Task, split: str) -> tuple[str, str, str]:
    codes = task.languages[split]
    shown = f"{len(codes)}: {' '.join(codes)}"
    only = [code for code in codes if "train" in task.languages and code not in task.languages["train"]]
    if split == "test" and only and len(only) < len(codes):
        shown += f" (test only: {' '.join(only)})"
    rows = _rows(task, split)
    return split, shown, rows if rows == UNKNOWN else mark(rows, task.evidence, "rows")


def _rows(task: Task, split: str) -> str:
    by_count: dict[int | None, list[str]] = {}
    for code in task.languages[split]:
        by_count.setdefault(task.num_rows(split, code), []).append(code)
    if len(by_count) == 1:
        (count,) = by_count
        each = " each" if len(task.languages[split]) > 1 else ""
        return UNKNOWN if count is None else f"{count:,}{each}"
    ordered = sorted(by_count.items(), key=lambda item: -(item[0] or -1))
    return "; ".join(f"{UNKNOWN if count is None else f'{count:,}'} ({' '.join(codes)})" for count, codes in ordered)


def _source(source: Files | HubTable) -> str:
    if isinstance(source, Files):
        files = "; ".join(f"{split} {_codes(patterns, ' or ')}" for split, patterns in source.files.items())
        beside = [*source.options.get("beside", ()), *source.options.get("may_beside", ())]
        return f"Files, read as {source.reader}: {files}" + (f"; read with {_codes(beside)}" if beside else "")
    config = f", configuration `{source.config}`" if source.config else ""
    names = source.data_files or source.splits
    splits = "; ".join(f"{split} `{name}`" for split, name in names.items())
    return (
        f"Hub table `{source.repository}`{config}, revision `{source.revision or UNKNOWN}`: {splits}. "
        f"Columns {_codes(source.columns.values())}. Read in: {_read_in(source.evidence)}"
    )


def _model_cells(name: str) -> tuple[str, ...]:
    model = BUILT_IN.model(name)
    assert not isinstance(model, FolderModel)
    sizes = _size(model.num_parameters), _size(model.num_embedding_parameters)
    if isinstance(model, HubModel):
        marked = (mark(size, model.evidence, "architecture") for size in sizes)
        return name, *marked, _at(model), _read_in(model.evidence)
    assert isinstance(model, ScratchModel)
    form = f"pretrained here: {model.num_layers} layers of {model.hidden_size}, {model.vocab_size:,} word pieces"
    return name, *sizes, f"{form}, on {' '.join(model.languages)}", "its own declaration"


def _at(model: HubModel) -> str:
    where = f"at `{model.revision}`" if model.revision else f"at a revision that is {UNKNOWN}"
    return f"`{model.repository}` {where}"


def _size(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"


def _read_in(evidence: Evidence) -> str:
    return describe(evidence) or UNKNOWN


def _settings(recipe: Mapping[str, object]) -> str:
    return ", ".join(f"`{name} = {value}`" for name, value in recipe.items())


def _codes(names: Iterable[str], between: str = ", ") -> str:
    return between.join(f"`{name}`" for name in names)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
