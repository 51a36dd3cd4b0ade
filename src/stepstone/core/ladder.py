"""A ladder names encoders that were pretrained alike and differ in size; slopes over sizes are drawn within one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

from pydantic import BeforeValidator, Field, StringConstraints

from stepstone.core.checked import NoRepeats, refuse_repeats
from stepstone.core.facts import FactSources
from stepstone.core.value import Value

ModelNames = Annotated[tuple[str, ...], NoRepeats, Field(min_length=2)]
LadderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]


class Ladder(Value):
    """Models of one family, the smallest first, with what their pretraining shares and what else is not the same."""

    name: str
    title: str
    models: ModelNames = Field(description="names of models, the smallest first")
    tokenizer: str = Field(description="the word pieces that all of them read")
    languages: str = Field(description="what all of them were pretrained on")
    tokens: str = Field(description="how much of it they read")
    objective: str = Field(description="what they were pretrained to do")
    differs: str = Field("", description="what besides the size is not the same for all of them")
    citation: str = ""
    url: str = ""
    evidence: FactSources = Field({}, description="where these facts were read, or that they were not")


class LadderEntry(Value):
    """A ladder of a study: a declared one by its name alone, or one that the study declares."""

    models: ModelNames | None = Field(
        None, description="names of models, the smallest first; none: it is a declared ladder"
    )


def _named(given: Any) -> Any:
    """`ladder = "lab"` and `ladder = ["lab", "ettin"]` name declared ladders; `[ladder.NAME]` declares one."""
    if isinstance(given, str):
        return {given: {}}
    if isinstance(given, list | tuple) and all(isinstance(name, str) for name in given):
        return {name: {} for name in refuse_repeats(tuple(given))}
    if not isinstance(given, Mapping):
        raise ValueError(
            'give the name of a ladder, as in ladder = "lab", or a table, as in [ladder.NAME] models = [...]'
        )
    return given


LadderEntries = Annotated[
    dict[LadderName, LadderEntry],
    BeforeValidator(_named, json_schema_input_type=str | tuple[str, ...] | dict[str, LadderEntry]),
]


class ModelFactors(TypedDict):
    """What sets an encoder apart, as columns of the frame.

    `model` is its name in the plan, `size` that of its declaration: encoders of one size that were pretrained under
    several seeds share it.
    """

    model: str
    size: str
    ladder: str
    pretraining_seed: int | None
    num_parameters: int | None
    num_layer_parameters: int | None
