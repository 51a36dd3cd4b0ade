"""The scores of a model card: a table per target with intervals, gaps as gaps, and what the intervals are not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from stepstone.core.result import EvaluateResult
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.study import Study
from stepstone.core.task import Task
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.flags import describe_flag
from stepstone.export.files import ExportableCheckpoint
from stepstone.export.scores import ALL, Score
from stepstone.report.labels import DASH, format_interval, format_number, language_label
from stepstone.report.markup import code, for_markdown, markdown_table
from stepstone.scoring.definitions import scorer
from stepstone.store.record import Record


def score_sections(
    checkpoint: ExportableCheckpoint,
    study: Study,
    tasks: Mapping[str, Task],
    scores: Sequence[Score],
    settings: Settings,
) -> Iterator[str]:
    """A table per target, and what the intervals are and are not."""
    if not scores:
        yield "Nothing is read off this checkpoint by itself: in its study, targets are fine-tuned from it first."
        return
    trained = {stage.spec.train.language for stage in checkpoint.lineage if isinstance(stage.spec, FinetuneSpec)}
    splits = {
        stage.key: stage.spec.data.split for stage in checkpoint.evaluations if isinstance(stage.spec, EvaluateSpec)
    }
    for target, group in groupby(scores, key=lambda score: score.target):
        rows = list(group)
        first = rows[0]
        main = scorer(first.metric, first.definition).main
        title = tasks[target].title if target in tasks else target
        split = splits.get(first.key, "test")
        yield f"### {for_markdown(title)} ({code(target)}, {split}): {main} in percent, definition `{first.definition}`"
        head = ("language", "score", f"{settings.level * 100:g} % interval", "examples", "note")
        yield markdown_table(head, [_score_row(score, checkpoint, study, trained) for score in rows], right=range(1, 4))
    yield (
        f"Intervals ({settings.level * 100:g} %) are over test examples, drawn anew in clusters (the questions of an "
        "article, the hypotheses of a premise). They are about this one checkpoint: another seed would give another "
        "one, and how much that moves a score is not in them. Metric and rules of a score are those of the definition "
        "that is named."
    )
    if _is_other_training(checkpoint):
        yield (
            "**These scores were read off an earlier training** by the same recipe on the same data. The weights here "
            "come from a later one and differ from it in their bits, as happens on GPUs."
        )


def _score_row(score: Score, checkpoint: ExportableCheckpoint, study: Study, trained: Iterable[str]) -> tuple[str, ...]:
    name = "all, plain mean" if score.language == ALL else language_label(score.language, study)
    notes = [f"gap: {for_markdown(score.reason)}"] if score.reason else []
    notes += [
        f"{name} {format_number(value)}" for name, value in _components(checkpoint.records.get(score.key)).items()
    ]
    if score.language in trained:
        notes.append("a training language")
    if score.num_cut:
        notes.append(f"{score.num_cut:,} examples were cut")
    notes += [for_markdown(describe_flag(flag)) for flag in score.flags]
    interval = DASH if math.isnan(score.low) else format_interval(score.low, score.high)
    examples = f"{score.num_examples:,}" if score.num_examples else DASH
    return (name, format_number(score.value), interval, examples, "; ".join(notes))


def _components(record: Record | None) -> dict[str, float]:
    """The other values of an evaluation under its definition."""
    if record is None or not isinstance(record.result, EvaluateResult):
        return {}
    scores = record.result.scores
    return {name: value for name, value in scores.values.items() if name != scores.main and value is not None}


def _is_other_training(checkpoint: ExportableCheckpoint) -> bool:
    """Whether a score was read off other weights than those that are there now; older records do not say."""
    records = (checkpoint.records.get(stage.key) for stage in checkpoint.evaluations)
    return any(record.was_read_off_others(checkpoint.record) for record in records if record is not None)
