"""A grid: values of recipes' fields that trainings are tried with, each as a setting or the best on source dev."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from stepstone.core.checked import check_table
from stepstone.core.recipe import Limits, Recipe
from stepstone.core.value import Value

# Every combination trains every target of every arm and seed anew.
MAX_COMBINATIONS = 16
# By what source dev chooses is the same for all that it chooses among.
_JUDGING = ("selection", "selection_examples", "selection_metric")
# What the steps of a training are counted by.
_LENGTH = ("num_steps", "num_epochs", "batch_size")
# Of one combination: fields with their values.
GridPoint = tuple[tuple[str, Any], ...]


def _check_values(given: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Every field with its values as tuples; raises ValueError that names the field."""
    if not given:
        raise ValueError("names no field; give one with its values, as in { learning_rate = [1e-5, 3e-5] }")
    found = {field: _checked(field, values) for field, values in given.items()}
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


@dataclass(frozen=True)
class GridCombination:
    """What a setting has of a grid: its values, whether they are the first, and whether source dev chooses them."""

    values: GridPoint = ()
    is_first: bool = True
    is_chosen: bool = False

    @property
    def named(self) -> GridPoint:
        """What labels say: under its first values a chosen arm is called as if there were no grid."""
        return () if self.is_chosen and self.is_first else self.values

    @property
    def factor(self) -> GridPoint:
        """What is shown to people as a factor of the study: nothing where source dev chooses."""
        return () if self.is_chosen else self.values


NOTHING_TRIED = GridCombination()  # without a grid
Values = Annotated[dict[str, Any], AfterValidator(_check_values)]


class Grid(Value):
    """Values of recipes' fields, crossed: every target and every intermediate task is trained with each combination."""

    recipe: Values = Field(
        {},
        description="of targets: a field of the recipe, and two or more values of it",
        examples=[{"learning_rate": [1e-05, 3e-05]}],
    )
    intermediate_recipe: Values = Field(
        {},
        description="the same of intermediate tasks, whose every combination goes on to the targets",
        examples=[{"learning_rate": [1e-05, 3e-05]}],
    )
    choose: Literal["source-dev"] | None = Field(
        None,
        description="source-dev: of each model, arm and target the values with the highest mean over seeds on source "
        "dev are reported, of intermediate tasks on their own dev sets; none: each combination is",
        examples=["source-dev"],
    )

    @property
    def points(self) -> tuple[GridCombination, ...]:
        """Every combination of targets' values, in the study's order."""
        return self._tried(self.recipe)

    @property
    def intermediate_points(self) -> tuple[GridCombination, ...]:
        """Every combination of intermediate tasks' values, in the study's order."""
        return self._tried(self.intermediate_recipe)

    def _tried(self, given: Mapping[str, Any]) -> tuple[GridCombination, ...]:
        points = [tuple(zip(given, values, strict=True)) for values in product(*given.values())]
        return tuple(GridCombination(point, point == points[0], self.choose is not None) for point in points)

    @model_validator(mode="after")
    def _something_is_tried(self) -> Self:
        if not self.recipe and not self.intermediate_recipe:
            raise ValueError(
                "names no field; give recipe, of targets, or intermediate_recipe, as in "
                "recipe = { learning_rate = [1e-5, 3e-5] }"
            )
        num = len(self.points) * len(self.intermediate_points)
        if num > MAX_COMBINATIONS:
            raise ValueError(
                f"has {num} combinations, each of which trains every target anew; give {MAX_COMBINATIONS} at most"
            )
        return self

    def check_choice(self, *, has_shots: bool, has_probes: bool) -> None:
        """Raise ValueError where the rest of a study leaves source dev nothing to choose, or reads what it does not."""
        if self.choose and has_shots:
            raise ValueError("grid.choose: trainings of num_shots have no source dev; leave out one of the two")
        if self.choose and has_probes:
            raise ValueError("grid.choose: probes read all checkpoints, chosen or not; leave out one of the two")

    def check_intermediates(self, *, has_any: bool, has_control: bool) -> None:
        """Raise ValueError where a study has nothing that values of intermediate tasks could be of."""
        if self.intermediate_recipe and not has_any:
            raise ValueError("grid.intermediate_recipe: there is no [intermediate.NAME] table that it could be of")
        changed = [field for field in _LENGTH if field in self.intermediate_recipe]
        if self.choose and has_control and changed:
            raise ValueError(
                f"grid.intermediate_recipe: {changed[0]} changes how many steps a control takes, and source dev of "
                "the intermediate task is not for a control to choose by; leave out choose, control or this field"
            )

    def with_rate(self, learning_rate: float) -> Grid:
        """The same around another learning rate, where it has several: the first value becomes this one."""
        changed = {
            "recipe": _around(learning_rate, self.recipe),
            "intermediate_recipe": _around(learning_rate, self.intermediate_recipe),
        }
        return self.model_copy(update=changed)


def _around(learning_rate: float, values: Mapping[str, Any]) -> dict[str, Any]:
    rates = values.get("learning_rate")
    if rates is None:
        return dict(values)
    return {**values, "learning_rate": tuple(learning_rate * rate / rates[0] for rate in rates)}


def describe_point(point: GridPoint | Mapping[str, Any]) -> str:
    """In words.

    >>> describe_point((("learning_rate", 3e-05), ("lora_targets", ("query", "value"))))
    'learning_rate 3e-05, lora_targets query+value'
    """
    return ", ".join(f"{field} {text}" for field, text in label_texts(point))


def label_texts(point: GridPoint | Mapping[str, Any]) -> Iterator[tuple[str, str]]:
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
