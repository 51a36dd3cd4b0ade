"""Selection audits of a plan: which trainings are scored at every look, on what, and the cells that they fill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from stepstone.core.condition import Condition, Hop
from stepstone.core.errors import nearest
from stepstone.core.ladder import ModelFactors
from stepstone.core.model import Model
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.specs.selection_audit import SelectionAuditSpec
from stepstone.core.study import Study
from stepstone.core.task import Task
from stepstone.core.uses import DataUse
from stepstone.planning.axes import ResolvedTarget
from stepstone.planning.cells import ModelCondition
from stepstone.planning.ledger import Ledger
from stepstone.planning.translations import Translations
from stepstone.planning.uses import Uses

WHERE = "selection_audit"


@dataclass(frozen=True, slots=True)
class AuditCell(ModelCondition):
    """One curve; `key` is that of the audit."""

    target: str
    languages: tuple[str, ...]
    seed: int
    key: str


class Audits:
    """Plans the audits of targets' trainings; what is wrong with `[selection_audit]` is a mistake."""

    def __init__(
        self,
        study: Study,
        factors: Mapping[str, ModelFactors],
        uses: Uses,
        translations: Translations,
        ledger: Ledger,
    ) -> None:
        self._study, self._factors, self._uses, self._translations = study, factors, uses, translations
        self._ledger = ledger
        self.cells: list[AuditCell] = []

    def check(self, conditions: Iterable[str]) -> None:
        """Look the names up that the study gives."""
        audit = self._study.selection_audit
        if audit is None:
            return
        for key, names, what, known in (
            ("targets", audit.targets or (), "target", list(self._study.target)),
            ("translated_dev", audit.translated_dev, "target", list(self._study.target)),
            ("conditions", audit.conditions or (), "condition", list(conditions)),
        ):
            for name in names:
                if name not in known:
                    self._wrong(key, f'no {what} of the study is called "{name}"; {nearest(name, known)}')
        for name in audit.targets or ():
            if name in self._study.target and not self._uses.catalogue.task(name).family_declaration.is_trained:
                self._wrong("targets", f"{name} is not trained, so no step is chosen")

    def add(
        self,
        model: Model,
        condition: Condition,
        target: ResolvedTarget,
        seed: int,
        parent: str,
        spec: FinetuneSpec,
        tests: Sequence[EvaluateSpec],
    ) -> None:
        """The audit of a target's last training, which starts from `parent`, where the study asks for it."""
        audit = self._study.selection_audit
        if audit is None or not condition.setting.is_first:
            return
        is_named = audit.targets is not None and target.name in audit.targets
        if not (audit.targets is None or is_named) or condition.label not in (audit.conditions or (condition.label,)):
            return
        if spec.dev is None:
            self._pass_over(target, is_named)
            return
        made = SelectionAuditSpec(
            finetune=spec,
            tests=tuple(tests),
            target_dev=tuple(self._target_dev(target)),
            translated_dev=tuple(self._translated_dev(target, spec.dev)),
        )
        coordinates: dict[str, str | int] = {"model": model.name, "condition": condition.label, "seed": seed}
        label = f"{model.name}/{condition.label}/{target.name}/audit/s{seed}"
        key = self._ledger.add(made, (parent,), label, coordinates | {"target": target.name})
        cell = AuditCell(
            **self._factors[model.name],
            condition=condition.label,
            **condition.factors,
            target=target.name,
            languages=target.languages,
            seed=seed,
            key=key,
        )
        self.cells.append(cell)

    def refuse_nothing(self) -> None:
        """An audit of which nothing comes is a mistake."""
        if self._study.selection_audit is not None and not self.cells:
            self._wrong("", "no step of any target is chosen by source dev, so there is nothing to audit")

    def _pass_over(self, target: ResolvedTarget, is_named: bool) -> None:
        said = f'no step of {target.name} is chosen by source dev (selection = "last")'
        if is_named:
            self._wrong("targets", said)
        else:
            self._ledger.notes.append(f"{WHERE}: {said}, so it is not audited")

    def _target_dev(self, target: ResolvedTarget) -> Iterator[DataUse]:
        """The target's dev sets in the evaluated languages, as far as it has them."""
        for language in target.languages:
            if language in target.task.languages.get("dev", ()) and target.entry.split != "dev":
                yield self._uses.data(target.task, "dev", language)

    def _translated_dev(self, target: ResolvedTarget, dev: DataUse) -> Iterator[DataUse]:
        audit = self._study.selection_audit
        assert audit is not None
        hop = target.hops[-1]
        named = audit.translated_dev.get(target.name)
        if named is not None:
            yield from self._declared(target, hop, named)
            return
        for language in target.languages if audit.translator is not None and not dev.made_by else ():
            if language != dev.language:
                where, task = f"{WHERE}.translator", hop.only.task
                made = self._translations.data(where, audit.translator, task, dev, (language,))
                yield from () if made is None else (made,)

    def _declared(self, target: ResolvedTarget, hop: Hop, name: str) -> Iterator[DataUse]:
        """The dev sets of the task that a study names as a translation of source dev."""
        where, known = f"translated_dev.{target.name}", self._uses.catalogue.tasks()
        if name not in known:
            self._wrong(where, f'no task is called "{name}"; {nearest(name, known)}')
            return
        task, trained = self._uses.catalogue.task(name), hop.only.task
        if self._study.lab is not None:
            task = task.in_languages(target.languages)
        had = task.languages.get("dev", ())
        found = [code for code in target.languages if code in had and code != hop.only.language]
        if (task.family, task.labels) != (trained.family, trained.labels):
            self._wrong(where, f"{name} does not ask what {trained.name} trains: family and labels must be the same")
        elif not found:
            self._wrong(where, f"{name} has dev data in none of the evaluated languages")
        else:
            yield from (self._dev(task, code) for code in found)

    def _dev(self, task: Task, language: str) -> DataUse:
        return self._uses.data(task, "dev", language)

    def _wrong(self, key: str, said: str) -> None:
        self._ledger.mistakes.append(f"{'.'.join(filter(None, (WHERE, key)))}: {said}")
