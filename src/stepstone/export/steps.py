"""How a checkpoint came about, in numbered steps: what was trained on what, what was merged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.specs.merge import MergeSpec
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.core.task import Task
from stepstone.export.files import ExportableCheckpoint
from stepstone.report.labels import language_label
from stepstone.report.markup import code, for_markdown


def checkpoints(checkpoint: ExportableCheckpoint) -> tuple[Stage, ...]:
    """The checkpoints that it comes from, the encoder first, itself last."""
    return tuple(stage for stage in checkpoint.lineage if stage.spec.makes_checkpoint)


def describe_steps(checkpoint: ExportableCheckpoint, tasks: Mapping[str, Task], study: Study) -> Iterator[str]:
    """A line for each checkpoint after the encoder, which is step 1."""
    stages = checkpoints(checkpoint)
    numbers = {stage.key: number for number, stage in enumerate(stages, start=1)}
    for stage in stages[1:]:
        number, spec = numbers[stage.key], stage.spec
        parents = [numbers[key] for key in stage.parents if key in numbers]
        if isinstance(spec, MergeSpec):
            said = _merged(spec, parents)
        elif spec.training is None:
            said = f"**{for_markdown(step_name(stage, study))}**, without training"
        else:
            said = _trained(stage, checkpoint, tasks, study)
            # Of a chain every step starts from the one before.
            said += f", from step {parents[0]}" if parents[0] != number - 1 else ""
        yield f"{number}. {said}"


def step_name(stage: Stage, study: Study) -> str:
    """What it is of, in short."""
    return stage.spec.title(lambda code: language_label(code, study))


def _merged(spec: MergeSpec, parents: list[int]) -> str:
    merged = " and ".join(map(str, parents[: spec.num_models]))
    base = f", as changes of step {parents[-1]}" if spec.how.has_base else ""
    return f"**Merge** ({code(spec.how.method)}): the encoders of steps {merged}{base}, without training"


def _trained(stage: Stage, checkpoint: ExportableCheckpoint, tasks: Mapping[str, Task], study: Study) -> str:
    is_target = stage is checkpoint.stage and bool(checkpoint.evaluations)
    spec, name = stage.spec, "Target training" if is_target else "Intermediate task"
    if not isinstance(spec, FinetuneSpec):
        return f"**{name}**: {for_markdown(step_name(stage, study))}, together"
    record = checkpoint.records.get(stage.key)
    num = getattr(record.result, "num_examples", None) if record else None
    examples = f"{num:,} examples" if num is not None else "number of examples not recorded"
    title = for_markdown(tasks[spec.train.task].title)
    head = ", with the head of the step before" if spec.keep_head else ""
    language = language_label(spec.train.language, study)
    return f"**{name}**: {title} ({code(spec.train.task)}) in {language}, {examples}, seed {spec.seed}{head}"
