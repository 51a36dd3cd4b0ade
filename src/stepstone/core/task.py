"""A task is a declaration: family, labels, metric, languages per split, and where its data is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, PrivateAttr, field_validator

from stepstone.core.example import Example
from stepstone.core.facts import FactSources
from stepstone.core.family import FamilyDeclaration
from stepstone.core.recipe import Recipe
from stepstone.core.tag import find_tag
from stepstone.core.value import Value

Split = Literal["train", "dev", "test"]
# What pairs an example of a translated set with its original: see `Translation`.
By = Literal["id", "text", "place"]
# From a row under canonical names and its language; None: the row is no example of that language.
Converter = Callable[[Mapping[str, Any], str], Example | None]


class Files(Value):
    """Official release files: a reader's name and, per split, file patterns tried in order.

    A pattern is relative to a data folder and may hold `{language}` (its tag), `{iso3}`, `{english_name}`
    and glob stars; inside an archive the same pattern is matched against member names. A star in a file's name takes
    all that fit, one in a folder's (a version) a single folder: where there are two, they are refused.
    """

    reader: str
    files: dict[str, tuple[str, ...]]
    columns: dict[str, str] = Field({}, description="canonical field -> column of this layout")
    options: dict[str, Any] = Field({}, description="what the reader's `Options` declare of this layout")


class HubTable(Value):
    """A table on the Hugging Face hub that loads without a script."""

    repository: str
    config: str | None = Field(None, description="may hold {language} and friends")
    revision: str | None = Field(None, description="a pinned commit, or a ref such as refs/convert/parquet")
    data_files: dict[str, str] = Field({}, description="split -> parquet pattern, where configs cannot be named")
    splits: dict[str, str] = Field({"train": "train", "dev": "validation", "test": "test"})
    columns: dict[str, str] = Field({}, description="canonical field -> column")
    class_labels: tuple[str, ...] = Field((), description="names of integer labels, in order")
    options: dict[str, Any] = Field({}, description="what `TableOptions` declare of this table")
    evidence: FactSources = Field({}, description="where columns and revision were read, or that they were not")


class Translation(Value):
    """Of which task's examples a task's own are translations, and what pairs the two."""

    of: str = Field(description="the task, which may be the same one: its other languages translate its first")
    by: By = Field(
        description="what two examples share: the id; the English text, which the translation's row holds; or no more "
        "than their place in files of equally many rows"
    )
    language: str | None = Field("en", description="of the originals; None: the one that the translation goes by")
    splits: tuple[str, ...] = ("train",)


class OwnRows(Value):
    """How the rows of a study's own task are read; a catalogue task's module has its `to_example` instead."""

    columns: dict[str, str | tuple[str, ...]] = Field({}, description="canonical field -> column, or columns")
    aliases: dict[str, str] = Field({}, description="a label as files spell it -> its name")
    scale: tuple[float, float] | None = Field(None, description="regression: lowest and highest number")
    num_options: int = Field(0, ge=0, description="choice: options of every row; 0: as many as a row has")


@dataclass(frozen=True)
class ResolvedNames:
    """What a declaration's names and its module stand for, as a catalogue finds them.

    Attributes:
        family: the declaration of its family.
        to_example: rows to examples; None for a study's own task, whose columns say it.
        parts: the tasks that it joins, resolved too.
        code: digest of the code that reads its rows where that is not Stepstone's own, else empty.
    """

    family: FamilyDeclaration[Any]
    to_example: Converter | None = None
    parts: tuple[Task, ...] = ()
    code: str = ""


class Task(Value):
    """What a task is. Its module adds `to_example(row, language)`; a catalogue resolves what it names."""

    _resolved: ResolvedNames | None = PrivateAttr(None)

    name: str
    title: str
    family: str = Field(description="name of its family, which the catalogue declares")
    metric: str
    definition: str
    languages: dict[str, tuple[str, ...]] = Field(description="split -> tags of languages")
    labels: tuple[str, ...] = ()
    unanswerable: bool = Field(False, description="span: questions may have no answer")
    pooled: bool = Field(False, description="ranking: queries of one language rank the candidates of all languages")
    trained_on: tuple[str, ...] = Field((), description="tasks fine-tuned on, in turn, before evaluation")
    joins: tuple[str, ...] = Field((), description="tasks whose examples this one joins, in this order")
    translation: Translation | None = Field(None, description="of other examples; None: it is original")
    sources: tuple[Files | HubTable, ...] = ()
    own: OwnRows | None = Field(None, description="present: the task is a study's own")
    rows: dict[str, int | dict[str, int]] = Field(
        {},
        description="split -> rows, or rows per language, of the official release; asserted for hub tables",
    )
    reading: int = Field(1, ge=1, description="counts changes of how its rows are read that change numbers")
    recipe: dict[str, Any] = Field({}, description="what the recipe of a target changes, as the benchmark trains it")
    intermediate_recipe: dict[str, Any] = Field({}, description="what changes besides where it is an intermediate task")
    licence: str = ""
    citation: str = ""
    url: str = ""
    traps: tuple[str, ...] = ()
    evidence: FactSources = Field(
        {}, description="where rows, languages, recipe and licence were read, or that they were not"
    )

    @field_validator("recipe", "intermediate_recipe")
    @classmethod
    def _known_recipe_fields(cls, recipe: dict[str, Any]) -> dict[str, Any]:
        Recipe(**recipe)
        return recipe

    def resolve(self, resolved: ResolvedNames) -> Task:
        """The same declaration with what it names; copies of it keep that."""
        found = self.model_copy()
        found._resolved = resolved
        return found

    @property
    def resolved(self) -> ResolvedNames:
        """What it names; only a task that a catalogue gave out knows it."""
        # Pydantic looks a private field up slowly, and this one is asked for with every row.
        found = self._resolved
        assert found is not None, f"{self.name} was not looked up in a catalogue"
        return found

    @property
    def family_declaration(self) -> FamilyDeclaration[Any]:
        """The declaration of its family."""
        return self.resolved.family

    def num_rows(self, split: str, language: str) -> int | None:
        """Rows that the official release has, or None where it is not declared."""
        declared = self.rows.get(split)
        return declared.get(language) if isinstance(declared, dict) else declared

    def in_languages(self, codes: Iterable[str]) -> Task:
        """The task's lab twin: a split of several languages exists in every lab language, and in no other.

        English is there only where the release has it: Tatoeba pairs every language with it. A single language is
        there as the one that the lab has of it: pt-BR as pt.
        """
        codes = tuple(codes)
        languages = {
            split: tuple(code for code in codes if code != "en" or "en" in had)
            if len(had) > 1
            else tuple(find_tag(code, codes) or code for code in had)
            for split, had in self.languages.items()
        }
        return self.model_copy(update={"languages": languages})
