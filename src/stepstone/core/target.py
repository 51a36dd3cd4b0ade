"""A target of a study: a task that is trained on and scored in every evaluated language."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stepstone.core.checked import Code, RecipePatch
from stepstone.core.intermediate import TrainingSize
from stepstone.core.value import MAX_COUNT

Languages = Annotated[tuple[Code, ...], Field(min_length=1)]


class Target(TrainingSize):
    """A target task: what it is trained on (by default what the benchmark does) and where it is evaluated."""

    train: tuple[str, ...] | None = Field(None, description="tasks trained on, in turn; none: the task's own")
    source_language: Code | None = Field(None, description="trained in; none: the study's", examples=["de"])
    languages: Languages | None = Field(None, description="evaluated; none: the study's")
    split: str = Field("test", description="the split that is scored")
    num_test: int | None = Field(None, ge=1, le=MAX_COUNT, description="examples scored per language; none: all")
    translate_test: str | None = Field(
        None,
        description="the translator that puts test data into the language trained in; none: it is read as it is",
        examples=["nllb"],
    )
    definition: str | None = Field(
        None, description="the named definition of the score; none: the task's own", examples=["jiant"]
    )
    layer: int | None = Field(
        None, ge=0, le=10_000, description="hidden layer pooled for retrieval; none: int(0.6 x layers)"
    )
    recipe: RecipePatch = Field({}, description="what its fine-tuning changes in the study's recipe")
