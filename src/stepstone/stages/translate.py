"""One split of a task in another language: its texts translated, its golds found again, its losses counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from stepstone.core.errors import UserError
from stepstone.core.result import TranslateResult
from stepstone.core.specs.translate import TranslateSpec
from stepstone.core.translator import LabTranslator
from stepstone.data.translated import write_translated
from stepstone.stages.context import StageContext
from stepstone.stages.read import read
from stepstone.translation.lab import LabTexts
from stepstone.translation.project import project
from stepstone.translation.quality import NUM_JUDGED
from stepstone.translation.texts import Translator, texts_of


def run(spec: TranslateSpec, folder: Path, context: StageContext) -> TranslateResult:
    """Write the translated examples into `folder`, and which were lost and why.

    Raises:
        UserError: nothing is left of the examples, or the translator cannot be used.
        Stopped: it was asked to stop; what is translated is in `context.resume`.
    """
    task = context.catalogue.task(spec.data.task)
    examples = read(spec.data, task, context, seed=0)
    translator = _open(spec, context)
    done = project(examples, task, spec.data.language, spec.to, translator)
    if not done.examples:
        reason, _ = Counter(done.lost.values()).most_common(1)[0]
        where = f"{task.name} {spec.data.split}, {spec.data.language} to {spec.to}"
        raise UserError(f"no example is left of {len(examples)}: {reason}", where=where)
    write_translated(folder, done.examples, done.lost)
    step = max(1, len(examples) // NUM_JUDGED)
    sample = [text for example in examples[::step] for text in texts_of(example, task.family_declaration)][:NUM_JUDGED]
    quality = translator.quality(translator.translate(sample))
    return TranslateResult(
        num_given=len(examples),
        num_examples=len(done.examples),
        lost=dict(Counter(done.lost.values())),
        projected=done.ways,
        num_texts=translator.num_texts,
        num_tokens=translator.num_tokens,
        quality=dict(quality),
    )


def _open(spec: TranslateSpec, context: StageContext) -> Translator:
    if isinstance(spec.translator, LabTranslator):
        return LabTexts(spec.data.language, spec.to, spec.translator.noise)
    raise NotImplementedError
