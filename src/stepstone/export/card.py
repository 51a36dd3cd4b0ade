"""A model card: what a checkpoint is, how it was made, what it scores and how surely, whose data is in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from stepstone.core.family import FamilyDeclaration
from stepstone.core.home import expanded
from stepstone.core.model import FolderModel, HubModel
from stepstone.core.recipe import Limits
from stepstone.core.specs.encoder import EncoderSpec, PretrainedSpec, PretrainSpec
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.specs.merge import MergeSpec
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.core.task import Task
from stepstone.core.visible import visible
from stepstone.evidence.bootstrap import Settings
from stepstone.export import card_tables as tables
from stepstone.export.card_scores import score_sections
from stepstone.export.files import CONFIG, ExportableCheckpoint, check_target, open_checkpoint, write_export
from stepstone.export.front_matter import front_matter
from stepstone.export.scores import Score, score_checkpoint
from stepstone.export.steps import checkpoints, describe_steps
from stepstone.export.usage import usage
from stepstone.planning.plan import Plan
from stepstone.report.labels import parameters, watermark
from stepstone.report.markup import code, for_markdown
from stepstone.report.method import num_parameters, short
from stepstone.store.given import AnyStore, opened
from stepstone.store.store import Store

TOY_WORLD = (
    "> **Toy world: this model must not be used for real text.** All that it ever read was generated: sentences about "
    "a small invented world, in invented languages. A language called `en-like` has some of English's word order and "
    "script, and is not English. Scores say nothing about any real language, task or model."
)


@dataclass(frozen=True)
class CardSubject:
    """What a card is about: the checkpoint, its study, and its scores."""

    checkpoint: ExportableCheckpoint
    study: Study
    tasks: dict[str, Task]
    scores: list[Score]
    settings: Settings
    config: dict[str, Any]
    is_intermediate: bool

    @cached_property
    def hops(self) -> list[tuple[Stage, FinetuneSpec]]:
        """The fine-tunings, the first first."""
        return [(stage, stage.spec) for stage in self.checkpoint.lineage if isinstance(stage.spec, FinetuneSpec)]

    @property
    def family(self) -> FamilyDeclaration[Any] | None:
        """That of its head: what it was trained on last; None for an encoder that has none."""
        spec = self.checkpoint.stage.spec
        if isinstance(spec, FinetuneSpec):
            return self.tasks[spec.train.task].family_declaration
        return self.tasks[spec.model.text].family_declaration if isinstance(spec, PretrainSpec) else None

    @property
    def is_lab(self) -> bool:
        """Whether its data was generated."""
        return bool(watermark(self.study))


def export(plan: Plan, store: AnyStore, label: str, folder: str | Path, *, force: bool = False) -> Path:
    """Write a checkpoint and its model card into a folder that any Hugging Face tool opens.

    Args:
        plan: the study's plan.
        store: where its results are, or its folder; None: the folder `stepstone-store`.
        label: of the checkpoint, as `plan --show` prints it.
        folder: a new or empty folder; it is written whole or not at all.
        force: replace an earlier export.

    Raises:
        UserError: the label is unknown, the checkpoint is not there, or the folder cannot be written.
    """
    folder, store = expanded(folder).resolve(), opened(store)
    checkpoint = open_checkpoint(plan, store, label)
    check_target(folder, force=force)
    write_export(checkpoint, store, card(plan, store, checkpoint), folder, force=force)
    return folder


def card(plan: Plan, store: Store, checkpoint: ExportableCheckpoint, settings: Settings | None = None) -> str:
    """The README.md of a checkpoint: a head for the hub and Markdown for people."""
    settings = settings or Settings()
    subject = CardSubject(
        checkpoint,
        plan.study,
        _tasks(checkpoint, plan),
        score_checkpoint(plan, store, checkpoint.record.key, settings),
        settings,
        json.loads((store.folder(checkpoint.record.key) / CONFIG).read_text(encoding="utf-8")),
        any(
            stage.spec.makes_checkpoint and stage.checkpoint == checkpoint.record.key for stage in plan.stages.values()
        ),
    )
    head = front_matter(
        checkpoint.lineage,
        subject.tasks,
        subject.scores,
        _evaluations(checkpoint),
        family=subject.family,
        name=visible(checkpoint.label),
        is_lab=subject.is_lab,
    )
    return "\n\n".join([head, f"# {for_markdown(checkpoint.label)}", *filter(None, _body(subject))]) + "\n"


def _body(subject: CardSubject) -> Iterator[str]:
    if subject.is_lab:
        yield TOY_WORLD
    yield "## What it is"
    yield from _origin(subject)
    yield "## Scores"
    yield from score_sections(subject.checkpoint, subject.study, subject.tasks, subject.scores, subject.settings)
    yield "## How to open it"
    yield usage(subject.family, _limits(subject))
    if subject.family and subject.hops and subject.tasks[subject.hops[-1][1].train.task].unanswerable:
        yield (
            "A question has no answer where the first piece's start and end logits together exceed those of the span."
        )
    yield "## How it was trained"
    yield from tables.training_sections(subject.checkpoint, subject.study)
    yield "## Licences"
    yield from tables.licence_section(subject.checkpoint, subject.tasks, is_lab=subject.is_lab)
    yield "## Identity"
    yield tables.identity(subject.checkpoint, subject.study)


def _origin(subject: CardSubject) -> Iterator[str]:
    """Class, base model and steps, in sentences."""
    origin = subject.checkpoint.lineage[0]
    record = subject.checkpoint.records.get(origin.key)
    spec = origin.spec
    assert isinstance(spec, EncoderSpec), "what a checkpoint goes back to is an encoder"
    size = parameters(num_parameters(spec.model, record.result if record else None))
    classes = " ".join(f"`{name}`" for name in subject.config.get("architectures") or ["a model"])
    yield (f"{classes} of transformers, trained by Stepstone in the study {code(subject.study.name)}. {_kind(subject)}")
    encoder = f"1. **Encoder**: {_encoder(origin)}" + (f" ({size} parameters)" if size else "")
    yield "\n".join([encoder, *describe_steps(subject.checkpoint, subject.tasks, subject.study)])
    if subject.study.question:
        yield f"The study asks: {for_markdown(subject.study.question)}"


def _kind(subject: CardSubject) -> str:
    _, *made = checkpoints(subject.checkpoint)
    if not made:
        return "It is an encoder before any fine-tuning: it has no head for a task."
    if subject.is_intermediate:
        return "It is an intermediate checkpoint: target tasks were fine-tuned from it."
    if any(isinstance(stage.spec, MergeSpec) for stage in made):
        return "It was made in the steps below, one of which merged what others had trained."
    if len(made) == 1:
        return "It is fine-tuned on its task straight from the encoder, without an intermediate task."
    return "It went through every step below, in this order."


def _encoder(origin: Stage) -> str:
    spec = origin.spec
    if isinstance(spec, PretrainSpec):
        model = spec.model
        return (
            f"{code(model.name)}, pretrained from scratch by Stepstone: {model.num_layers} layers of width "
            f"{model.hidden_size}, {model.vocab_size:,} word pieces"
        )
    assert isinstance(spec, PretrainedSpec)
    if isinstance(spec.model, HubModel):
        return f"[`{spec.model.repository}`](https://huggingface.co/{spec.model.repository}) at `{spec.model.revision}`"
    assert isinstance(spec.model, FolderModel)
    return f"{code(spec.model.name)}, from a local folder whose files have the digest `{short(spec.content)}`"


def _limits(subject: CardSubject) -> Limits:
    """How texts were cut when it was scored, else when it was trained."""
    specs = list(_evaluations(subject.checkpoint).values())
    if specs:
        return specs[0].limits
    return subject.hops[-1][1].recipe.limits() if subject.hops else Limits()


def _evaluations(checkpoint: ExportableCheckpoint) -> dict[str, EvaluateSpec]:
    return {stage.key: stage.spec for stage in checkpoint.evaluations if isinstance(stage.spec, EvaluateSpec)}


def _tasks(checkpoint: ExportableCheckpoint, plan: Plan) -> dict[str, Task]:
    """Declarations of all tasks that the checkpoint's stages name, with the parts of those that join others."""
    found: dict[str, Task] = {}
    waiting = list(_named(checkpoint))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = plan.catalogue.task(name)
            waiting += found[name].joins
    return found


def _named(checkpoint: ExportableCheckpoint) -> Iterable[str]:
    for stage in (*checkpoint.lineage, *checkpoint.evaluations):
        yield from dict.fromkeys(found.task for found in stage.spec.tasks())
