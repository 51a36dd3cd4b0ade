"""An intermediate of a study: a stepping stone with its arms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from stepstone.core.arm import ArmEntry, DeclaredArm, Merged, Portion, Trained
from stepstone.core.checked import ByCode, RecipePatch
from stepstone.core.errors import nearest
from stepstone.core.mixing import Mixing
from stepstone.core.value import Name, Value

# The name stands in labels and in names of files.
ArmName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_+>-]*$")]


class TrainingSize(Value):
    """How many examples are trained on."""

    num_examples: int | None = Field(
        None,
        ge=1,
        description="drawn at random, the same number everywhere; none: all; of an intermediate also a list",
    )
    at_most: bool = Field(False, description="train on all that a language has where these are fewer than num_examples")

    @model_validator(mode="after")
    def _at_most_of_something(self) -> Self:
        if self.at_most and self.num_examples is None:
            raise ValueError("at_most: goes with num_examples, which is not given")
        return self


class Intermediate(TrainingSize):
    """A stepping stone: its arms, each a task in a language, or a chain, a mixture, a merge of such."""

    tasks: ByCode[str] = Field({}, description='arms in short: language -> task, as in {en = "mnli", ja = "jnli"}')
    arms: dict[ArmName, ArmEntry] = Field(
        {}, description='arms by name, as in {both = ["mnli:en", "jnli:ja"], chain = ["mnli:en", "then", "jnli:ja"]}'
    )
    mixing: Mixing = Field(Mixing(), description="how the portions of a mixture are drawn")
    translator: str | None = Field(
        None, description='the translator of portions such as "mnli:en>ja" that name none', examples=["nllb"]
    )
    paired: bool = Field(
        False, description="its arms are translations of each other, and train on the examples that all of them have"
    )
    after: str | None = Field(
        None, description="another intermediate (its arm of the same name), or NAME.ARM", examples=["nli"]
    )
    recipe: RecipePatch = Field({}, description="what its fine-tuning changes in the study's recipe")
    base: str = Field("", description="set where num_examples lists several: the name without its number")

    @property
    def all_arms(self) -> dict[str, DeclaredArm]:
        """Every arm by name, those in short first."""
        short = {code: Trained(hops=((Portion(task=task, language=(code,)),),)) for code, task in self.tasks.items()}
        return {**short, **self.arms}

    @property
    def hops(self) -> tuple[tuple[Portion, ...], ...]:
        """All hops of its arms."""
        return tuple(hop for arm in self.all_arms.values() if isinstance(arm, Trained) for hop in arm.hops)

    @property
    def portions(self) -> tuple[Portion, ...]:
        """All portions of its arms."""
        return tuple(portion for hop in self.hops for portion in hop)

    @property
    def all_tasks(self) -> tuple[str, ...]:
        """The tasks of its arms, each once."""
        return tuple(dict.fromkeys(portion.task for portion in self.portions))

    @property
    def all_languages(self) -> tuple[str, ...]:
        """The languages of its arms, each once, those that are translated into among them."""
        return tuple(dict.fromkeys(code for one in self.portions for code in (*one.language, *one.to)))

    def keep(self, arms: Iterable[str]) -> Self | None:
        """With these arms alone, and no merge of others; None if none is left."""
        kept = set(arms)
        lost = {name for name, arm in self.arms.items() if isinstance(arm, Merged) and not kept.issuperset(arm.merge)}
        tasks = {code: task for code, task in self.tasks.items() if code in kept}
        named = {name: arm for name, arm in self.arms.items() if name in kept - lost}
        return self.model_copy(update={"tasks": tasks, "arms": named}) if tasks or named else None

    def is_language(self, arm: str) -> bool:
        """Whether an arm is one task in one language, and called by it."""
        if arm in self.tasks:
            return True
        how = self.arms.get(arm)
        portions = [portion for hop in how.hops for portion in hop] if isinstance(how, Trained) else []
        return [(portion.language, portion.to) for portion in portions] == [((arm,), ())]

    @model_validator(mode="after")
    def _arms_fit(self) -> Self:
        if not self.tasks and not self.arms:
            raise ValueError('tasks: give {language = "task"}, or arms')
        twice = [name for name in self.arms if name in self.tasks]
        if twice:
            raise ValueError(f'arms.{twice[0]}: "{twice[0]}" is among tasks, too; give it one of them')
        if self.mixing != Mixing() and all(len(one) == 1 and len(one[0].language) == 1 for one in self.hops):
            raise ValueError("mixing: is of hops of several portions, and no arm has one")
        trained = [name for name, arm in self.all_arms.items() if isinstance(arm, Trained)]
        for name, arm in self.arms.items():
            for other in arm.merge if isinstance(arm, Merged) else ():
                if other not in trained:
                    raise ValueError(f'arms.{name}.merge: no arm "{other}" is trained here; {nearest(other, trained)}')
        return self


def _by_number(given: Any) -> Any:
    """Intermediates with `num_examples = [500, 2000]` as one for each number, called `NAME:NUMBER`."""
    if not isinstance(given, Mapping):
        return given
    found: dict[str, Any] = {}
    for name, table in given.items():
        for called, one in _each_number(name, table):
            if called in found or (called != name and called in given):
                raise ValueError(f'{name}.num_examples: another intermediate is called "{called}"; rename it')
            found[called] = one
    return found


def _each_number(name: str, table: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(table, Mapping) and table.get("base"):
        raise ValueError(f"{name}.base: is not for a study to say; list numbers, as in num_examples = [500, 2000]")
    numbers = table.get("num_examples") if isinstance(table, Mapping) else None
    if not isinstance(numbers, list | tuple):
        return ((name, table),)
    if not numbers or not all(type(num) is int and num > 0 for num in numbers) or len(set(numbers)) < len(numbers):
        raise ValueError(f"{name}.num_examples: give whole numbers above 0, each once, not {list(numbers)}")
    return ((f"{name}:{num}", {**table, "num_examples": num, "base": name}) for num in numbers)


Intermediates = Annotated[dict[Name, Intermediate], BeforeValidator(_by_number)]
