"""The head of a model card: what the hub reads, as `huggingface_hub` writes it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from stepstone.core.family import FamilyDeclaration
from stepstone.core.model import HubModel
from stepstone.core.specs.encoder import PretrainedSpec
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.stage import Stage
from stepstone.core.task import HubTable, Task
from stepstone.data import hub
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
    data = ModelCardData(
        license="other",
        license_name="see-the-notes-on-licences",
        license_link="README.md#licences",
        library_name="transformers",
        pipeline_tag=family.pipeline_tag if family else "feature-extraction",
        tags=["stepstone", "cross-lingual-transfer", *([LAB_TAG, "not-for-real-text"] if is_lab else [])],
        metrics=list(dict.fromkeys(_metric(score) for score in had)) or None,
        **_base(lineage[0], is_derived=len(lineage) > 1),
        **({} if is_lab else _of_real_data(lineage, tasks, had)),
        **(_results(had, specs, tasks, name) if had and not is_lab else {}),
    )
    return f"---\n{data.to_yaml()}\n---"


def _of_real_data(lineage: Sequence[Stage], tasks: Mapping[str, Task], had: Sequence[Score]) -> dict[str, Any]:
    """Languages and data sets; where there are none, neither is named."""
    trained = [stage.spec.train for stage in lineage if isinstance(stage.spec, FinetuneSpec)]
    parts = (part for use in trained for part in _parts(use.task, tasks))
    datasets = dict.fromkeys(repository for part in parts for repository in repositories(part))
    languages = {use.language for use in trained} | {score.language for score in had}
    return {"language": sorted(languages) or None, "datasets": list(datasets) or None}


def repositories(task: Task) -> list[str]:
    """Where a task's data is on the hub."""
    return [source.repository for source in task.sources if isinstance(source, HubTable)]


def _parts(name: str, tasks: Mapping[str, Task]) -> Iterator[Task]:
    yield tasks[name]
    for part in tasks[name].joins:
        yield from _parts(part, tasks)


def _base(origin: Stage, *, is_derived: bool) -> dict[str, Any]:
    """The encoder, where the hub has it."""
    spec = origin.spec
    if not isinstance(spec, PretrainedSpec) or not isinstance(spec.model, HubModel):
        return {}
    return {"base_model": spec.model.repository, **({"base_model_relation": "finetune"} if is_derived else {})}


def _metric(score: Score) -> str:
    main = scorer(score.metric, score.definition).main
    return METRICS.get(main, main)


def _results(
    had: Sequence[Score], specs: Mapping[str, EvaluateSpec], tasks: Mapping[str, Task], name: str
) -> dict[str, Any]:
    return {"model_name": name, "eval_results": [_result(score, specs[score.key], tasks) for score in had]}


def _result(score: Score, spec: EvaluateSpec, tasks: Mapping[str, Task]) -> EvalResult:
    task = tasks[spec.data.task]
    main = scorer(score.metric, score.definition).main
    return EvalResult(
        task_type=task.family_declaration.pipeline_tag,
        dataset_name=f"{task.title} ({score.language})",
        **dataset(task, spec.data.split, score.language),
        metric_type=_metric(score),
        metric_value=round(score.value, 2),
        metric_name=f"{main} ({score.definition}, percent, {score.num_examples:,} examples)",
    )


def dataset(task: Task, split: str, language: str) -> dict[str, Any]:
    """Repository, configuration and split on the hub, by which it keeps results apart; else the task's own names.

    A configuration that several languages share is replaced by the language.
    """
    table = hub.hub_table(task, split, language)
    if table is None:
        return {"dataset_type": task.name, "dataset_config": language, "dataset_split": split}
    configs = {code: hub.configuration_of(table, task, code) for code in task.languages[split]}
    is_own = configs[language] and list(configs.values()).count(configs[language]) == 1
    return {
        "dataset_type": table.repository,
        "dataset_config": configs[language] if is_own else language,
        "dataset_split": table.splits[split],
    }
