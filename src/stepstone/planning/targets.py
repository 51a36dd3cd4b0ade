"""The targets of a plan: their trainings, controls and shots, and an evaluation in every language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from stepstone.core.condition import Hop
from stepstone.core.model import Model
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.study import Study
from stepstone.planning import merges
from stepstone.planning.audits import Audits
from stepstone.planning.axes import ResolvedTarget
from stepstone.planning.control import Controls
from stepstone.planning.ledger import Ledger
from stepstone.planning.own_scores import OwnScores
from stepstone.planning.probe_cells import ChainLink, ProbedCheckpoint
from stepstone.planning.probes import Probing
from stepstone.planning.recipes import Recipes
from stepstone.planning.replicate import CellColumns, Replicate
from stepstone.planning.shots import Shots
from stepstone.planning.trainings import Trainings
from stepstone.planning.translations import Translations
from stepstone.planning.trials import DefinitionTrials
from stepstone.planning.uses import Uses


@dataclass(frozen=True, kw_only=True)
class Targets:
    """Enters targets into the ledger, each from the checkpoint that its condition ends with."""

    study: Study
    columns: CellColumns
    ledger: Ledger
    uses: Uses
    trials: DefinitionTrials
    recipes: Recipes
    translations: Translations
    trainings: Trainings
    probing: Probing
    audits: Audits
    own_scores: OwnScores
    controls: Controls
    shots: Shots
    _specs: dict[tuple[str, int, str], EvaluateSpec] = field(default_factory=dict)

    def add(self, run: Replicate, target: ResolvedTarget, start: str) -> None:
        """The hops of a target and its evaluations in every language; a control has none of an untrained target."""
        if run.condition.is_control:
            if not target.hops:
                return
            start = self._add_control(run, target)
        trained = self._add_hops(run, target, start)
        for language in target.languages:
            self._add_evaluation(run, target, language, trained)
        self._count(run, target)

    def _count(self, run: Replicate, target: ResolvedTarget) -> None:
        """What separate runs of this condition and target would take."""
        requested, origin = self.ledger.requested, self.ledger.stages[self.ledger.origins[run.model.name]]
        num_hops = merges.num_hops(run.condition, len(self.study.seeds))
        requested[origin.kind] += 1
        requested[FinetuneSpec.kind] += num_hops + len(target.hops) + run.condition.is_control
        requested[EvaluateSpec.kind] += len(target.languages)

    def _add_hops(self, run: Replicate, target: ResolvedTarget, start: str) -> str:
        parents, last = [start], None
        for hop in target.hops:
            last = self.trainings.finetune(hop, self.recipes.of_target(run.model, target, hop), run.seed)
            label = run.label(target.name if hop is target.hops[-1] else f"{target.name}:{hop.name}")
            self._check_grid(target, hop, last)
            parents.append(self.ledger.add(last, (parents[-1],), label, run.coordinates(target=target.name)))
        if last is not None:
            if self.study.selection_audit is not None:
                tests = [self._evaluation(run.model, target, language) for language in target.languages]
                self.audits.add(run.model, run.condition, target, run.seed, parents[-2], last, tests)
            self.probing.add(run.model, run.condition, run.seed, parents[-1], target.name)
            self._add_earlier(run, target, parents[1:])
        return parents[-1]

    def _check_grid(self, target: ResolvedTarget, hop: Hop, spec: FinetuneSpec) -> None:
        """What source dev is to choose among, it must have judged."""
        grid = self.study.grid
        if grid is None or grid.choose is None or hop is not target.hops[-1] or spec.recipe.selection == grid.choose:
            return
        self.ledger.mistakes.append(
            f'grid.choose: {target.name} is trained with selection = "{spec.recipe.selection}", so that source dev '
            "judges nothing; leave choose out, and each combination is reported"
        )

    def _add_evaluation(self, run: Replicate, target: ResolvedTarget, language: str, trained: str) -> None:
        tuned = self._add_shots(run, target, language, trained)
        if tuned is None:
            return
        placed, replicate = run.coordinates(target=target.name, language=language), f"/s{run.seed}"
        # What is read off the pretrained encoder itself, or off a merge over seeds, is the same for all seeds.
        if "seed" not in self.ledger.stages[trained].coordinates:
            del placed["seed"]
            replicate = ""
        label = f"{run.model.name}/{run.condition.label}/{target.name}{replicate}/{language}"
        key = self.ledger.add(self._evaluation(run.model, target, language), (tuned,), label, placed)
        self.ledger.cells.append(run.cell(self.columns, target.name, language, key))

    def _add_earlier(self, run: Replicate, target: ResolvedTarget, keys: Sequence[str]) -> None:
        """Probes of a target's earlier tasks, as far as later trainings go on with their heads."""
        chain: list[ChainLink] = []
        for hop, key in zip(target.hops, keys, strict=True) if self.study.probes.earlier_tasks else ():
            if not hop.keep_head:
                self.probing.add_earlier(chain)
                chain = []
            training = self.ledger.stages[key].spec.training
            assert training is not None, "a hop is a training"
            step = target.name if hop is target.hops[-1] else f"{target.name}:{hop.name}"
            probed = ProbedCheckpoint(
                run.model, run.condition, step, run.seed, key, self.ledger.origins[run.model.name]
            )
            chain.append(ChainLink(probed, self.own_scores.find(hop.only.task, hop.only.language, training.limits())))
            self.trials.add(hop.where, hop.only.task, hop.only.language)
        self.probing.add_earlier(chain)

    def _add_shots(self, run: Replicate, target: ResolvedTarget, language: str, trained: str) -> str | None:
        """A target's training in the language that is evaluated, where the setting has shots; else what was trained.

        None: there is nothing to train on in that language.
        """
        num = run.condition.setting.num_shots
        if not num or not target.hops or language == target.hops[-1].only.language:
            return trained
        spec = self.shots.find(run.model, target, language, num, run.seed)
        if spec is None:
            return None
        step = f"{target.name}+{language}"
        self.ledger.requested[spec.kind] += 1
        placed = run.coordinates(target=target.name, language=language)
        tuned = self.ledger.add(spec, (trained,), run.label(step), placed)
        self.probing.add(run.model, run.condition, run.seed, tuned, step)
        return tuned

    def _add_control(self, run: Replicate, target: ResolvedTarget) -> str:
        """The target's first training, once before and for the intermediate's number of steps.

        The target then begins with a new head, as it does after an intermediate task of another family, though here
        the head would fit: so the arm differs from the intermediate's in the task alone, not in where its head starts.
        """
        hop, num_steps = target.hops[0], self.controls.num_steps(run.model, run.condition)
        recipe = self.recipes.of_target(run.model, target, hop).model_copy(update={"num_steps": num_steps})
        spec = self.trainings.finetune(hop, recipe, run.seed)
        label = f"{run.model.name}/{run.condition.label}:{target.name}/s{run.seed}"
        origin = self.ledger.origins[run.model.name]
        return self.ledger.add(spec, (origin,), label, run.coordinates(target=target.name))

    def _evaluation(self, model: Model, target: ResolvedTarget, language: str) -> EvaluateSpec:
        wanted = (model.name, id(target), language)
        if wanted not in self._specs:
            self.trials.add(f"target.{target.name}.definition", target.task, language, target.entry.definition)
            ready = self.uses.data(target.task, target.entry.split, language, target.entry.num_test)
            self._specs[wanted] = EvaluateSpec(
                data=self.translations.test(target, ready),
                tune=self.uses.data(target.task, "dev", language) if target.task.family_declaration.reads_dev else None,
                pool=self.uses.everywhere(target.task, target.entry.split, language) if target.task.pooled else (),
                metric=target.task.metric,
                definition=target.definition,
                limits=self.recipes.limits(model, target),
                layer=target.entry.layer,
            )
        return self._specs[wanted]
