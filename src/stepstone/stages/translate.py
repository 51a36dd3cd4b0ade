"""One split of a task in another language: its texts translated, its golds found again, its losses counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.home import expanded
from stepstone.core.specs.translate import TranslateResult, TranslateSpec
from stepstone.core.task import Task
from stepstone.core.translator import FileTranslator, FolderTranslator, HubTranslator, LabTranslator
from stepstone.data.given import read_given
from stepstone.data.model_folder import MODEL_FILES
from stepstone.data.translated import write_translated
from stepstone.learning.download import download
from stepstone.stages.context import StageContext
from stepstone.stages.read import read_all, read_examples
from stepstone.translation.lab import LabTexts
from stepstone.translation.project import project_examples
from stepstone.translation.quality import NUM_JUDGED
from stepstone.translation.seq2seq import Seq2Seq
from stepstone.translation.texts import ProjectedExamples, Translator, translatable_texts


def run(spec: TranslateSpec, folder: Path, context: StageContext) -> TranslateResult:
    """Write the translated examples into `folder`, and which were lost and why.

    Raises:
        UserError: nothing is left of the examples, or the translator cannot be used.
        Stopped: it was asked to stop; what is translated is in `context.resume`.
    """
    task = context.catalogue.task(spec.data.task)
    examples = read_examples(spec.data, task, context, spec.seed)
    done, account = _translate(spec, task, examples, context)
    if not done.examples:
        reason, _ = Counter(done.lost.values()).most_common(1)[0]
        where = f"{task.name} {spec.data.split}, {spec.data.language} to {spec.to}"
        raise UserError(f"no example is left of {len(examples)}: {reason}", where=where)
    write_translated(folder, done.examples, done.lost)
    return TranslateResult(
        num_given=len(examples),
        num_examples=len(done.examples),
        lost=dict(Counter(done.lost.values())),
        projected=done.ways,
        **account,
    )


def _translate(
    spec: TranslateSpec, task: Task, examples: list[Example], context: StageContext
) -> tuple[ProjectedExamples, dict[str, Any]]:
    """The translated examples, and how much was translated and how well."""
    if isinstance(spec.translator, FileTranslator):
        return _given(spec, spec.translator, task, examples, context), {}
    translator = _open(spec, spec.translator, context)
    done = project_examples(examples, task, spec.data.language, spec.to, translator)
    judged = examples[:: max(1, len(examples) // NUM_JUDGED)]
    texts = [text for example in judged for text in translatable_texts(example, task.family_declaration)]
    if done.texts:
        texts = list(done.texts[:: max(1, len(done.texts) // NUM_JUDGED)])
    quality = translator.quality(translator.translate(texts[:NUM_JUDGED]))
    return done, {"num_texts": translator.num_texts, "num_tokens": translator.num_tokens, "quality": quality}


def _given(
    spec: TranslateSpec, translator: FileTranslator, task: Task, examples: list[Example], context: StageContext
) -> ProjectedExamples:
    """Of the translations that a file has for the whole split, those of these examples."""
    path = translator.path(task.name, spec.data.split, spec.data.language, spec.to)
    kept, lost = read_given(path, task, read_all(spec.data, task, context))
    drawn = {example.id for example in examples}
    return ProjectedExamples(
        [one for one in kept if one.id in drawn], {name: lost[name] for name in lost if name in drawn}, {}
    )


def _open(
    spec: TranslateSpec, how: HubTranslator | FolderTranslator | LabTranslator, context: StageContext
) -> Translator:
    if isinstance(how, LabTranslator):
        return LabTexts(spec.data.language, spec.to, how.noise)
    if isinstance(how, HubTranslator):
        folder = download(how.repository, how.revision, f"translator.{how.name}", MODEL_FILES)
    else:
        folder = expanded(how.folder)
    return Seq2Seq(folder, how, spec.data.language, spec.to, context.training())
