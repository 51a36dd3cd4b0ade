"""Vectors of the texts of intermediate tasks and of targets, by which a study foresees what helps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stepstone.core.condition import Condition, Source
from stepstone.core.model import Model
from stepstone.core.probes import TextSimilarity
from stepstone.core.specs.probe import TextVectorSpec
from stepstone.core.study import Study
from stepstone.core.task import Task
from stepstone.core.uses import DataUse
from stepstone.planning.axes import ResolvedTarget
from stepstone.planning.ledger import Ledger
from stepstone.planning.probe_cells import TEXT, ProbedCheckpoint
from stepstone.planning.probes import Probing
from stepstone.planning.recipes import Recipes
from stepstone.planning.uses import Uses

WHERE = "probes.text_similarity"


class TextVectors:
    """Plans what `[probes] text_similarity` asks for: a stage for each task and language, which all arms share."""

    def __init__(self, study: Study, uses: Uses, recipes: Recipes, ledger: Ledger, probing: Probing) -> None:
        self._seed, self._asked = study.seeds[0], study.probes.text_similarity
        self._uses, self._recipes, self._ledger, self._probing = uses, recipes, ledger, probing

    def add(self, model: Model, conditions: Iterable[Condition], targets: Sequence[ResolvedTarget]) -> None:
        """Of every arm and of every target; an arm with translated texts has none, for they are made while it runs."""
        if self._asked is None:
            return
        baseline = Condition()
        for condition in conditions:
            sources = [source for one in (condition, *condition.members) for hop in one.hops for source in hop.sources]
            if any(source.to for source in sources):
                self._ledger.notes.append(f"{WHERE}: {condition.label} is translated, and not compared")
            else:
                self._add(model, condition, None, [use for one in sources for use in self._of_source(one, self._asked)])
        for target in targets:
            self._add(model, baseline, target.name, list(self._of_target(target, self._asked)))

    def _of_source(self, source: Source, asked: TextSimilarity) -> Iterator[DataUse]:
        for language in source.languages:
            yield self._uses.data(source.task, "train", language, asked.num_examples)

    def _of_target(self, target: ResolvedTarget, asked: TextSimilarity) -> Iterator[DataUse]:
        """What its last training reads, or, without one, what is evaluated."""
        if target.hops:
            last = target.hops[-1].only
            yield self._uses.data(last.task, "train", last.language, asked.num_examples)
            return
        for language in target.languages:
            yield self._uses.data(target.task, target.entry.split, language, asked.num_examples)

    def _add(self, model: Model, condition: Condition, target: str | None, uses: Iterable[DataUse]) -> None:
        origin = self._ledger.origins[model.name]
        probed = ProbedCheckpoint(model, condition, target, self._seed, origin, origin)
        for data in dict.fromkeys(uses):
            label = probed.label(f"{TEXT}+{data.task}.{data.split}", data.language)
            key = self._ledger.add(self._spec(model, data), (origin,), label, probed.coordinates(data.language))
            self._probing.cells.append(self._probing.cell(probed, TEXT, data, key, ""))

    def _spec(self, model: Model, data: DataUse) -> TextVectorSpec:
        task: Task = self._uses.catalogue.task(data.task)
        limits = self._recipes.find(model, WHERE, task.recipe, {}).limits()
        assert self._asked is not None
        return TextVectorSpec(data=data, limits=limits, layer=self._asked.layer)
