"""Names of a study looked up in its catalogue; mistakes are gathered, each with its key in the study."""

from __future__ import annotations

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.errors import nearest
from stepstone.core.intermediate import TrainingSize
from stepstone.core.study import Study
from stepstone.core.tag import find_tag
from stepstone.core.task import Task
from stepstone.data.declarations import task_mistakes
from stepstone.lab.write import lab_languages
from stepstone.planning.demands import FEWER
from stepstone.planning.twins import num_in_lab


class NameLookup:
    """Looks tasks and their languages up, and gathers mistakes instead of stopping at the first."""

    def __init__(self, study: Study, catalogue: Catalogue) -> None:
        self.study, self.catalogue = study, catalogue
        self.mistakes: list[str] = []

    def wrong(self, where: str, message: str) -> None:
        """Note a mistake at a key of the study."""
        self.mistakes.append(f"{where}: {message}")

    def task(self, where: str, name: str) -> Task | None:
        """A task, in the lab its twin; None where there is none."""
        known = self.catalogue.tasks()
        if name not in known:
            self.wrong(where, f'no task is called "{name}"; {nearest(name, known)}')
            return None
        task = self.catalogue.task(name)
        if task.resolved.code:
            # Somebody else's: nobody's tests have looked at it.
            self.mistakes += [f"task {name}: {mistake}" for mistake in task_mistakes(task, self.catalogue)]
        return task if self.study.lab is None else task.in_languages(lab_languages())

    def trained_in(self, where: str, task: Task, language: str, amount: TrainingSize, remedy: str = "") -> str | None:
        """The language of the task's training data that answers to this one; where there is none, a mistake."""
        if not task.family_declaration.is_trained:
            self.wrong(where, f"{task.name} is {task.family}, which has no labels that a head could be trained on")
            return None
        code = self.has_training_data(where, task, language, remedy)
        num_rows, num = self._num_rows(task, code) if code else None, amount.num_examples
        if num and num_rows and num > num_rows and not amount.at_most:
            self.wrong(where, f"num_examples = {num}, but {task.name} has {num_rows} in {code}; {FEWER}")
        return code

    def _num_rows(self, task: Task, language: str) -> int | None:
        """Training examples as declared; in the lab what it writes, which a rehearsal takes as it is."""
        if self.study.lab is None:
            return task.num_rows("train", language)
        return None if self.study.rehearsal_of else num_in_lab(task, "train")

    def has_training_data(self, where: str, task: Task, language: str, remedy: str = "") -> str | None:
        """The same, whatever the task is and however much is wanted."""
        had = task.languages.get("train", ())
        code = find_tag(language, had)
        if code is None:
            known = f"it has {', '.join(had)}{remedy}" if had else "it has none at all"
            self.wrong(where, f'{task.name} has no training data in "{language}" ({known})')
        return code
