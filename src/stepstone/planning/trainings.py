"""Hops become specs: a fine-tuning of one task, or a mixture of several portions."""

from __future__ import annotations

from collections.abc import Sequence

from stepstone.core.condition import Hop, Source
from stepstone.core.model import Model
from stepstone.core.recipe import Recipe
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.specs.mixture import MixtureSpec, PortionUse
from stepstone.core.uses import DataUse
from stepstone.planning.demands import ExampleDemand
from stepstone.planning.ledger import Ledger
from stepstone.planning.pairings import Pairings
from stepstone.planning.passages import TextUse
from stepstone.planning.portion_heads import find_head
from stepstone.planning.recipes import Recipes
from stepstone.planning.translations import Translations
from stepstone.planning.trials import DefinitionTrials
from stepstone.planning.uses import Uses


class Trainings:
    """Makes specs of hops; what is wrong with one is a mistake of the ledger, what asks for a number to `demands`."""

    def __init__(
        self,
        uses: Uses,
        translations: Translations,
        pairings: Pairings,
        recipes: Recipes,
        trials: DefinitionTrials,
        ledger: Ledger,
    ) -> None:
        self._uses, self._translations, self._pairings, self._recipes = uses, translations, pairings, recipes
        self._trials, self._ledger = trials, ledger
        self.demands: list[ExampleDemand] = []
        self.texts: list[TextUse] = []

    def finetune(self, hop: Hop, recipe: Recipe, seed: int) -> FinetuneSpec:
        """The spec of a hop of one task."""
        source = hop.only
        dev = self._dev(hop, source) if recipe.selection == "source-dev" else None
        if recipe.selection == "source-dev" and dev is None:
            self._ledger.mistakes.append(
                f'{hop.where}: {source.task.name} has no dev data in "{source.language}" to choose a checkpoint by; '
                'set selection = "last" in its recipe'
            )
        train = self._train(hop, source, seed)
        recipe = recipe if dev else recipe.without_looks()
        return FinetuneSpec(train=train, dev=dev, recipe=recipe, seed=seed, keep_head=hop.keep_head)

    def mixture(self, model: Model, hop: Hop, seed: int, *, is_first: bool) -> MixtureSpec:
        """The spec of a hop of several portions; `is_first`: it starts from the encoder itself."""
        recipe = self._recipes.of_intermediate(model, hop)
        portions = tuple(self._portion(model, hop, source, recipe, seed) for source in hop.sources)
        has_text = any(one.is_text for one in portions)
        if all(one.is_text for one in portions) and recipe.num_steps is None:
            self._ledger.mistakes.append(f"{hop.where}.recipe.num_steps: is missing; running text alone has no epochs")
        if recipe.selection == "source-dev" and not any(one.dev for one in portions):
            self._ledger.mistakes.append(
                f"{hop.where}: no portion has dev data to choose a checkpoint by "
                f'({", ".join(source.name for source in hop.sources)}); set selection = "last" in its recipe'
            )
        return MixtureSpec(
            portions=portions,
            mixing=hop.mixing,
            recipe=recipe.without_looks(),
            seed=seed,
            borrows_head=has_text and not is_first,
        )

    def _portion(self, model: Model, hop: Hop, source: Source, of_hop: Recipe, seed: int) -> PortionUse:
        recipe = self._recipes.of_source(model, hop, source)
        data: Sequence[DataUse]
        if source.is_text:
            data = tuple(self._uses.data(source.task, "train", code, source.num_examples) for code in source.languages)
            self.texts += [] if source.allow_overlap else [TextUse(hop.where, use) for use in data]
        else:
            data = (self._train(hop, source, seed),)
        dev = self._dev(hop, source) if of_hop.selection == "source-dev" and not source.is_text else None
        return PortionUse(
            data=data,
            dev=dev,
            head=find_head(source, hop),
            limits=(recipe if dev else recipe.without_looks()).limits(),
            batch_size=recipe.batch_size,
            share=source.share,
            loss_weight=source.loss_weight,
            exponent=source.exponent if source.is_text else None,
            mlm_probability=source.mlm_probability if source.is_text else None,
        )

    def _dev(self, hop: Hop, source: Source) -> DataUse | None:
        if source.language not in source.task.languages.get("dev", ()):
            return None
        self._trials.add(hop.where, source.task, source.language)
        return self._translated(hop, source, self._uses.data(source.task, "dev", source.language))

    def _train(self, hop: Hop, source: Source, seed: int) -> DataUse:
        ready = self._uses.data(source.task, "train", source.language, source.num_examples)
        paired = self._pairings.data(hop.where, source, seed)
        made = paired or self._translated(hop, source, ready, seed)
        use = made.model_copy(update={"num_examples": source.num_examples})
        if source.num_examples is not None and not source.at_most:
            self.demands += [
                ExampleDemand(f"{hop.where}.num_examples", one) for one in (ready, *([use] if paired else []))
            ]
        return use

    def _translated(self, hop: Hop, source: Source, ready: DataUse, seed: int = 0) -> DataUse:
        """What is trained on or chosen by, translated where the study asks for it."""
        if not source.to:
            return ready
        where = hop.where_of(source)
        return self._translations.data(where, source.translator, source.task, ready, source.to, seed) or ready
