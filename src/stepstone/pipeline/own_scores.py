"""How well an intermediate task itself was learnt: its checkpoint, scored on held-out data of its own task."""

from __future__ import annotations

from stepstone.core.condition import Source
from stepstone.core.errors import UserError
from stepstone.core.recipe import Limits
from stepstone.core.spec import DataUse, EvaluateSpec
from stepstone.data.load import NoData
from stepstone.pipeline.uses import Uses

# Enough to see within two points whether a task was learnt; a larger dev set would only take time.
NUM_EXAMPLES = 2000


class OwnScores:
    """Evaluations of intermediate tasks by themselves; what cannot be scored is added to `notes`, never an error."""

    def __init__(self, uses: Uses, notes: list[str]) -> None:
        self._uses, self._notes = uses, notes
        self._known: dict[tuple[str, str, Limits], EvaluateSpec | None] = {}

    def find(self, source: Source, limits: Limits) -> EvaluateSpec | None:
        """The evaluation of a source in its own language, by the task's own rules; None where it has no data."""
        wanted = (source.task.name, source.language, limits)
        if wanted not in self._known:
            data = self._data(source)
            metric, definition = source.task.metric, source.task.definition
            self._known[wanted] = (
                EvaluateSpec(data=data, metric=metric, definition=definition, limits=limits) if data else None
            )
        return self._known[wanted]

    def _data(self, source: Source) -> DataUse | None:
        """The dev set, or the labelled test set of a task without one."""
        task, language = source.task, source.language
        split = next((name for name in ("dev", "test") if language in task.languages.get(name, ())), None)
        if split is None or not task.family_declaration.is_trained:
            return None
        try:
            found = self._uses.held_out(task, split, language, NUM_EXAMPLES)
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
        self._notes.append(f"{why}, so the intermediate task itself is not scored")
