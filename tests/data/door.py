"""An own task of one file: read, checked, and what its refusal says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stepstone.audit.check import SplitReport, check_task
from stepstone.catalogue.catalogue import Catalogue
from stepstone.catalogue.own import declare
from stepstone.core.errors import UserError
from stepstone.core.example import Example, TaggingExample
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.core.task import Task
from stepstone.data.load import load_examples

TEXTS: dict[str, Any] = {"family": "classification", "labels": ["yes", "no"]}
TAGS: dict[str, Any] = {"family": "tagging", "labels": ["O", "B-PER", "B-LOC"]}
ANEW = "from its release"


def own(name: str, content: str | bytes | list[Any], split: str = "train", **table: Any) -> Task:
    """An own task of one German file with this content."""
    if isinstance(content, list):
        content = "".join(json.dumps(row) + "\n" for row in content)
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    task = {**table, "files": {split: {"de": name}}}
    study = Study.parse({"name": "s", "models": ["m"], "target": {"mine": {}}, "task": {"mine": task}})
    return declare(study.task)["mine"]


def read(name: str, content: str | bytes | list[Any], split: str = "train", **table: Any) -> list[Example]:
    task = own(name, content, split, **table)
    return load_examples(task, split, "de", Place(cache=Path("cache"), use_hub=False))


def refusal(name: str, content: str | bytes | list[Any], split: str = "train", **table: Any) -> str:
    with pytest.raises(UserError) as caught:
        read(name, content, split, **table)
    message = str(caught.value)
    assert message.startswith(name) and f"(mine {split}, de)" in message, message
    assert "remedy: " in message and ANEW not in message, message
    return message


def checked(name: str, content: str | bytes | list[Any], split: str = "train", **table: Any) -> SplitReport:
    task = own(name, content, split, **table)
    (found,) = check_task(task, Place(cache=Path("cache"), use_hub=False), Catalogue(study_tasks={"mine": task})).splits
    return found


def places(report: SplitReport) -> list[str]:
    return [error.partition(" (")[0].partition(", ")[2] for error in report.errors]


def words(examples: list[Example]) -> list[tuple[str, ...]]:
    return [example.words for example in examples if isinstance(example, TaggingExample)]
