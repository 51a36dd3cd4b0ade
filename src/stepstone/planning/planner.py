"""The stages of a study, crossed model by model and seed by seed; what is equal has an equal key and is there once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.condition import Condition
from stepstone.core.model import Model
from stepstone.core.place import Place
from stepstone.core.setting import Setting
from stepstone.core.study import Study
from stepstone.planning.audits import Audits
from stepstone.planning.axes import Axes, ResolvedTarget
from stepstone.planning.control import Controls
from stepstone.planning.equal import find_arm_differences
from stepstone.planning.heads import declared_abilities, find_unfit
from stepstone.planning.intermediates import IntermediatePlanner
from stepstone.planning.ledger import Ledger
from stepstone.planning.listen import Listener
from stepstone.planning.own_scores import OwnScores
from stepstone.planning.pairings import Pairings
from stepstone.planning.probes import Probing
from stepstone.planning.recipes import Recipes
from stepstone.planning.replicate import CellColumns, Replicate
from stepstone.planning.shots import Shots
from stepstone.planning.targets import Targets
from stepstone.planning.text_vectors import TextVectors
from stepstone.planning.trainings import Trainings
from stepstone.planning.translations import Translations
from stepstone.planning.trials import DefinitionTrials
from stepstone.planning.uses import Uses


class _Way(NamedTuple):
    """A condition in one setting: under what its intermediate tasks are trained, and under what its targets are."""

    before: Condition
    trained: Condition
    targets: Sequence[ResolvedTarget]


class Planner:
    """Crosses the axes of a study; `ledger` has what comes of it."""

    def __init__(self, study: Study, place: Place, catalogue: Catalogue, axes: Axes, listener: Listener) -> None:
        self.study, self._axes = study, axes
        self.ledger = ledger = Ledger()
        self.uses = uses = Uses(place, catalogue, listener)
        self._trials = trials = DefinitionTrials()
        self._recipes = recipes = Recipes(study, axes.conditions, ledger.mistakes)
        translations = Translations(study, uses, ledger)
        pairings = Pairings(study, uses, translations, ledger)
        pairings.gather(axes.conditions)
        self.trainings = trainings = Trainings(uses, translations, pairings, recipes, trials, ledger)
        self.probing = probing = Probing(study, axes, uses, recipes, ledger)
        self._texts = TextVectors(study, uses, recipes, ledger, probing)
        self.audits = Audits(study, axes.factors, uses, translations, ledger)
        own_scores = OwnScores(uses, translations, ledger)
        columns = CellColumns(axes.factors, cache(study.group_of))
        self._intermediates = IntermediatePlanner(
            study, columns, ledger, uses, trials, recipes, trainings, probing, own_scores
        )
        self._targets = Targets(
            study=study,
            columns=columns,
            ledger=ledger,
            uses=uses,
            trials=trials,
            recipes=recipes,
            translations=translations,
            trainings=trainings,
            probing=probing,
            audits=self.audits,
            own_scores=own_scores,
            controls=Controls(recipes, ledger, in_lab=place.lab_seed is not None),
            shots=Shots(uses, trainings, recipes, ledger),
        )

    def find_mistakes(self, catalogue: Catalogue) -> list[str]:
        """All that is wrong with what was planned: in itself, for its encoders, and with its scores."""
        unfit = find_unfit(self.ledger.stages, catalogue, declared_abilities(catalogue))
        return [*self.ledger.mistakes, *unfit.values(), *self._trials.mistakes()]

    def add_all(self) -> None:
        """Everything that a study crosses, model by model and seed by seed; then what its arms differ in."""
        axes = self._axes
        self.audits.check(condition.label for condition in axes.conditions)
        ways = [list(self._ways(condition)) for condition in axes.conditions]
        for model in axes.models:
            self._intermediates.add_model(model)
            for seed in self.study.seeds:
                for of_condition in ways:
                    self._add_replicate(model, of_condition, seed)
        self.audits.refuse_nothing()
        usual = [condition.under(self.study.settings[0].before_targets) for condition in axes.conditions]
        compared = [one for one in usual if one.intermediate is not None and not one.is_control]
        for model in axes.models:
            self._texts.add(model, compared, axes.targets[self.study.settings[0]])
        in_lab = self.study.lab is not None
        self.ledger.notes += find_arm_differences(axes.models, usual, self._recipes, in_lab=in_lab)

    def _ways(self, condition: Condition) -> Iterator[_Way]:
        """A condition in every setting, which all models and seeds share."""
        known: dict[Setting, Condition] = {}
        usual = self.study.settings[0].before_targets
        for setting, targets in self._axes.targets.items():
            before = setting.before_targets
            if condition.arm is None:
                if before.intermediate_recipe.is_chosen and not before.intermediate_recipe.is_first:
                    continue  # a grid's values of intermediate tasks are not for it, and it would be there twice
                before = usual
            if before not in known:
                known[before] = condition.under(before)
            yield _Way(known[before], condition.under(setting), targets)

    def _add_replicate(self, model: Model, ways: Sequence[_Way], seed: int) -> None:
        starts: dict[Setting, str] = {}
        for way in ways:
            setting = way.before.setting
            if setting not in starts:
                starts[setting] = self._intermediates.add(Replicate(model, way.before, seed))
            for target in way.targets:
                self._targets.add(Replicate(model, way.trained, seed), target, starts[setting])
