"""A study's scores as the result files of other evaluation programs: MTEB's, and lm-evaluation-harness's."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pandas as pd

from stepstone.core.errors import UserError, nearest
from stepstone.core.filename import file_names
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.study import Study
from stepstone.core.tag import full
from stepstone.core.uses import DataUse
from stepstone.core.value import digest
from stepstone.core.version import __version__
from stepstone.evidence.frame import rows_of
from stepstone.planning.plan import Plan
from stepstone.report.labels import watermark
from stepstone.scoring.definitions import scorer
from stepstone.store.files import storage_errors, write_atomically

LAB = "lab"  # what the name of a lab's file, task and model begins with
METRICS = {"accuracy": "acc"}  # as lm-evaluation-harness calls them; others have the same name


@dataclass(frozen=True)
class LanguageResult:
    """One language of a target under one arm.

    Attributes:
        arm: model and condition, its setting among it, in one name.
        target: the task, or what the study calls it.
        language: the tag that is evaluated.
        main: the name of the main score.
        definition: by whose rules.
        seeds: those whose score is there.
        scores: by name, that of each of these seeds, in percent.
        num_examples: how many were scored.
        data: what was read.
    """

    arm: str
    target: str
    language: str
    main: str
    definition: str
    seeds: tuple[int, ...]
    scores: Mapping[str, tuple[float, ...]]
    num_examples: int
    data: DataUse


def check_results(names: Iterable[str]) -> None:
    """Raise UserError for what is no format of results."""
    for name in names:
        if name not in RESULTS:
            raise UserError(f'results cannot be written as "{name}"', remedy=nearest(name, RESULTS))


def write_results(plan: Plan, frame: pd.DataFrame, folder: Path, names: Iterable[str]) -> list[Path]:
    """Write the scores that are there into `folder/NAME/`, in each of these formats; returns what was written.

    Scores are shares, 0..1, and means over seeds; where a seed's is missing, over the others. Lab results say so, in
    the file and in its name.

    Raises:
        UserError: a name is no format, or the folder cannot be written.
    """
    names = list(names)
    check_results(names)
    found, written = list(results(plan, frame)), []
    for name in names:
        for path, content in RESULTS[name](found, plan.study).items():
            written.append(folder / name / path)
            with storage_errors(written[-1]):
                write_atomically(written[-1], json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    return written


def results(plan: Plan, frame: pd.DataFrame) -> Iterator[LanguageResult]:
    """Every language of every target and arm that has a score, in the frame's order."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows_of(frame):
        if not math.isnan(row["value"]):
            arm = f"{row['model']}__{row['condition']}"
            groups.setdefault((arm, row["target"], row["language"]), []).append(row)
    for (arm, target, language), rows in groups.items():
        spec = plan.stages[rows[0]["key"]].spec
        assert isinstance(spec, EvaluateSpec), "a cell's key is an evaluation's"
        ending = f" ({spec.definition})"
        shared = [name for name in rows[0]["others"] if all(name in row["others"] for row in rows)]
        scores = {
            name.removesuffix(ending): tuple(float(row["others"][name]) for row in rows)
            for name in shared
            if name.endswith(ending)
        }
        yield LanguageResult(
            arm=arm,
            target=target,
            language=language,
            main=scorer(spec.metric, spec.definition).main,
            definition=spec.definition,
            seeds=tuple(row["seed"] for row in rows),
            scores=scores,
            num_examples=rows[0]["num_examples"],
            data=spec.data,
        )


def _mteb(found: Sequence[LanguageResult], study: Study) -> dict[str, dict[str, Any]]:
    """A `TaskResult` of MTEB 2 for each arm and task, ARM/TASK.json.

    `mteb_version` is null, as MTEB did not make it. Beside MTEB's own fields a score has its definition and its seeds.
    """
    groups: dict[tuple[str, str], list[LanguageResult]] = {}
    for one in found:
        groups.setdefault((one.arm, one.target), []).append(one)
    files = {}
    for (folder, name), group in zip(_named(groups, study), groups.values(), strict=True):
        contents = sorted({one.data.content for one in group})
        files[f"{folder}/{name}.json"] = {
            "dataset_revision": contents[0] if len(contents) == 1 else digest(contents),
            "task_name": name,
            "mteb_version": None,
            "evaluation_time": None,
            "scores": {group[0].data.split: [_mteb_scores(one, study) for one in group]},
            **_source(study),
        }
    return files


def _mteb_scores(one: LanguageResult, study: Study) -> dict[str, Any]:
    in_lab = bool(watermark(study))
    return {
        **{name: _mean(values) for name, values in one.scores.items()},
        "main_score": _mean(one.scores[one.main]),
        "main_score_stderr": _error(one.scores[one.main]),
        "hf_subset": f"{one.language}-like" if in_lab else one.language,
        # The lab's languages are invented: nobody may find them under the code of a real one.
        "languages": [] if in_lab else [f"{study.language_of(one.language).iso3}-{full(one.language).script}"],
        **_provenance(one),
    }


def _lm_eval(found: Sequence[LanguageResult], study: Study) -> dict[str, dict[str, Any]]:
    """The results file of lm-evaluation-harness for each arm, ARM.json; a task for each target and language."""
    groups: dict[tuple[str, ...], list[LanguageResult]] = {}
    for one in found:
        groups.setdefault((one.arm,), []).append(one)
    return {
        f"{name}.json": _lm_eval_file(name, group, study)
        for (name,), group in zip(_named(groups, study), groups.values(), strict=True)
    }


def _lm_eval_file(name: str, group: Sequence[LanguageResult], study: Study) -> dict[str, Any]:
    lab = f"{LAB}_" if watermark(study) else ""
    tasks = {f"{lab}{one.target}_{one.language}": one for one in group}
    metrics = {task: {METRICS.get(score, score) for score in one.scores} for task, one in tasks.items()}
    return {
        "results": {task: {"alias": task, **_lm_eval_scores(one)} for task, one in tasks.items()},
        "group_subtasks": {task: [] for task in tasks},
        "configs": {task: _lm_eval_config(task, one) for task, one in tasks.items()},
        "versions": {task: one.definition for task, one in tasks.items()},
        "n-shot": dict.fromkeys(tasks, 0),
        "higher_is_better": {task: dict.fromkeys(sorted(names), True) for task, names in metrics.items()},
        "n-samples": {
            task: {"original": one.num_examples, "effective": one.num_examples} for task, one in tasks.items()
        },
        "config": {"model": "stepstone", "model_args": name},
        "model_source": "stepstone",
        "model_name": name,
        **_source(study),
    }


def _lm_eval_scores(one: LanguageResult) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for score, values in one.scores.items():
        name = METRICS.get(score, score)
        error = _error(values)
        found |= {f"{name},none": _mean(values), f"{name}_stderr,none": "N/A" if error is None else error}
    return found


def _lm_eval_config(task: str, one: LanguageResult) -> dict[str, Any]:
    return {
        "task": task,
        "dataset_path": one.data.task,
        "dataset_name": one.language,
        "test_split": one.data.split,
        "num_fewshot": 0,
        "metadata": {"version": one.definition, "stderr": "of the mean over seeds", **_provenance(one)},
    }


def _named(groups: Iterable[Sequence[str]], study: Study) -> list[tuple[str, ...]]:
    """Names of files for the parts of each group, with the lab's mark at the beginning."""
    groups = [tuple(parts) for parts in groups]
    mark = (LAB,) if watermark(study) else ()
    columns = [file_names([(*mark, part) for part in column]) for column in zip(*groups, strict=True)]
    return list(zip(*columns, strict=True))


def _provenance(one: LanguageResult) -> dict[str, Any]:
    return {
        "definition": one.definition,
        "num_examples": one.num_examples,
        "seeds": list(one.seeds),
        "content": one.data.content,
    }


def _source(study: Study) -> dict[str, Any]:
    made_by = {"study": study.name, "stepstone_version": __version__}
    return {"lab": watermark(study), **made_by} if watermark(study) else made_by


def _mean(values: Sequence[float]) -> float:
    """As a share, 0..1."""
    return round(fmean(values) / 100, 6)


def _error(values: Sequence[float]) -> float | None:
    """The standard error of the mean over seeds, as a share; None of a single one."""
    return round(stdev(values) / math.sqrt(len(values)) / 100, 6) if len(values) > 1 else None


RESULTS: Mapping[str, Callable[[Sequence[LanguageResult], Study], dict[str, dict[str, Any]]]] = {
    "mteb": _mteb,
    "lm-eval": _lm_eval,
}
