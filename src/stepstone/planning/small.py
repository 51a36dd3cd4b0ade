"""What stands in for parts of a study where it is rehearsed: fewer examples, recipes of small models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.arm import DeclaredArm, Merged, Portion, Trained
from stepstone.core.intermediate import Intermediate
from stepstone.core.model import ScratchModel
from stepstone.core.recipe import Recipe
from stepstone.core.tag import find_tag
from stepstone.core.target import Target
from stepstone.lab import write
from stepstone.planning.adaptation import shrink

# What a rehearsal takes at most: enough for the toy world's tasks to be learnt, in minutes.
TRAIN_EXAMPLES = 2000
TEST_EXAMPLES = 200
LAB_TEXT = "text"
# Optimiser steps between two looks of a training that is audited: the lab's models look once, at the end.
AUDIT_EVERY = 15


class SmallParts:
    """What stands in for parts of a study, on these encoders."""

    def __init__(self, models: Sequence[ScratchModel], catalogue: Catalogue) -> None:
        self._models, self._catalogue = models, catalogue

    @property
    def learning_rate(self) -> float:
        """That of the first model's own recipe."""
        return float(self._models[0].recipe.get("learning_rate", Recipe().learning_rate))

    def recipe(self, recipe: Mapping[str, Any]) -> dict[str, Any]:
        """How a checkpoint is chosen, which depends on what dev sets there are, and what of an encoder is trained.

        Everything else is the lab models' own.
        """
        chosen = {name: value for name, value in recipe.items() if name == "selection"}
        return chosen | shrink(recipe, self._models)

    def hop(self, entry: Intermediate, most: int, rate: float) -> Intermediate:
        """An intermediate on no more examples than a rehearsal takes; several numbers of them in proportion.

        It learns `rate` times as fast as the lab models do.
        """
        own = self._models[0].recipe.get("learning_rate", Recipe().learning_rate)
        changed = {} if rate == 1 else {"learning_rate": float(f"{own * rate:.6g}")}
        if len(entry.arms) > 1 and "batch_size" in entry.recipe:
            # Arms of several families would each have their own task's, and so take other numbers of steps.
            changed["batch_size"] = entry.recipe["batch_size"]
        asked, share = entry.num_examples or TRAIN_EXAMPLES, Fraction(min(most, TRAIN_EXAMPLES), most)
        num_examples = max(1, int(asked * share))
        arms = {name: self._arm(arm, share) for name, arm in entry.arms.items()}
        return entry.model_copy(
            update={"num_examples": num_examples, "recipe": self.recipe(entry.recipe) | changed, "arms": arms}
        )

    def target(self, entry: Target, *, is_audited: bool) -> Target:
        """A target on no more examples than a rehearsal takes."""
        return entry.model_copy(
            update={
                "num_examples": min(entry.num_examples or TRAIN_EXAMPLES, TRAIN_EXAMPLES),
                "num_test": min(entry.num_test or TEST_EXAMPLES, TEST_EXAMPLES),
                # A layer of a large model may be none of a small one; the rule for it holds at any depth.
                "layer": None,
                "recipe": self.recipe(entry.recipe) | ({"eval_every": AUDIT_EVERY} if is_audited else {}),
                "languages": in_lab(entry.languages),
            }
        )

    def _arm(self, arm: DeclaredArm, share: Fraction) -> DeclaredArm:
        """The arm with no more examples than a rehearsal takes, and the lab models' own lengths and batches."""
        if isinstance(arm, Merged):
            return arm.model_copy(update={"num_layers": arm.num_layers and 1})
        numbers = iter(self._numbers([portion for hop in arm.hops for portion in hop], share))
        return Trained(hops=tuple(tuple(self._portion(one, next(numbers)) for one in hop) for hop in arm.hops))

    def _numbers(self, portions: Sequence[Portion], share: Fraction) -> list[int | None]:
        """How many examples of each of its languages a portion takes that says so: of labelled ones, in proportion.

        What whole numbers leave over goes to portions of few languages, so that arms that were equal stay so.
        """
        found = [one.num_examples and min(one.num_examples, TRAIN_EXAMPLES) for one in portions]
        own = [place for place, one in enumerate(portions) if one.num_examples and not self._is_text(one)]
        own.sort(key=lambda place: len(portions[place].language))
        asked = sum(len(portions[place].language) * (portions[place].num_examples or 0) for place in own)
        total = min(TRAIN_EXAMPLES, int(asked * share))
        for place in own:
            found[place] = max(1, (portions[place].num_examples or 0) * total // asked)
        left = total - sum(len(portions[place].language) * (found[place] or 0) for place in own)
        for place in own:
            more = max(0, left) // len(portions[place].language)
            found[place] = (found[place] or 0) + more
            left -= more * len(portions[place].language)
        return found

    def _is_text(self, portion: Portion) -> bool:
        known = self._catalogue.tasks()
        return portion.task in known and not self._catalogue.task(portion.task).family_declaration.is_labelled

    def _portion(self, portion: Portion, num_examples: int | None) -> Portion:
        """Running text of any kind is the lab's, which has but one."""
        task = LAB_TEXT if self._is_text(portion) else portion.task
        return portion.model_copy(update={"task": task, "num_examples": num_examples, "recipe": {}})


def in_lab(languages: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """What the lab has of these languages: pt for pt-BR."""
    if languages is None:
        return None
    found = (find_tag(code, write.lab_languages()) for code in languages)
    return tuple(dict.fromkeys(code for code in found if code))
