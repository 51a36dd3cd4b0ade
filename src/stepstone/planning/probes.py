"""Probes of a plan's checkpoints: which there are, on what data, and the cells that they fill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stepstone.core.condition import Condition
from stepstone.core.errors import nearest
from stepstone.core.model import Model
from stepstone.core.probes import PairProbe, TextProbe
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.probe import LayerProbeSpec, MlmProbeSpec, ProbeSpec
from stepstone.core.study import Study
from stepstone.core.tag import find_tag
from stepstone.core.task import Task
from stepstone.core.uses import DataUse
from stepstone.lab.write import lab_languages
from stepstone.planning.axes import Axes
from stepstone.planning.ledger import Ledger
from stepstone.planning.portion_heads import LANGUAGE_MODEL
from stepstone.planning.probe_cells import ALIGNMENT, EARLIER, MLM, RETRIEVAL, ChainLink, ProbeCell, ProbedCheckpoint
from stepstone.planning.recipes import Recipes
from stepstone.planning.uses import Uses


class Probing:
    """Plans the probes of checkpoints; what is wrong with the study's `[probes]` is a mistake."""

    def __init__(
        self,
        study: Study,
        axes: Axes,
        uses: Uses,
        recipes: Recipes,
        ledger: Ledger,
    ) -> None:
        self._study, self._catalogue, self._uses, self._recipes = study, uses.catalogue, uses, recipes
        self._ledger, self._axes = ledger, axes
        self.cells: list[ProbeCell] = []
        self._specs: dict[str, list[tuple[ProbeSpec, tuple[str, ...]]]] = {}
        self._encoders: dict[tuple[str, ProbeSpec], str] = {}

    def add(self, model: Model, condition: Condition, seed: int, checkpoint: str, target: str | None = None) -> None:
        """The probes of one checkpoint, where the study asks for them; those of the encoder are the baseline's."""
        probed = ProbedCheckpoint(model, condition, target, seed, checkpoint, self._ledger.origins[model.name])
        is_another_arm_s = probed.kind == "encoder" and condition.intermediate is not None
        if probed.kind not in self._study.probes.checkpoints or is_another_arm_s:
            return
        for plain, measures in self._of(probed.model):
            spec = _under_own_head(plain, probed)
            parents = {"checkpoint": probed.key, "encoder": probed.origin}
            language = spec.data.language
            label = probed.label("+".join([*measures, spec.data.task]), language)
            key = self._ledger.add(
                spec, tuple(parents[role] for role in spec.roles), label, probed.coordinates(language)
            )
            if probed.kind == "encoder":
                self._encoders[probed.model.name, spec] = key
            reference = self._encoders.get((probed.model.name, plain), "")
            self.cells += [self.cell(probed, measure, spec.data, key, reference) for measure in measures]

    def add_earlier(self, chain: Sequence[ChainLink]) -> None:
        """Scores of the tasks of trainings that hand one head on, each after its own and after every later one."""
        for place, (trained, spec) in enumerate(chain[:-1]):
            if spec is None:
                continue
            first = self._add_score(trained, spec)
            self.cells.append(self.cell(trained, EARLIER, spec.data, first, first))
            for later in chain[place + 1 :]:
                key = self._add_score(later.probed, spec)
                self.cells.append(self.cell(later.probed, EARLIER, spec.data, key, first))

    def _add_score(self, probed: ProbedCheckpoint, spec: EvaluateSpec) -> str:
        language = spec.data.language
        label = probed.label(f"{EARLIER}+{spec.data.task}", language)
        return self._ledger.add(spec, (probed.key,), label, probed.coordinates(language))

    def notes(self) -> Iterator[str]:
        """What the study asks for and no checkpoint has."""
        if self._study.probes.earlier_tasks and not any(cell.measure == EARLIER for cell in self.cells):
            yield "probes.earlier_tasks: no target goes on with the head of an earlier task, so none is scored again"

    def _of(self, model: Model) -> list[tuple[ProbeSpec, tuple[str, ...]]]:
        """Specs with what each measures: two of one pass are one."""
        if model.name not in self._specs:
            found: dict[ProbeSpec, list[str]] = {}
            for measure, spec in self._asked(model):
                found.setdefault(spec, []).append(measure)
            self._specs[model.name] = [(spec, tuple(measures)) for spec, measures in found.items()]
        return self._specs[model.name]

    def _asked(self, model: Model) -> Iterator[tuple[str, ProbeSpec]]:
        asked = self._study.probes
        if asked.mlm is not None:
            yield from ((MLM, spec) for spec in self._mlm(model, asked.mlm))
        for measure, where, entry in ((RETRIEVAL, "layers", asked.layers), (ALIGNMENT, "alignment", asked.alignment)):
            if entry is not None:
                yield from ((measure, spec) for spec in self._layers(model, f"probes.{where}", entry))

    def _mlm(self, model: Model, entry: TextProbe) -> Iterator[ProbeSpec]:
        task = self._task("probes.mlm", entry, "mlm", "running text")
        if task is None:
            return
        limits = self._recipes.find(model, "probes.mlm", task.recipe, {}).limits()
        split, languages = self._read("probes.mlm", entry, task)
        for language in languages:
            yield MlmProbeSpec(data=self._uses.data(task, split, language, entry.num_examples), limits=limits)

    def _layers(self, model: Model, where: str, entry: PairProbe) -> Iterator[ProbeSpec]:
        """As the task's evaluation has it, where it is a target, too."""
        task = self._task(where, entry, "retrieval", "translations that are to be found")
        if task is None:
            return
        target = self._study.target.get(task.name)
        place, patch = (where, {}) if target is None else (f"target.{task.name}", target.recipe)
        split, languages = self._read(where, entry, task)
        for language in languages:
            yield LayerProbeSpec(
                data=self._uses.data(task, split, language, entry.num_examples),
                limits=self._recipes.find(model, place, task.recipe, patch).limits(),
                metric=task.metric,
                definition=(target and target.definition) or task.definition,
            )

    def _task(self, where: str, entry: TextProbe, family: str, what: str) -> Task | None:
        known = self._catalogue.tasks()
        if entry.task not in known:
            self._ledger.mistakes.append(f'{where}: no task is called "{entry.task}"; {nearest(entry.task, known)}')
            return None
        task = self._catalogue.task(entry.task)
        if task.family != family:
            fit = [name for name in known if self._catalogue.task(name).family == family]
            self._ledger.mistakes.append(
                f"{where}: {task.name} is {task.family}, not {what}; such are {', '.join(fit)}"
            )
            return None
        return task if self._study.lab is None else task.in_languages(lab_languages())

    def _read(self, where: str, entry: TextProbe, task: Task) -> tuple[str, tuple[str, ...]]:
        """The split and the languages that are read; what the task does not have is a mistake."""
        split = entry.split or ("test" if "test" in task.languages else "train")
        had = task.languages.get(split, ())
        if not had:
            self._ledger.mistakes.append(
                f'{where}: {task.name} has no split "{split}"; {nearest(split, task.languages)}'
            )
            return split, ()
        for language in entry.languages or ():
            if not find_tag(language, had):
                known = ", ".join(had)
                self._ledger.mistakes.append(
                    f'{where}.languages: {task.name} has no {split} in "{language}" (it has {known})'
                )
        found = (find_tag(language, had) for language in entry.languages or self._axes.languages)
        chosen = tuple(dict.fromkeys(language for language in found if language))
        if not chosen and not entry.languages:
            self._ledger.mistakes.append(
                f"{where}: {task.name} has none of the languages that targets are evaluated in"
            )
        return split, chosen

    def cell(self, probed: ProbedCheckpoint, measure: str, data: DataUse, key: str, reference: str) -> ProbeCell:
        """What is read off a checkpoint, by the factors of its condition."""
        return ProbeCell(
            **self._axes.factors[probed.model.name],
            condition=probed.condition.label,
            **probed.condition.factors,
            checkpoint=probed.kind,
            target=probed.target,
            measure=measure,
            task=data.task,
            language=data.language,
            group=self._study.group_of(data.language),
            seed=probed.seed,
            key=key,
            reference=reference,
        )


def _under_own_head(spec: ProbeSpec, probed: ProbedCheckpoint) -> ProbeSpec:
    """A mixture with running text has trained a language model's head: the loss is read under that one."""
    last = probed.condition.hops[-1:] if probed.kind == "intermediate" else ()
    is_trained = any(source.is_text for hop in last for source in hop.sources)
    return spec.model_copy(update={"head": LANGUAGE_MODEL}) if is_trained and spec.reads_language_model else spec
