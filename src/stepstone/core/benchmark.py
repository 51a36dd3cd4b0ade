"""A benchmark is a declaration: which tasks, in which languages, and what of each enters the average."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from stepstone.core.checked import Code
from stepstone.core.facts import FactSources
from stepstone.core.value import Value


class BenchmarkTask(Value):
    """One task of a benchmark; its score is the mean over languages of the mean of `metrics`."""

    task: str
    groups: tuple[str, ...] = Field(description="groups of tasks that this one counts in")
    languages: tuple[str, ...]
    metrics: tuple[str, ...] = Field(description="names among the values of the task's scores, averaged")
    split: str = "test"


class Benchmark(Value):
    """A named set of parts; its score is the plain mean over parts, and only if none is missing."""

    name: str
    title: str
    parts: tuple[BenchmarkTask, ...]
    source_language: Code | None = Field(None, description="its targets train in; none: in the study's")
    note: str = Field("", description="what a reader of its average must know")
    citation: str = ""
    url: str = ""
    evidence: FactSources = Field({}, description="where its parts were read, or that they were not")

    @model_validator(mode="after")
    def _nothing_counts_twice(self) -> Self:
        tasks = [part.task for part in self.parts]
        assert len(set(tasks)) == len(tasks), f"{self.name}: a task is listed more than once"
        for part in self.parts:
            assert len(set(part.languages)) == len(part.languages), (
                f"{self.name}, {part.task}: a language is listed more than once"
            )
        return self
