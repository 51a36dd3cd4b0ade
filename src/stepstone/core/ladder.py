"""A ladder names encoders that were pretrained alike and differ in size; slopes over sizes are drawn within one."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from stepstone.core.facts import Evidence
from stepstone.core.value import Value


class Ladder(Value):
    """Models of one family, the smallest first, with what their pretraining shares and what else is not the same."""

    name: str
    title: str
    models: tuple[str, ...] = Field(min_length=2, description="names of models, the smallest first")
    tokenizer: str = Field(description="the word pieces that all of them read")
    languages: str = Field(description="what all of them were pretrained on")
    tokens: str = Field(description="how much of it they read")
    objective: str = Field(description="what they were pretrained to do")
    differs: str = Field("", description="what besides the size is not the same for all of them")
    citation: str = ""
    url: str = ""
    evidence: Evidence = Field({}, description="where these facts were read, or that they were not")

    @model_validator(mode="after")
    def _no_model_stands_twice(self) -> Self:
        if len(set(self.models)) < len(self.models):
            raise ValueError("models: one of them is listed more than once")
        return self
