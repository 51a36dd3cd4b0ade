"""A grid: values of a recipe's fields that targets are trained with, each as a setting or the best on source dev."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from stepstone.core.checked import check_table
from stepstone.core.recipe import Limits, Recipe
from stepstone.core.value import Value

# Every combination trains every target of every arm and seed anew.
MAX_COMBINATIONS = 16
# By what source dev chooses is the same for all that it chooses among.
_JUDGING = ("selection", "selection_examples", "selection_metric")
# Of one combination: fields with their values.
Point = tuple[tuple[str, Any], ...]


def _check_values(given: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Every field with its values as tuples; raises ValueError that names the field."""
    if not given:
        raise ValueError("names no field; give one with its values, as in { learning_rate = [1e-5, 3e-5] }")
    found = {field: _checked(field, values) for field, values in given.items()}
    num = math.prod(map(len, found.values()))
    if num > MAX_COMBINATIONS:
        raise ValueError(
            f"has {num} combinations, each of which trains every target anew; give {MAX_COMBINATIONS} at most"
        )
    return found


def _checked(field: str, values: Any) -> tuple[Any, ...]:
    if field in Limits.model_fields or field in _JUDGING:
        what = "how texts are cut and answers are read" if field in Limits.model_fields else "how source dev judges"
        raise ValueError(f"{field}: {what} is the same for all values of a grid; give it in [recipe]")
    if not isinstance(values, list | tuple) or len(values) < 2:
        shown = (
            f"is {values!r}" if not isinstance(values, list | tuple) else "is empty" if not values else "has one value"
        )
        raise ValueError(f"{field}: {shown}; a grid takes a list of two or more, and a single value goes into [recipe]")
    for value in values:
        check_table({field: value}, Recipe)
    frozen = tuple(tuple(value) if isinstance(value, list) else value for value in values)
    repeated = next((value for value in frozen if frozen.count(value) > 1), None)
    if repeated is not None:
        raise ValueError(f"{field}: {repeated} is listed more than once")
    return frozen


class Grid(Value):
    """Values of a recipe's fields, crossed; targets are trained with each combination, intermediate tasks are not."""

    recipe: Annotated[dict[str, Any], AfterValidator(_check_values)] = Field(
        description="a field of the recipe, and two or more values of it", examples=[{"learning_rate": [1e-05, 3e-05]}]
    )
    choose: Literal["source-dev"] | None = Field(
        None,
        description="source-dev: of each model, arm and target the values with the highest mean over seeds on source "
        "dev are reported; none: each combination is",
        examples=["source-dev"],
    )

    @property
    def points(self) -> tuple[Point, ...]:
        """Every combination, in the study's order."""
        return tuple(tuple(zip(self.recipe, values, strict=True)) for values in product(*self.recipe.values()))

    def check_choice(self, *, has_shots: bool, has_probes: bool) -> None:
        """Raise ValueError where the rest of a study leaves source dev nothing to choose, or reads what it does not."""
        if self.choose and has_shots:
            raise ValueError("grid.choose: trainings of num_shots have no source dev; leave out one of the two")
        if self.choose and has_probes:
            raise ValueError("grid.choose: probes read all checkpoints, chosen or not; leave out one of the two")

    def with_rate(self, learning_rate: float) -> Grid:
        """The same around another learning rate, where it has several: the first value becomes this one."""
        rates = self.recipe.get("learning_rate")
        if rates is None:
            return self
        scaled = tuple(learning_rate * rate / rates[0] for rate in rates)
        return self.model_copy(update={"recipe": {**self.recipe, "learning_rate": scaled}})


def describe_point(point: Point | Mapping[str, Any]) -> str:
    """In words.

    >>> describe_point((("learning_rate", 3e-05), ("lora_targets", ("query", "value"))))
    'learning_rate 3e-05, lora_targets query+value'
    """
    return ", ".join(f"{field} {text}" for field, text in written(point))


def written(point: Point | Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Fields with their values as texts that may stand in labels."""
    for field, value in dict(point).items():
        yield (
            field,
            "+".join(map(str, value))
            if isinstance(value, tuple)
            else f"{value:g}"
            if isinstance(value, float)
            else str(value),
        )
