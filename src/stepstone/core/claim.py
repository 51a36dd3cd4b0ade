"""Claims: what a paper states, where, and as what test in a study's terms; `docs/claims.md` explains the kinds."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from stepstone.core.analysis import ArmOrLanguage
from stepstone.core.checked import Code, NoRepeats, OneOrMore, as_list
from stepstone.core.condition import BASELINE
from stepstone.core.errors import nearest
from stepstone.core.facts import REMEMBERED
from stepstone.core.mistakes import mistakes
from stepstone.core.toml import TomlValue
from stepstone.core.value import Value


class Side(Value):
    """What stands on one side of a comparison: a condition, with how its targets are trained if that is not usual."""

    arm: str = Field(BASELINE, description=f'a condition, as in "nli.ja"; "{BASELINE}": no intermediate task')
    source_language: Code | None = Field(None, description="that targets are trained in; none: the study's first")
    num_examples: int | None = Field(None, ge=1, description="of each target's training; none: the study's first")
    num_shots: int | None = Field(None, ge=0, description="in the evaluated language; none: the study's first")

    def __str__(self) -> str:
        """As people read it.

        >>> str(Side(arm="nli.ja")), str(Side(source_language="de", num_shots=10))
        ('nli.ja', 'none (source de, 10 shots)')
        """
        source = [f"source {self.source_language}"] if self.source_language else []
        examples = [f"{self.num_examples:,} examples"] if self.num_examples else []
        shots = [f"{self.num_shots} shots"] if self.num_shots is not None else []
        said = ", ".join([*source, *examples, *shots])
        return f"{self.arm} ({said})" if said else self.arm


def _side(given: Any) -> Any:
    return {"arm": given} if isinstance(given, str) else given


def _sides(given: Any) -> Any:
    return (given,) if isinstance(given, dict) else as_list(given)


OneSide = Annotated[Side, BeforeValidator(_side)]
Sides = Annotated[tuple[OneSide, ...], BeforeValidator(_sides), NoRepeats]
NameList = Annotated[tuple[str, ...], OneOrMore, NoRepeats, Field(min_length=1)]
ArmNames = Annotated[tuple[ArmOrLanguage, ...], OneOrMore, NoRepeats, Field(min_length=1)]
Direction = Literal["higher", "lower"]
NONE: tuple[Side, ...] = (Side(),)


class _Where(Value):
    """Of what a difference is."""

    target: NameList = Field(description="a target or a benchmark; several: the mean over them")
    part: ArmNames = Field(("all",), description='"all", a group of languages, a language, or a list of languages')
    minus_part: ArmNames | None = Field(None, description="subtracted: the same difference in these languages")
    model: str | None = Field(None, description="none: the claim is tested on every model of the study")


class _OfArms(_Where):
    """A difference of arms: the mean of some minus the mean of others."""

    arm: Sides = Field(min_length=1, description="a condition; several: their mean")
    against: Sides = Field(NONE, description="what is subtracted; several: their mean; []: nothing, it is of the score")

    @model_validator(mode="after")
    def _sides_differ(self) -> Self:
        if set(self.arm) & set(self.against):
            raise ValueError("against: is the arm itself")
        return self


class _Signed(Value):
    """The side of a difference that is claimed."""

    expect: Direction = Field("higher", description="the sign of the difference")
    by: float = Field(0.0, ge=0, description="points that it is larger than; of a slope, points per doubling")


class ComparisonTest(_OfArms, _Signed):
    """One arm is higher, or lower, than another."""

    kind: Literal["comparison"] = "comparison"


class SizeTest(_OfArms):
    """A difference has this size."""

    kind: Literal["size"] = "size"
    effect: float = Field(description="points")
    tolerance: float = Field(gt=0, description="points, to both sides")


class CountTest(_OfArms, _Signed):
    """So many of the differences, of each arm on each target, are higher, or lower."""

    kind: Literal["count"] = "count"
    at_least: int | None = Field(None, ge=1)
    at_most: int | None = Field(None, ge=0)

    @property
    def num(self) -> int:
        """The differences that are counted."""
        return len(self.arm) * len(self.target)

    @model_validator(mode="after")
    def _counts_fit(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("at_least: give one of at_least and at_most")
        if (self.at_least or 0) > self.num or (self.at_most is not None and self.at_most >= self.num):
            raise ValueError(f"at_least: {self.num} differences are counted: what is always or never so is no claim")
        return self


class OrderingTest(_Where):
    """Arms, or the gain of one arm in several models, stand in this order, the highest first."""

    kind: Literal["ordering"] = "ordering"
    arms: Sides = Field((), description="the highest first")
    models: tuple[str, ...] = Field((), description="in place of arms: models by the gain of `arm`, the largest first")
    arm: Sides = ()
    against: Sides = NONE

    @model_validator(mode="after")
    def _one_thing_is_ordered(self) -> Self:
        if (len(self.arms) >= 2) == (len(self.models) >= 2):
            raise ValueError("arms: give at least two arms, or at least two models")
        if self.models and (not self.arm or self.model is not None):
            raise ValueError("arm: models are ordered by the gain of an arm, which has to be named; `model` is not")
        if self.arms and self.arm:
            raise ValueError("arm: goes with models; of arms, the list in `arms` is ordered")
        return self


class SlopeTest(_OfArms, _Signed):
    """A difference grows, or falls, with the size of the model: points per doubling of its parameters."""

    kind: Literal["slope"] = "slope"
    models: tuple[str, ...] = Field((), description="of one ladder, at least three; none: all of the study")

    @model_validator(mode="after")
    def _is_over_models(self) -> Self:
        if self.model is not None:
            raise ValueError("model: a slope is over models; name them in `models`, or none for all")
        return self


Test = ComparisonTest | SizeTest | CountTest | OrderingTest | SlopeTest
KINDS: dict[str, type[Test]] = {
    "comparison": ComparisonTest,
    "size": SizeTest,
    "count": CountTest,
    "ordering": OrderingTest,
    "slope": SlopeTest,
}


def _read_test(given: Any) -> Test:
    """The test of its kind; raises ValueError with every mistake."""
    if isinstance(given, ComparisonTest | SizeTest | CountTest | OrderingTest | SlopeTest):
        return given
    if not isinstance(given, dict):
        raise ValueError("give a table, as [claim.test]")
    kind = KINDS.get(given.get("kind", ""))
    if kind is None:
        raise ValueError(f'kind: no kind of test "{given.get("kind", "")}"; {nearest(str(given.get("kind")), KINDS)}')
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise ValueError("; ".join(mistakes(error, kind))) from error


class PublishedNumber(Value):
    """A published number: what it is of, and where it was read, or that it is remembered."""

    value: float
    unit: Literal["points", "percent"] = "points"
    what: str = Field(min_length=1)
    read: str = Field(min_length=1, description=f'where it was read; or a text that begins with "{REMEMBERED}"')


class PublishedScore(Value):
    """A published score of an arm, in percent, mean over languages."""

    model: str
    arm: str = BASELINE
    target: str
    metric: str = Field(description="name of the value, as scores of the target have it: f1, accuracy ...")
    value: float = Field(ge=-100, le=100)
    read: str = Field(min_length=1, description=f'where it was read; or a text that begins with "{REMEMBERED}"')


class Claim(Value):
    """A statement, where it is made, and its test; or why a study cannot test it."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    statement: str = Field(min_length=1)
    place: str = Field(min_length=1, description="section or table of the source")
    reading: str = Field("", description="how the statement became a test, where that is a choice")
    test: Annotated[Test | None, BeforeValidator(_read_test)] = None
    untested: str = Field("", description="in place of a test: why there is none")
    published: tuple[PublishedNumber, ...] = ()

    @model_validator(mode="after")
    def _test_or_reason(self) -> Self:
        if (self.test is None) == (not self.untested):
            raise ValueError("test: give a test, or the reason why there is none as `untested`")
        return self


class Claims(TomlValue):
    """The claims of one source."""

    called: ClassVar[str] = "list of claims"
    page: ClassVar[str] = "docs/claims.md"

    title: str = Field(min_length=1)
    url: str = ""
    claim: tuple[Claim, ...] = Field(min_length=1)
    score: tuple[PublishedScore, ...] = Field(
        (), description="published scores, shown beside those of the same arm and model"
    )

    @model_validator(mode="after")
    def _ids_are_names(self) -> Self:
        ids = [one.id for one in self.claim]
        repeated = next((one for one in ids if ids.count(one) > 1), None)
        if repeated is not None:
            raise ValueError(f'claim: the id "{repeated}" is listed more than once')
        return self
