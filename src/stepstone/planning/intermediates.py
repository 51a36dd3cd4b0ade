"""The intermediate trainings of a plan: the hops of a condition, its merges, and the scores of their own tasks."""

from __future__ import annotations

from dataclasses import dataclass

from stepstone.core.arm import Merged
from stepstone.core.condition import Hop, Source
from stepstone.core.model import Model
from stepstone.core.specs.merge import MergeSpec
from stepstone.core.study import Study
from stepstone.planning import merges
from stepstone.planning.ledger import Ledger
from stepstone.planning.own_scores import OwnScore, OwnScores
from stepstone.planning.portion_heads import find_head
from stepstone.planning.probes import Probing
from stepstone.planning.recipes import Recipes
from stepstone.planning.replicate import Columns, Replicate
from stepstone.planning.trainings import Trainings
from stepstone.planning.trials import Trials
from stepstone.planning.uses import Uses

# In place of a target: the score of an intermediate task itself.
OWN = "own"


@dataclass(frozen=True)
class Intermediates:
    """Enters what comes before targets into the ledger."""

    study: Study
    columns: Columns
    ledger: Ledger
    uses: Uses
    trials: Trials
    recipes: Recipes
    trainings: Trainings
    probing: Probing
    own_scores: OwnScores

    def add_model(self, model: Model) -> None:
        """The encoder that everything of this model starts from; it has no seed."""
        key = self.ledger.add(self.uses.origin(model), (), model.name, {"model": model.name})
        self.ledger.origins[model.name] = key

    def add(self, run: Replicate) -> str:
        """The hops of a condition and their own scores; returns the key of the checkpoint that targets start from."""
        start = self._add_hops(run)
        self.ledger.starts[run.model.name, run.condition.label, run.seed] = start
        self.probing.add(run.model, run.condition, run.seed, start)
        self._check_grid(run)
        self._add_own_scores(run, start)
        return start

    def _check_grid(self, run: Replicate) -> None:
        """What its own dev set is to choose among, it must have judged."""
        grid = self.study.grid
        for hop in run.condition.hops[-1:] if grid is not None and grid.choose and grid.intermediate_recipe else ():
            recipe = self.recipes.of_intermediate(run.model, hop)
            if recipe.selection == "last":
                self.ledger.mistakes.append(
                    f'grid.choose: {hop.name} is trained with selection = "last", so that its own dev set judges '
                    "nothing; leave choose out, and each combination is reported"
                )

    def _add_hops(self, run: Replicate) -> str:
        if run.condition.merged:
            return self._add_merge(run, run.condition.merged)
        parent = self.ledger.origins[run.model.name]
        for hop in run.condition.hops:
            parent = self._add_hop(run, hop, parent)
        return parent

    def _add_hop(self, run: Replicate, hop: Hop, parent: str) -> str:
        # What conditions begin with alike they share, so the hop names the label.
        label, origin = f"{run.model.name}/{hop.name}/s{run.seed}", self.ledger.origins[run.model.name]
        if not hop.is_mixture:
            plain = self.trainings.finetune(hop, self.recipes.of_intermediate(run.model, hop), run.seed)
            return self.ledger.add(plain, (parent,), label, run.coordinates())
        spec = self.trainings.mixture(run.model, hop, run.seed, is_first=parent == origin)
        parents = (parent, origin) if spec.borrows_head else (parent,)
        return self.ledger.add(spec, parents, label, run.coordinates())

    def _add_merge(self, run: Replicate, how: Merged) -> str:
        """The checkpoints of its members as one; of a merge over seeds all replicates start from the same."""
        model, condition = run.model, run.condition
        seeds = merges.seeds_of(how, run.seed, self.study.seeds)
        made = [self._add_hops(Replicate(model, member, one)) for one in seeds for member in condition.members]
        self.ledger.mistakes += merges.find_mistakes(condition, how, model, len(made))
        self.ledger.notes += merges.notes(condition, how)
        label, coordinates = merges.name(f"{model.name}/{condition.label}", how, run.coordinates())
        parents = (*made, *([self.ledger.origins[model.name]] if how.has_base else []))
        return self.ledger.add(MergeSpec(how=how, num_models=len(made)), parents, label, coordinates)

    def _add_own_scores(self, run: Replicate, start: str) -> None:
        """Scores of an intermediate checkpoint on its own tasks: without them, no gain says what was learnt before."""
        if not run.condition.hops:
            return
        hop = run.condition.hops[-1]
        has_dev = self.recipes.of_intermediate(run.model, hop).selection == "source-dev"
        for source in hop.sources:
            if not source.is_text:
                limits = self.recipes.of_source(run.model, hop, source).limits()
                for scored in self.own_scores.of(hop, source, limits, has_dev=has_dev):
                    self._add_own_score(run, source, scored, start)

    def _add_own_score(self, run: Replicate, source: Source, scored: OwnScore, start: str) -> None:
        hop, spec = run.condition.hops[-1], scored.spec
        if hop.is_mixture:
            spec = spec.model_copy(update={"head": find_head(source, hop)})
        language = spec.data.language
        self.trials.add(hop.where, source.task, language)
        # A target may be called so, too.
        own = OWN if OWN not in self.study.target and not hop.is_mixture else f"{OWN}:{source.task.name}"
        label = f"{run.label(own)}/{scored.text}"
        placed = run.coordinates(target=source.task.name, language=language)
        key = self.ledger.add(spec, (start,), label, placed)
        self.ledger.own_cells.append(run.cell(self.columns, scored.target, language, key))
        self.ledger.requested[spec.kind] += 1
