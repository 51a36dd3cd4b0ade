"""Few-shot training: a target's last training goes on with some examples of the language that is evaluated."""

from __future__ import annotations

from stepstone.core.model import Model
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.planning.axes import ResolvedTarget
from stepstone.planning.demands import SHOTS, ExampleDemand
from stepstone.planning.ledger import Ledger
from stepstone.planning.recipes import Recipes
from stepstone.planning.trainings import Trainings
from stepstone.planning.uses import Uses

# Where examples are taken from, the first that there is, with the words for its data.
_SPLITS = {"train": "training data", "dev": "dev data"}


class Shots:
    """Specs of few-shot trainings; a language without data for one is noted."""

    def __init__(self, uses: Uses, trainings: Trainings, recipes: Recipes, ledger: Ledger) -> None:
        self._uses, self._trainings, self._recipes, self._ledger = uses, trainings, recipes, ledger

    def find(self, model: Model, target: ResolvedTarget, language: str, num: int, seed: int) -> FinetuneSpec | None:
        """As the target's last training, on `num` examples in `language`, with its head; its last step is kept.

        Examples are of the target's own training data, or of its dev data where it has none in that language; never
        of the split that is evaluated.
        """
        split = _split(target, language)
        if split is None:
            self._ledger.notes.append(f"target.{target.name}: {_lack(target, language)}, so there are no shots there")
            return None
        recipe = (
            self._recipes.of_target(model, target, target.hops[-1])
            .model_copy(update={"selection": "last"})
            .without_looks()
        )
        train = self._uses.data(target.task, split, language, num)
        self._trainings.demands.append(ExampleDemand(SHOTS, train))
        return FinetuneSpec(train=train, dev=None, recipe=recipe, seed=seed, keep_head=True)


def _split(target: ResolvedTarget, language: str) -> str | None:
    had = target.task.languages
    return next((split for split in _SPLITS if split != target.entry.split and language in had.get(split, ())), None)


def _lack(target: ResolvedTarget, language: str) -> str:
    """Why there is no split to take examples of."""
    if target.entry.split not in _SPLITS:
        return f"has neither training nor dev data in {language}"
    (other,) = (said for split, said in _SPLITS.items() if split != target.entry.split)
    return f"its {_SPLITS[target.entry.split]} is what is evaluated, and it has no {other} in {language}"
