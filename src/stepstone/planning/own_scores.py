"""How well an intermediate task itself was learnt: its checkpoint, scored on held-out data of its own task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stepstone.core.condition import Hop, Source
from stepstone.core.errors import UserError
from stepstone.core.recipe import Limits
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.task import Task
from stepstone.core.uses import DataUse
from stepstone.data.load import NoData
from stepstone.planning.ledger import Ledger
from stepstone.planning.translations import Translations
from stepstone.planning.uses import Uses

# Enough to see within two points whether a task was learnt; a larger dev set would only take time.
NUM_EXAMPLES = 2000


class OwnScore(NamedTuple):
    """An evaluation of an intermediate checkpoint on its own task.

    Attributes:
        target: what is scored: the task, or as translated examples of it are called, `mnli.en>ja`.
        text: the language in labels; of translated examples with the one that they were made from.
        spec: the evaluation.
    """

    target: str
    text: str
    spec: EvaluateSpec


class OwnScores:
    """Evaluations of intermediate tasks by themselves; what cannot be scored is noted, never an error."""

    def __init__(self, uses: Uses, translations: Translations, ledger: Ledger) -> None:
        self._uses, self._translations, self._ledger = uses, translations, ledger
        self._known: dict[tuple[str, str, Limits], EvaluateSpec | None] = {}

    def of(self, hop: Hop, source: Source, limits: Limits, *, has_dev: bool) -> Iterator[OwnScore]:
        """The evaluations of a source of a hop: as it was trained on, and of a translated one what is native there.

        `has_dev`: the hop chooses its step by dev data, all of which is translated anyway.
        """
        if source.to and (made := self._translated(hop, source, limits, has_dev=has_dev)):
            yield OwnScore(source.name, ">".join((source.language, *source.to)), made)
        others = [(one.task.name, one.trained_in) for one in hop.sources if not one.to and not one.is_text]
        if source.to and (source.task.name, source.trained_in) in others:
            return
        spec = self.find(source.task, source.trained_in, limits, beside=source.language)
        if spec is not None:
            yield OwnScore(source.task.name, source.trained_in, spec)

    def find(self, task: Task, language: str, limits: Limits, beside: str = "") -> EvaluateSpec | None:
        """The evaluation of a task in a language, by the task's own rules; None where it has no data.

        `beside`: the language of its training data, where that is another.
        """
        wanted = (task.name, language, limits)
        if wanted not in self._known:
            data = self._data(task, language, beside or language)
            self._known[wanted] = (
                EvaluateSpec(data=data, metric=task.metric, definition=task.definition, limits=limits) if data else None
            )
        return self._known[wanted]

    def _translated(self, hop: Hop, source: Source, limits: Limits, *, has_dev: bool) -> EvaluateSpec | None:
        spec = self.find(source.task, source.language, limits)
        if spec is None:
            return None
        is_chosen_by = has_dev and spec.data.split == "dev"
        ready = spec.data.model_copy(update={"num_examples": None}) if is_chosen_by else spec.data
        if not self._translations.is_there(source.translator, ready, source.to):
            self._leave_out(f"{source.name}: no file of its translated {ready.split} data")
            return None
        made = self._translations.data(hop.where_of(source), source.translator, source.task, ready, source.to)
        if made is None:
            return None
        data = made.model_copy(update={"num_examples": NUM_EXAMPLES})
        return spec.model_copy(update={"data": data, "definition": _definition(source)})

    def _data(self, task: Task, language: str, beside: str) -> DataUse | None:
        """The dev set, or the labelled test set of a task without one."""
        split = next((name for name in ("dev", "test") if language in task.languages.get(name, ())), None)
        if split is None or not task.family_declaration.is_trained:
            return None
        try:
            found = self._uses.held_out(task, split, language, NUM_EXAMPLES, beside)
        except NoData:
            self._leave_out(f'{task.name}: no {split} data in "{language}" found')
            return None
        except UserError as error:
            fault: str | None = str(error)
        else:
            # A dev set without labels is a fault of its file; a test set is often released so.
            fault = self._uses.find_fault(found) if split == "test" else None
        if fault:
            self._leave_out(f'{task.name}: {split} data in "{language}" cannot be used ({fault.splitlines()[0]})')
        return None if fault else found

    def _leave_out(self, why: str) -> None:
        self._ledger.notes.append(f"{why}, so the intermediate task itself is not scored")


def _definition(source: Source) -> str:
    """By whose rules translated examples are scored: the task's own are for its own language."""
    task = source.task
    own = task.family_declaration.own
    if own is None or source.trained_in == source.language:
        return task.definition
    return own.metrics.get(task.metric, task.definition)
