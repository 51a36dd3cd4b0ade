"""The head of a model card: what the hub reads, in the subset of YAML that is JSON's texts and numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from stepstone.core.family import FamilyDeclaration
from stepstone.core.model import HubModel
from stepstone.core.spec import EvaluateSpec, FinetuneSpec, PretrainedSpec
from stepstone.core.stage import Stage
from stepstone.core.task import HubTable, Task
from stepstone.export.scores import ALL, Score
from stepstone.scoring.definitions import scorer

# Our names of scores as the hub knows them; others keep their own.
METRICS = {"mcc": "matthews_correlation", "pearson": "pearsonr", "f1_em_mean": "squad"}
LAB_TAG = "toy-world"


def front_matter(
    lineage: Sequence[Stage],
    tasks: Mapping[str, Task],
    scores: Iterable[Score],
    specs: Mapping[str, EvaluateSpec],
    *,
    family: FamilyDeclaration[Any] | None,
    name: str,
    is_lab: bool,
) -> str:
    """The block between two lines of dashes.

    A lab model names no language, data set or result: its languages are invented, and a leaderboard must not
    count it.

    Args:
        lineage: the stages that the checkpoint comes from, itself last.
        tasks: declarations of all tasks that are named in it, joined ones with their parts.
        scores: what was read off it.
        specs: of its evaluations, by key.
        family: the family of its head; None: it has none.
        name: what it is called.
        is_lab: whether its data was generated.
    """
    had = [score for score in scores if score.language != ALL and not math.isnan(score.value)]
    trained = [stage.spec.train for stage in lineage if isinstance(stage.spec, FinetuneSpec)]
    languages = sorted({use.language for use in trained} | {score.language for score in had})
    parts = (part for use in trained for part in _parts(use.task, tasks))
    datasets = dict.fromkeys(repository for part in parts for repository in repositories(part))
    head: dict[str, Any] = {
        "language": [] if is_lab else languages,
        "license": "other",
        "license_name": "see-the-notes-on-licences",
        "license_link": "README.md#licences",
        "library_name": "transformers",
        "pipeline_tag": family.pipeline_tag if family else "feature-extraction",
        "tags": ["stepstone", "cross-lingual-transfer", *([LAB_TAG, "not-for-real-text"] if is_lab else [])],
        "datasets": [] if is_lab else list(datasets),
        "metrics": list(dict.fromkeys(_metric(score) for score in had)),
        **_base(lineage[0], is_derived=len(lineage) > 1),
    }
    if had and not is_lab:
        results = [_result(score, specs[score.key], tasks) for score in had]
        head["model-index"] = [{"name": name, "results": results}]
    return "\n".join(["---", *_yaml({key: value for key, value in head.items() if value != []}), "---"])


def repositories(task: Task) -> list[str]:
    """Where a task's data is on the hub."""
    return [source.repository for source in task.sources if isinstance(source, HubTable)]


def _parts(name: str, tasks: Mapping[str, Task]) -> Iterator[Task]:
    yield tasks[name]
    for part in tasks[name].joins:
        yield from _parts(part, tasks)


def _base(origin: Stage, *, is_derived: bool) -> dict[str, str]:
    """The encoder, where the hub has it."""
    spec = origin.spec
    if not isinstance(spec, PretrainedSpec) or not isinstance(spec.model, HubModel):
        return {}
    return {"base_model": spec.model.repository, **({"base_model_relation": "finetune"} if is_derived else {})}


def _metric(score: Score) -> str:
    main = scorer(score.metric, score.definition).main
    return METRICS.get(main, main)


def _result(score: Score, spec: EvaluateSpec, tasks: Mapping[str, Task]) -> dict[str, Any]:
    task = tasks[spec.data.task]
    known = repositories(task)
    main = scorer(score.metric, score.definition).main
    return {
        "task": {"type": task.family_declaration.pipeline_tag},
        "dataset": {
            "name": f"{task.title} ({score.language})",
            "type": known[0] if known else task.name,
            "config": score.language,
            "split": spec.data.split,
        },
        "metrics": [
            {
                "type": _metric(score),
                "value": round(score.value, 2),
                "name": f"{main} ({score.definition}, percent, {score.num_examples:,} examples)",
            }
        ],
    }


def _yaml(table: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Tables and lists in blocks; every text in double quotes, for `no` is Norwegian and `1e5` a name."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield f"{indent}{key}:"
            yield from _yaml(value, indent + "  ")
        elif isinstance(value, list):
            yield f"{indent}{key}:"
            yield from (line for item in value for line in _item(item, indent))
        else:
            yield f"{indent}{key}: {json.dumps(value, ensure_ascii=False)}"


def _item(item: Any, indent: str) -> Iterator[str]:
    if not isinstance(item, Mapping):
        yield f"{indent}- {json.dumps(item, ensure_ascii=False)}"
        return
    first, *others = _yaml(item, indent + "  ")
    yield f"{indent}- {first.lstrip()}"
    yield from others
