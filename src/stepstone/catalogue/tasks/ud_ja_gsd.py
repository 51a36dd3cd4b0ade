"""Part-of-speech tags of the Japanese treebank GSD, the native counterpart of English tagging."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.tasks import ud
from stepstone.core.example import TaggingExample
from stepstone.core.task import Task

task = Task(
    name="ud_ja_gsd",
    title="UD Japanese-GSD",
    family="tagging",
    metric="token_accuracy",
    definition="corrected",
    languages={"train": ("ja",), "dev": ("ja",), "test": ("ja",)},
    labels=ud.task.labels,
    trained_on=("ud_ja_gsd",),
    sources=(ud.FILES,),
    recipe=ud.task.recipe,
    licence="CC BY-SA 4.0",
    citation="Asahara et al. 2018 (LREC)",
    url="https://github.com/UniversalDependencies/UD_Japanese-GSD",
    evidence={"recipe": "as UDPOS's", "licence": "README of UD_Japanese-GSD"},
    traps=ud.task.traps,
)


def to_example(row: Mapping[str, Any], language: str) -> TaggingExample:
    """A sentence with its part-of-speech tags."""
    return ud.to_example(row, language)
