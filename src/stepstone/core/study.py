"""A study: the question asked in one TOML file, and its parsing with every mistake named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    Field,
    StringConstraints,
    model_validator,
)

from stepstone.core.analysis import Power, Primary
from stepstone.core.arm import Merged
from stepstone.core.checked import ByCode, Code, OneOrMore, RecipePatch
from stepstone.core.errors import nearest
from stepstone.core.grid import Grid
from stepstone.core.intermediate import Intermediate, Intermediates
from stepstone.core.ladder import LadderEntries
from stepstone.core.language import Language
from stepstone.core.language import language as find_language
from stepstone.core.model import ModelEntry
from stepstone.core.own import OwnTask
from stepstone.core.probes import Probes
from stepstone.core.ready import find_study
from stepstone.core.selection_audit import SelectionAudit
from stepstone.core.setting import Setting, cross
from stepstone.core.study_file import read_study
from stepstone.core.tag import find_tag
from stepstone.core.target import Languages, Target
from stepstone.core.toml import TomlValue
from stepstone.core.translator import TranslatorEntry
from stepstone.core.value import MAX_COUNT, Name, Seed, Value

MAX_NAME = 100  # characters
# What tables call means over groups.
_MEANS = ("all", "all tasks")
# Axes of how targets are trained.
_SETTINGS = ("source_languages", "num_target_examples", "num_shots")
# Names that stand in labels and in names of files.
TaskName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=MAX_NAME)]


class Lab(Value):
    """The generated world that stands in for real data."""

    seed: Seed = Field(1, description="of the generated world; another one has other words and texts")


class LanguageEntry(Value):
    """What a study says of a language; what it leaves out is looked up."""

    name: str | None = Field(None, min_length=1, description="in English", examples=["Ainu"])
    family: str | None = Field(None, min_length=1, description="of languages", examples=["Uralic"])
    genus: str | None = Field(
        None, min_length=1, description="what tables group it by, unless groups do", examples=["Ainu"]
    )
    script: str | None = Field(None, min_length=1, description="that it is written in", examples=["Cyrillic"])
    word_order: str | None = Field(
        None, min_length=1, description='of subject, object and verb: "SOV"', examples=["SOV"]
    )


class Study(TomlValue):
    """The question and its axes: models x intermediates x their languages x targets x seeds."""

    called: ClassVar[str] = "study"
    page: ClassVar[str] = "docs/study_file.md"

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=MAX_NAME, description="what reports and archives are called"
    )
    question: str = Field(
        "",
        description="what is asked, in a sentence; the report begins with it",
        examples=["Which intermediate task helps Japanese?"],
    )
    models: tuple[str, ...] = Field((), description="encoders by name; none: those of the study's ladder")
    ladder: LadderEntries = Field(
        {}, description="a ladder in place of models, or a table [ladder.NAME] of one's own; the smallest first"
    )
    pretraining_seeds: tuple[Seed, ...] = Field(
        (), description="each encoder that is pretrained here is so under each of these; none: under its own"
    )
    seeds: tuple[Seed, ...] = Field((1,), min_length=1, description="each condition is trained under each of these")
    source_language: Code = Field("en", description="the language targets are trained in")
    source_languages: tuple[Code, ...] = Field(
        (), description="targets are trained in each of these in turn, and compared; none: in the source language"
    )
    num_target_examples: tuple[Annotated[int, Field(ge=1, le=MAX_COUNT)], ...] = Field(
        (), description="targets are trained on each of these numbers of examples in turn, and compared"
    )
    num_shots: tuple[Annotated[int, Field(ge=0, le=MAX_COUNT)], ...] = Field(
        (),
        description="examples in each evaluated language that targets are trained on in the end; 0: zero-shot",
        examples=[(0, 16, 256)],
    )
    languages: Languages | None = Field(None, description="evaluated; none: all that a target has")
    language: ByCode[LanguageEntry] = Field(
        {},
        description="what the study says of languages, by tag",
        examples=[{"ain": {"name": "Ainu", "word_order": "SOV"}}],
    )
    groups: dict[Name, tuple[Code, ...]] = Field(
        {}, description="language groups of the tables; none: by genus", examples=[{"East Asia": ["ja", "ko", "zh"]}]
    )
    lab: Lab | None = Field(None, description="present: data from the generated world; absent: real data")
    recipe: RecipePatch = Field({}, description="what every fine-tuning of the study changes in its task's own recipe")
    grid: Grid | None = Field(
        None,
        description="values of recipes' fields that targets and intermediate tasks are trained with; none: no grid",
        examples=[{"recipe": {"learning_rate": [1e-05, 3e-05]}, "choose": "source-dev"}],
    )
    model: dict[Name, ModelEntry] = Field(
        {}, description="encoders of the study's own, by name", examples=[{"mine": {"folder": "my-encoder"}}]
    )
    translator: dict[TaskName, TranslatorEntry] = Field(
        {}, description="what translates, by name", examples=[{"nllb": {"folder": "nllb-200-distilled-600M"}}]
    )
    intermediate: Intermediates = Field(
        {}, description="intermediate tasks, by a name of your own", examples=[{"nli": {"tasks": {"en": "mnli"}}}]
    )
    target: dict[str, Target] = Field({}, description="target tasks, by the names of `stepstone list tasks`")
    task: dict[TaskName, OwnTask] = Field(
        {},
        description="tasks of the user's own, by name",
        examples=[{"mails": {"family": "classification", "files": {"train": {"en": "train.csv"}}}}],
    )
    catalogue: Annotated[tuple[str, ...], OneOrMore] = Field(
        (),
        description="folder, or folders, of declarations of the user's own: tasks, models, benchmarks, families",
        examples=["declarations"],
    )
    benchmarks: tuple[str, ...] = Field((), description="averages to report; their tasks are targets, too")
    control: Literal["target"] | None = Field(
        None,
        description="more of each target's own task, for as many steps as the intermediate takes",
        examples=["target"],
    )
    primary: Primary | None = Field(
        None,
        description="the comparison that the study is made for",
        examples=[{"intermediate": "nli", "language": "ja", "against": "en", "target": "xnli"}],
    )
    margin: float | None = Field(
        None, gt=0, description="points; a difference shown to be smaller counts as none (two one-sided tests)"
    )
    power: Power = Field(
        Power(),
        description="what the study is planned to find; `plan` says how likely it is found",
        examples=[{"gain": 1.0}],
    )
    probes: Probes = Field(
        Probes(),
        description="what is read off checkpoints beside the targets' scores",
        examples=[{"mlm": "wikipedia", "checkpoints": ["encoder"]}],
    )
    selection_audit: SelectionAudit | None = Field(
        None, description="what choosing a step by source dev costs; none: it is not asked"
    )
    claims: Annotated[tuple[str, ...], OneOrMore] = Field(
        (), description="claims that are tested: names of published papers' lists, or files of your own (.toml)"
    )
    rehearsal_of: str | None = Field(None, description="set by rehearse: the study that this one stands for")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a study by its file, or by its name: a ready study, or one of ./studies.

        Raises:
            UserError: there is none, it is not TOML, or it has mistakes; every mistake is listed with its key.
        """
        file = find_study(str(path))
        return cls.parse(read_study(file), where=str(file))

    def language_of(self, code: str) -> Language:
        """A language as the study describes it."""
        entry = self.language.get(find_tag(code, self.language) or "")
        return replace(find_language(code), **entry.model_dump(exclude_none=True)) if entry else find_language(code)

    @property
    def settings(self) -> tuple[Setting, ...]:
        """How targets are trained: the axes crossed, each axis in the study's order."""
        return cross(self.source_languages, self.num_target_examples, self.num_shots, self.grid)

    def sources_of(self, target: str) -> tuple[str, ...]:
        """The languages that a target is trained in, that of the first setting first."""
        entry = self.target.get(target)
        own = entry.source_language if entry else None
        return (own,) if own else self.source_languages or (self.source_language,)

    def source_in(self, target: str, setting: str) -> str:
        """The one of them in a setting, which is given by its text."""
        sources = self.sources_of(target)
        named = next((one.source_language for one in self.settings if one.text == setting), None)
        return named if named in sources else sources[0]

    def group_of(self, code: str) -> str:
        """The group of a language in tables: the study's own, else its genus."""
        named = {one: name for name, codes in self.groups.items() for one in codes}
        return named.get(find_tag(code, named) or "") or self.language_of(code).group

    @model_validator(mode="after")
    def _axes_hold_no_repeats(self) -> Self:
        for name in ("models", "seeds", "pretraining_seeds", "languages", "benchmarks", "claims", *_SETTINGS):
            axis = getattr(self, name) or ()
            repeated = {item for item in axis if axis.count(item) > 1}
            if repeated:
                raise ValueError(f"{name}: {sorted(map(str, repeated))} are listed more than once")
        return self

    @model_validator(mode="after")
    def _models_or_a_ladder(self) -> Self:
        if not self.models and not self.ladder:
            raise ValueError('models: give models, or a ladder, as in ladder = "lab"')
        for name, entry in self.ladder.items() if self.models else ():
            if entry.models is None:
                raise ValueError(f'models: the ladder "{name}" stands for its models; give one of models and ladder')
            absent = [model for model in entry.models if model not in self.models]
            if absent:
                raise ValueError(f'ladder.{name}.models: "{absent[0]}" is not among the study\'s models')
        return self

    @model_validator(mode="after")
    def _no_group_is_called_as_a_mean(self) -> Self:
        genera = {f"language.{code}.genus": entry.genus for code, entry in self.language.items()}
        for where, name in (*((f"groups.{name}", name) for name in self.groups), *genera.items()):
            if name in _MEANS:
                raise ValueError(f'{where}: tables call means "{name}": give the group another name')
        return self

    @model_validator(mode="after")
    def _something_is_scored(self) -> Self:
        if not self.target and not self.benchmarks:
            raise ValueError("nothing is scored: give a [target.TASK] table or benchmarks")
        return self

    @model_validator(mode="after")
    def _source_dev_can_choose(self) -> Self:
        if self.grid is not None:
            self.grid.check_choice(has_shots=any(self.num_shots), has_probes=self.probes.of_checkpoints)
            self.grid.check_intermediates(has_any=bool(self.intermediate), has_control=self.control is not None)
        return self

    @model_validator(mode="after")
    def _a_control_stands_beside_something(self) -> Self:
        if self.control and not self.intermediate:
            raise ValueError("control: there is no [intermediate.NAME] table that it could stand beside")
        return self

    @model_validator(mode="after")
    def _primary_is_asked(self) -> Self:
        if self.primary is not None:
            arms = {name: tuple(entry.all_arms) for name, entry in self.intermediate.items()}
            self.primary.check_asked(arms, (*self.target, *self.benchmarks), has_control=bool(self.control))
        return self

    @model_validator(mode="after")
    def _hops_exist(self) -> Self:
        for name, entry in self.intermediate.items():
            seen = [name]
            while entry.after is not None:
                earlier = self.before(entry)
                if earlier is None:
                    hint = nearest(entry.after, self.intermediate)
                    raise ValueError(f'intermediate.{name}.after: no intermediate "{entry.after}"; {hint}')
                if earlier in seen:
                    raise ValueError(f"intermediate.{name}.after: {' -> '.join([*seen, earlier])} is a circle")
                seen.append(earlier)
                entry = self.intermediate[earlier]
        return self

    def chain(self, name: str, arm: str) -> Iterator[tuple[str, str]]:
        """The intermediates, each with its arm, that end in this one, the last first; an arm may not be there."""
        step: str | None = name
        while step is not None:
            yield step, arm
            entry = self.intermediate[step]
            step = self.before(entry)
            # `after` names an intermediate, whose arm of this name is meant, or one arm of it.
            arm = arm if step is None or entry.after == step else (entry.after or "").removeprefix(f"{step}.")

    def tasks_of(self, name: str, arm: str) -> tuple[str, ...]:
        """The tasks that an arm of an intermediate is trained on, those of what is merged among them."""
        entry = self.intermediate[name]
        how = entry.all_arms.get(arm)
        if isinstance(how, Merged):
            return tuple(task for member in how.merge for task in self.tasks_of(name, member))
        return how.tasks if how else ()

    def before(self, entry: Intermediate) -> str | None:
        """The name of the intermediate that another comes after; None where there is none."""
        wanted = entry.after or ""
        return next((name for name in (wanted, wanted.rpartition(".")[0]) if name in self.intermediate), None)
