"""Which data stages read, each looked up once; what is missing is gathered and reported in one message."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.errors import UserError
from stepstone.core.model import FolderModel, HubModel, ScratchModel
from stepstone.core.place import Place
from stepstone.core.specs.encoder import PretrainedSpec, PretrainSpec
from stepstone.core.task import Task
from stepstone.core.uses import DataUse
from stepstone.data.generated import in_world
from stepstone.data.load import data_identity, is_on_hub
from stepstone.data.model_folder import digest_folder
from stepstone.data.running_text import text_content
from stepstone.planning.faults import check_split
from stepstone.planning.listen import Listener
from stepstone.planning.missing import MissingData

# What data holds that was not looked for.
UNKNOWN = "unknown"


class Uses:
    """Data and models as specs name them: by what they contain, not by where they are."""

    def __init__(self, place: Place, catalogue: Catalogue, listener: Listener) -> None:
        self.place, self.catalogue, self.listener = place, catalogue, listener
        self._contents: dict[tuple[str, str, str], str] = {}
        self._uses: dict[tuple[str, str, str, int | None], DataUse] = {}
        self._missing = MissingData()

    def data(self, task: Task, split: str, language: str, num_examples: int | None = None) -> DataUse:
        """One split of a task in one language; where it is missing that is noted, and reported by `refuse_missing`."""
        wanted = (task.name, split, language, num_examples)
        if wanted not in self._uses:
            self._uses[wanted] = _use(task, split, language, self._content(task, split, language), num_examples)
        return self._uses[wanted]

    def held_out(self, task: Task, split: str, language: str, num_examples: int, beside: str) -> DataUse:
        """One split that a study can do without: it comes from the hub only if the training data in `beside` does.

        Raises:
            UserError: it is not available (NoData: there is none); `refuse_missing` will not report it.
        """
        if self.is_size_only:
            return self.data(task, split, language, num_examples)
        from_hub = is_on_hub(self._content(task, "train", beside))
        place = self.place.model_copy(update={"use_hub": self.place.use_hub and from_hub})
        return _use(task, split, language, data_identity(task, split, language, place), num_examples)

    def find_fault(self, use: DataUse) -> str | None:
        """What is wrong with data that lies in files of the user's; they are read for it."""
        is_local = self.place.lab_seed is None and not is_on_hub(use.content) and not self.is_size_only
        begin = partial(self.listener.read, f"{use.task} {use.split} {use.language}")
        return (check_split(use, self.catalogue, self.place, begin).fault or None) if is_local else None

    def everywhere(self, task: Task, split: str, language: str) -> tuple[DataUse, ...]:
        """A split in `language` and all others that the task has it in, whichever a study evaluates."""
        declared = self.catalogue.task(task.name).languages[split]
        had = in_world(task, self.place).languages[split]
        return tuple(self.data(task, split, code) for code in had if code in declared or code == language)

    def origin(self, model: HubModel | FolderModel | ScratchModel) -> PretrainedSpec | PretrainSpec:
        """Where an encoder comes from."""
        try:
            if isinstance(model, ScratchModel):
                text = self.catalogue.task(model.text)
                if self.is_size_only:
                    return PretrainSpec(model=model, content=UNKNOWN)
                read = text_content(text, model.languages, model.corpora, self.place, model.num_documents)
                return PretrainSpec(model=model, content=read)
            if isinstance(model, FolderModel):
                if self.is_size_only:
                    return PretrainedSpec(model=model, content=UNKNOWN)
                return PretrainedSpec(model=model, content=digest_folder(Path(model.folder), self.place.cache))
            assert model.revision is not None, "refused when names were looked up"
            return PretrainedSpec(model=model, content=model.revision)
        except UserError as error:
            self._missing.add_other(f"model {model.name}: {error}")
            return PretrainedSpec(model=FolderModel(name=model.name, folder=""), content="missing")

    def refuse_missing(self) -> None:
        """Raise one UserError about everything that was asked for and is not available."""
        self._missing.refuse()

    @property
    def is_size_only(self) -> bool:
        """Whether nothing is looked for; what the lab generates is known without looking."""
        return not self.place.with_data and self.place.lab_seed is None

    def _content(self, task: Task, split: str, language: str) -> str:
        if self.is_size_only:
            return UNKNOWN
        wanted = (task.name, split, language)
        if wanted not in self._contents:
            self.listener.look(" ".join(wanted))
            try:
                self._contents[wanted] = data_identity(task, split, language, self.place)
            except UserError as error:
                self._missing.add(wanted, error)
                self._contents[wanted] = "missing"
        return self._contents[wanted]


def _use(task: Task, split: str, language: str, content: str, num_examples: int | None) -> DataUse:
    return DataUse(
        task=task.name,
        split=split,
        language=language,
        content=content,
        family_version=task.family_declaration.version,
        reading=task.reading,
        labels=task.labels,
        num_examples=num_examples,
    )
