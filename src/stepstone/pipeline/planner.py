"""The stages of a study, added one condition after the other; what is equal has an equal key and is there once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.arm import Merged
from stepstone.core.condition import Condition, Hop, Source
from stepstone.core.model import Model
from stepstone.core.place import Place
from stepstone.core.spec import EvaluateSpec, FinetuneSpec, Spec
from stepstone.core.specs.merge import MergeSpec
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.pipeline import merges
from stepstone.pipeline.audits import Audits
from stepstone.pipeline.axes import Axes, ResolvedTarget
from stepstone.pipeline.cells import Cell
from stepstone.pipeline.control import Controls
from stepstone.pipeline.equal import find_differences
from stepstone.pipeline.heads import declared, find_unfit
from stepstone.pipeline.listen import Listener
from stepstone.pipeline.makers import Makers
from stepstone.pipeline.own_scores import OwnScore, OwnScores
from stepstone.pipeline.pairings import Pairings
from stepstone.pipeline.portion_heads import find_head
from stepstone.pipeline.probes import Link, Probed, Probing
from stepstone.pipeline.recipes import Recipes
from stepstone.pipeline.shots import Shots
from stepstone.pipeline.trainings import Trainings
from stepstone.pipeline.translations import Translations
from stepstone.pipeline.trials import Trials
from stepstone.pipeline.uses import Uses

# In place of a target: the score of an intermediate task itself.
OWN = "own"


class Planner:
    """Adds stages; what is equal has an equal key and is there once."""

    def __init__(self, study: Study, place: Place, catalogue: Catalogue, axes: Axes, listener: Listener) -> None:
        self.study = study
        self.uses = Uses(place, catalogue, listener)
        self.trials = Trials()
        self.stages: dict[str, Stage] = {}
        self.cells: list[Cell] = []
        self.own_cells: list[Cell] = []
        self.labels: dict[str, str] = {}
        self.requested: Counter[str] = Counter()
        self.mistakes: list[str] = []
        self.notes: list[str] = []
        self.starts: dict[tuple[str, str, int], str] = {}
        self._origins: dict[str, str] = {}
        self._recipes = Recipes(study, axes.conditions, self.mistakes)
        self._controls = Controls(self._recipes, self.mistakes, self.notes, in_lab=place.lab_seed is not None)
        self._factors = axes.factors
        self.probing = Probing(study, axes, self.uses, self._recipes, self.mistakes, self._origins, self._add)
        self._makers = Makers(self._add)
        self._translations = Translations(study, self.uses, self._makers, self.mistakes)
        self._own_scores = OwnScores(self.uses, self._translations, self.notes)
        pairings = Pairings(study, self.uses, self._translations, self._makers, self.mistakes)
        pairings.gather(axes.conditions)
        self.trainings = Trainings(self.uses, self._translations, pairings, self._recipes, self.trials, self.mistakes)
        self.audits = Audits(study, axes.factors, self.uses, self._translations, self.mistakes, self.notes, self._add)
        self._specs: dict[tuple[str, int, str], EvaluateSpec] = {}
        self._shots = Shots(self.uses, self.trainings, self._recipes, self.notes)

    def find_mistakes(self, catalogue: Catalogue) -> list[str]:
        """All that is wrong with what was planned: in itself, for its encoders, and with its scores."""
        unfit = find_unfit(self.stages, catalogue, declared(catalogue))
        return [*self.mistakes, *unfit.values(), *self.trials.mistakes()]

    def add_all(self, axes: Axes) -> None:
        """Everything that a study crosses, model by model and seed by seed; then what its arms differ in."""
        self.audits.check(condition.label for condition in axes.conditions)
        for model in axes.models:
            self.add_model(model)
            for seed in self.study.seeds:
                for condition in axes.conditions:
                    start = self.add_condition(model, condition, seed)
                    self.add_own_scores(model, condition, seed, start)
                    for setting, aims in axes.aims.items():
                        for aim in aims:
                            self.add_aim(model, replace(condition, setting=setting), aim, seed, start)
        self.audits.refuse_nothing()
        self.compare_arms(axes)

    def add_model(self, model: Model) -> None:
        """The encoder that everything of this model starts from; it has no seed."""
        self._origins[model.name] = self._add(self.uses.origin(model), (), model.name, {"model": model.name})

    def add_condition(self, model: Model, condition: Condition, seed: int) -> str:
        """The hops of a condition; returns the key of the checkpoint that targets start from."""
        parent = self._add_hops(model, condition, seed)
        self.starts[model.name, condition.label, seed] = parent
        self.probing.add(model, condition, seed, parent)
        return parent

    def _add_hops(self, model: Model, condition: Condition, seed: int) -> str:
        if condition.merged:
            return self._add_merge(model, condition, condition.merged, seed)
        parent = self._origins[model.name]
        for hop in condition.hops:
            coordinates = _coordinates(model, condition, seed)
            parent = self._add_hop(model, hop, seed, parent, f"{model.name}/{hop.name}/s{seed}", coordinates)
        return parent

    def _add_merge(self, model: Model, condition: Condition, how: Merged, seed: int) -> str:
        """The checkpoints of its members as one; of a merge over seeds all replicates start from the same."""
        seeds = merges.seeds_of(how, seed, self.study.seeds)
        made = [self._add_hops(model, member, one) for one in seeds for member in condition.members]
        self.mistakes += merges.find_mistakes(condition, how, model, len(made))
        self.notes += merges.notes(condition, how)
        label, coordinates = merges.name(f"{model.name}/{condition.label}", how, _coordinates(model, condition, seed))
        parents = (*made, *([self._origins[model.name]] if how.has_base else []))
        return self._add(MergeSpec(how=how, num_models=len(made)), parents, label, coordinates)

    def compare_arms(self, axes: Axes) -> None:
        """Note in what the arms of an intermediate differ besides task and language."""
        in_lab = self.study.lab is not None
        self.notes += find_differences(axes.models, axes.conditions, self._recipes, in_lab=in_lab)

    def add_own_scores(self, model: Model, condition: Condition, seed: int, start: str) -> None:
        """Scores of an intermediate checkpoint on its own tasks: without them, no gain says what was learnt before."""
        if not condition.hops:
            return
        hop = condition.hops[-1]
        has_dev = self._recipes.of_intermediate(model, hop).selection == "source-dev"
        for source in hop.sources:
            if not source.is_text:
                limits = self._recipes.of_source(model, hop, source).limits()
                for scored in self._own_scores.of(hop, source, limits, has_dev=has_dev):
                    self._add_own_score(model, condition, source, scored, seed, start)

    def _add_own_score(
        self, model: Model, condition: Condition, source: Source, scored: OwnScore, seed: int, start: str
    ) -> None:
        hop, spec = condition.hops[-1], scored.spec
        if hop.is_mixture:
            spec = spec.model_copy(update={"head": find_head(source, hop)})
        self.trials.add(hop.where, source.task, spec.data.language)
        # A target may be called so, too.
        own = OWN if OWN not in self.study.target and not hop.is_mixture else f"{OWN}:{source.task.name}"
        label = f"{model.name}/{condition.label}/{own}/s{seed}/{scored.text}"
        placed: dict[str, str | int] = {"target": source.task.name, "language": spec.data.language}
        key = self._add(spec, (start,), label, _coordinates(model, condition, seed) | placed)
        self.own_cells.append(self._cell(model, condition, scored.target, spec.data.language, seed, key))
        self.requested[spec.kind] += 1

    def add_aim(self, model: Model, condition: Condition, aim: ResolvedTarget, seed: int, start: str) -> None:
        """The hops of a target and its evaluations in every language; a control has none of an untrained target."""
        if condition.is_control:
            if not aim.hops:
                return
            start = self._add_control(model, condition, aim, seed)
        origin = self._origins[model.name]
        parent, coordinates = start, _coordinates(model, condition, seed) | {"target": aim.name}
        chain: list[str] = []
        for place, hop in enumerate(aim.hops, start=1):
            step = aim.name if place == len(aim.hops) else f"{aim.name}:{hop.name}"
            label = f"{model.name}/{condition.label}/{step}/s{seed}"
            spec, before = self.trainings.finetune(hop, self._recipes.of_target(model, aim, hop), seed), parent
            parent = self._add(spec, (parent,), label, coordinates)
            chain.append(parent)
        if aim.hops:
            if self.study.selection_audit is not None:
                tests = [self._evaluation(model, aim, language) for language in aim.languages]
                self.audits.add(model, condition, aim, seed, before, spec, tests)
            self.probing.add(model, condition, seed, parent, aim.name)
            self._add_earlier(model, condition, aim, seed, chain)
        # What is read off the pretrained encoder itself, or off a merge over seeds, is the same for all seeds.
        replicate = f"/s{seed}" if "seed" in self.stages[parent].coordinates else ""
        for language in aim.languages:
            label = f"{model.name}/{condition.label}/{aim.name}{replicate}/{language}"
            place_of = coordinates | {"language": language}
            if not replicate:
                del place_of["seed"]
            tuned = self._add_shots(model, condition, aim, language, seed, parent)
            if tuned is None:
                continue
            key = self._add(self._evaluation(model, aim, language), (tuned,), label, place_of)
            self.cells.append(self._cell(model, condition, aim.name, language, seed, key))
        self.requested[self.stages[origin].kind] += 1
        num_hops = merges.num_hops(condition, len(self.study.seeds))
        self.requested[FinetuneSpec.kind] += num_hops + len(aim.hops) + condition.is_control
        self.requested[EvaluateSpec.kind] += len(aim.languages)

    def _add_earlier(
        self, model: Model, condition: Condition, aim: ResolvedTarget, seed: int, keys: Sequence[str]
    ) -> None:
        """Probes of a target's earlier tasks, as far as later trainings go on with their heads."""
        chain: list[Link] = []
        for hop, key in zip(aim.hops, keys, strict=True) if self.study.probes.earlier_tasks else ():
            if not hop.keep_head:
                self.probing.add_earlier(chain)
                chain = []
            training = self.stages[key].spec.training
            assert training is not None, "a hop is a training"
            step = aim.name if hop is aim.hops[-1] else f"{aim.name}:{hop.name}"
            probed = Probed(model, condition, step, seed, key, self._origins[model.name])
            chain.append(Link(probed, self._own_scores.find(hop.only.task, hop.only.language, training.limits())))
            self.trials.add(hop.where, hop.only.task, hop.only.language)
        self.probing.add_earlier(chain)

    def _add_shots(
        self, model: Model, condition: Condition, aim: ResolvedTarget, language: str, seed: int, trained: str
    ) -> str | None:
        """A target's training in the language that is evaluated, where the setting has shots; else what was trained.

        None: there is nothing to train on in that language.
        """
        num = condition.setting.num_shots
        if not num or not aim.hops or language == aim.hops[-1].only.language:
            return trained
        spec = self._shots.find(model, aim, language, num, seed)
        if spec is None:
            return None
        label = f"{model.name}/{condition.label}/{aim.name}+{language}/s{seed}"
        coordinates = _coordinates(model, condition, seed) | {"target": aim.name, "language": language}
        self.requested[spec.kind] += 1
        tuned = self._add(spec, (trained,), label, coordinates)
        self.probing.add(model, condition, seed, tuned, f"{aim.name}+{language}")
        return tuned

    def _add_control(self, model: Model, condition: Condition, aim: ResolvedTarget, seed: int) -> str:
        """The target's first training, once before and for the intermediate's number of steps.

        The target then begins with a new head, as it does after an intermediate task of another family, though here
        the head would fit: so the arm differs from the intermediate's in the task alone, not in where its head starts.
        """
        hop, num_steps = aim.hops[0], self._controls.num_steps(model, condition)
        recipe = self._recipes.of_target(model, aim, hop).model_copy(update={"num_steps": num_steps})
        spec = self.trainings.finetune(hop, recipe, seed)
        label = f"{model.name}/{condition.label}:{aim.name}/s{seed}"
        coordinates = _coordinates(model, condition, seed) | {"target": aim.name}
        return self._add(spec, (self._origins[model.name],), label, coordinates)

    def _add(self, spec: Spec, parents: tuple[str, ...], label: str, coordinates: dict[str, str | int]) -> str:
        parents = (*parents, *self._makers.of(spec))
        stage = Stage(spec=spec, parents=parents, label=label, coordinates=coordinates)
        self.stages.setdefault(stage.key, stage)
        known = self.labels.setdefault(label, stage.key)
        assert known == stage.key, f"two stages are called {label}"
        return stage.key

    def _add_hop(
        self, model: Model, hop: Hop, seed: int, parent: str, label: str, coordinates: dict[str, str | int]
    ) -> str:
        """The training of a hop of an intermediate; returns its key."""
        origin = self._origins[model.name]
        if not hop.is_mixture:
            return self._add(
                self.trainings.finetune(hop, self._recipes.of_intermediate(model, hop), seed),
                (parent,),
                label,
                coordinates,
            )
        spec = self.trainings.mixture(model, hop, seed, is_first=parent == origin)
        parents = (parent, origin) if spec.borrows_head else (parent,)
        return self._add(spec, parents, label, coordinates)

    def _evaluation(self, model: Model, aim: ResolvedTarget, language: str) -> EvaluateSpec:
        wanted = (model.name, id(aim), language)
        if wanted not in self._specs:
            self.trials.add(f"target.{aim.name}.definition", aim.task, language, aim.entry.definition)
            ready = self.uses.data(aim.task, aim.entry.split, language, aim.entry.num_test)
            self._specs[wanted] = EvaluateSpec(
                data=self._translations.test(aim, ready),
                tune=self.uses.data(aim.task, "dev", language) if aim.task.family_declaration.reads_dev else None,
                pool=self.uses.everywhere(aim.task, aim.entry.split, language) if aim.task.pooled else (),
                metric=aim.task.metric,
                definition=aim.definition,
                limits=self._recipes.limits(model, aim),
                layer=aim.entry.layer,
            )
        return self._specs[wanted]

    def _cell(self, model: Model, condition: Condition, target: str, language: str, seed: int, key: str) -> Cell:
        return Cell(
            **self._factors[model.name],
            condition=condition.label,
            **condition.factors,
            target=target,
            language=language,
            group=self.study.group_of(language),
            seed=seed,
            key=key,
        )


def _coordinates(model: Model, condition: Condition, seed: int) -> dict[str, str | int]:
    found: dict[str, str | int] = {"model": model.name, "condition": condition.label, "seed": seed}
    known = ("intermediate", "arm", "intermediate_language", "method", "setting")
    named = {name: str(factor) for name, factor in condition.factors.items() if factor and name in known}
    return found | named
