"""Translated examples of any family: texts put into another language, and golds that follow them."""

from __future__ import annotations

from collections.abc import Sequence

from stepstone.core.example import Example
from stepstone.core.language import language
from stepstone.core.task import Task
from stepstone.data.translated import has_entities, refuse_untranslatable
from stepstone.translation.spans import by_spans
from stepstone.translation.tags import by_tags, by_words
from stepstone.translation.texts import ProjectedExamples, Translator, WordTranslator, by_label


def project_examples(
    examples: Sequence[Example], task: Task, source: str, to: str, translator: Translator
) -> ProjectedExamples:
    """The examples of a task put from `source` into `to`, in their order, but for those that are lost.

    Raises:
        UserError: no translation of the task's examples has a gold.
    """
    refuse_untranslatable(task, "words" if isinstance(translator, WordTranslator) else "texts")
    family, spaced = task.family_declaration, (language(source).spaced, language(to).spaced)
    if family.projection == "spans":
        return by_spans(examples, family, translator)
    if family.projection == "tags" and isinstance(translator, WordTranslator) and not has_entities(task):
        return by_words(examples, task.labels, spaced[0], translator)
    if family.projection == "tags":
        return by_tags(examples, spaced, translator)
    return by_label(examples, family, translator)
