"""A user's own task as a study file describes it: family, files, columns and labels, with every mistake named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator

from stepstone.core.checked import RecipePatch, WrittenCodes, by_tag
from stepstone.core.model import Repository, Revision
from stepstone.core.task import Split
from stepstone.core.value import Value

FileFormat = Literal["csv", "tsv", "jsonl", "json", "parquet", "conll", "conllu", "squad", "pairs"]

BY_ENDING: dict[str, FileFormat] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".conll": "conll",
    ".bio": "conll",
    ".iob": "conll",
    ".iob2": "conll",
    ".conllu": "conllu",
}


def _check_files(given: Any) -> str | dict[str, str]:
    if isinstance(given, str) and given:
        return given
    if isinstance(given, Mapping) and given and all(isinstance(name, str) and name for name in given.values()):
        # A name may hold {language}: as the study spells it.
        return by_tag({tag: name.replace("{language}", tag) for tag, name in given.items()})
    raise ValueError('give a file per language, as in { en = "train.csv" }, or a pattern such as "test-{language}.csv"')


def _check_columns(given: Any) -> dict[str, str | tuple[str, ...]]:
    if not isinstance(given, Mapping):
        raise ValueError('give field = "column", as in { text = "message", label = "team" }')
    found: dict[str, str | tuple[str, ...]] = {}
    for field, column in given.items():
        if isinstance(column, list | tuple) and column and all(isinstance(name, str) for name in column):
            found[field] = tuple(column)
        elif isinstance(column, str | int) and not isinstance(column, bool):
            found[field] = str(column)
        else:
            raise ValueError(f"{field}: give the name of a column, or several in a list")
    return found


def _check_labels(given: Any) -> dict[str, str]:
    """Spelling in the files -> name; a list spells them as it names them."""
    pairs = list(given.items()) if isinstance(given, Mapping) else [(item, item) for item in _listed(given)]
    pairs = [(_spelt(spelling), _spelt(name)) for spelling, name in pairs]
    if not all(isinstance(part, str | int) for pair in pairs for part in pair):
        raise ValueError('give names, as in ["yes", "no"], or how files spell them, as in { 0 = "no", 1 = "yes" }')
    spelt = [str(spelling).strip() for spelling, _ in pairs]
    if len(set(spelt)) < len(spelt):
        raise ValueError("a label is listed more than once")
    if not all(spelt):
        raise ValueError("a label has no name: give every label one")
    return {spelling: str(name).strip() for spelling, (_, name) in zip(spelt, pairs, strict=True)}


def _spelt(part: Any) -> Any:
    return str(part).lower() if isinstance(part, bool) else part


def _listed(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list | tuple) else [None]


def _check_header(header: tuple[str, ...]) -> tuple[str, ...]:
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f'the column "{twice}" is listed more than once')
    return header


def _check_delimiter(delimiter: str | None) -> str | None:
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise ValueError('give one sign other than a quotation mark, as in ";"')
    return delimiter


def _check_scale(scale: tuple[float, float] | None) -> tuple[float, float] | None:
    if scale is not None and not scale[0] < scale[1]:
        raise ValueError(f"{scale[0]:g} is not below {scale[1]:g}")
    return scale


# What only a table of the hub has, and what only files have.
_ON_HUB = ("revision", "config", "splits")
_IN_FILES = ("folder", "format", "header", "delimiter", "quoting", "comment", "beside")


class OwnTask(Value):
    """A `[task.NAME]` table."""

    family: str = Field(description="classification, regression, span, tagging, choice or retrieval")
    files: dict[
        Split,
        Annotated[str | dict[str, str], PlainValidator(_check_files, json_schema_input_type=str | dict[str, str])],
    ] = Field(
        {},
        description="split -> file per language, or a pattern with {language}; none: the rows are a table of the hub",
        examples=[{"train": "train-{language}.csv"}],
    )
    hub: Repository | None = Field(
        None, description="the data set of the hub that holds it, as OWNER/NAME", examples=["Davlan/sib200"]
    )
    revision: Revision | None = Field(None, description="of it: a commit", examples=["0a1b2c3d"])
    config: str | None = Field(
        None,
        description="its configuration; {language} is the language as `languages` spell it; none: it has one alone",
        examples=["{language}"],
    )
    splits: dict[Split, str] = Field(
        {},
        description="split -> its name there; none: train, validation (dev) and test",
        examples=[{"train": "train", "test": "test"}],
    )
    folder: str = Field(
        "", description="where these files are, beside folders of data; none: where the study is", examples=["mails"]
    )
    languages: WrittenCodes = Field(
        {}, description="languages of the splits that are given as a pattern", examples=[["en", "ja"]]
    )
    columns: Annotated[dict[str, str | tuple[str, ...]], BeforeValidator(_check_columns)] = Field(
        {}, description="field -> column; none: the field's own name", examples=[{"text": "message", "label": "team"}]
    )
    labels: Annotated[
        dict[str, str], PlainValidator(_check_labels, json_schema_input_type=tuple[str, ...] | dict[str, str])
    ] = Field({}, description="names of labels or tags, or spelling in the files -> name; their order is the head's")
    format: FileFormat | None = Field(None, description="layout of the files; none: by their names", examples=["csv"])
    header: Annotated[tuple[str, ...], AfterValidator(_check_header)] = Field(
        (), description="columns of CSV or TSV files that have no header line", examples=[("text", "label")]
    )
    delimiter: Annotated[str | None, AfterValidator(_check_delimiter)] = Field(
        None,
        description="of CSV (none: a comma) and of CoNLL files (none: tabs where their lines have them, or blanks)",
        examples=[";"],
    )
    quoting: bool | None = Field(
        None,
        description="TSV: whether quotation marks around cells are the file's, as in CSV; none: as the file shows",
        examples=[True],
    )
    comment: str | None = Field(
        None,
        description="CoNLL: what comments begin with, empty: there are none; none: # where it can be no word",
        examples=["#"],
    )
    beside: str | None = Field(
        None, description="pairs: the file of translations beside each file", examples=["sentences.{language}"]
    )
    unanswerable: bool = Field(False, description="span: questions may have no answer")
    scale: Annotated[tuple[float, float] | None, AfterValidator(_check_scale)] = Field(
        None, description="regression: the lowest and the highest number there can be", examples=[(0.0, 5.0)]
    )
    metric: str | None = Field(None, description="none: the family's usual one", examples=["macro_f1"])
    definition: str | None = Field(
        None, description="whose rules score it; none: the family's usual ones", examples=["jiant"]
    )
    recipe: RecipePatch = Field(
        {}, description="its own recipe, as catalogue tasks have one", examples=[{"num_epochs": 3}]
    )
    title: str = Field("", description="what tables and model cards call it")
    licence: str = Field("", description="of its data", examples=["CC BY 4.0"])
    citation: str = Field("", description="of whom it is", examples=["Doe et al. 2030"])
    url: str = Field("", description="where it is released", examples=["https://example.org/mails"])

    @model_validator(mode="after")
    def _rows_are_in_files_or_on_the_hub(self) -> Self:
        if bool(self.files) == (self.hub is not None):
            raise ValueError('give files, or hub = "OWNER/NAME" with a revision: one of the two')
        if self.hub is None:
            given = [name for name in _ON_HUB if getattr(self, name)]
            if given:
                raise ValueError(f"{given[0]}: is of a table of the hub, and goes with hub")
            return self
        if self.revision is None:
            raise ValueError("revision: give the commit that is meant, for a table of the hub may change")
        if not self.languages:
            raise ValueError('languages: in which languages? give languages = ["en", "ja"]')
        given = [name for name in _IN_FILES if getattr(self, name) not in (None, (), "")]
        if given:
            raise ValueError(f"{given[0]}: is of files, and {self.hub} is a table of the hub")
        if len(self.languages) > 1 and "{" not in (self.config or "") and "language" not in self.columns:
            raise ValueError(
                f"config: is one for {len(self.languages)} languages; put {{language}} into it, or name the column "
                "with the language: columns.language"
            )
        return self

    @model_validator(mode="after")
    def _every_file_has_a_language(self) -> Self:
        for split, given in self.files.items():
            if not isinstance(given, str):
                continue
            if not self.languages:
                raise ValueError(
                    f'files.{split}: in which languages? give languages = [...], or a table as in {{ en = "{given}" }}'
                )
            if len(self.languages) > 1 and "{" not in given and "language" not in self.columns:
                raise ValueError(
                    f"files.{split}: is one file for {len(self.languages)} languages; put {{language}} into its name, "
                    "or name the column with the language: columns.language"
                )
        return self

    @property
    def named_splits(self) -> dict[Split, str]:
        """What the hub calls the splits that it has."""
        return self.splits or {"train": "train", "dev": "validation", "test": "test"}

    @property
    def held(self) -> tuple[Split, ...]:
        """The splits that it has."""
        return tuple(self.files or self.named_splits)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the labels, each once, in order."""
        return tuple(dict.fromkeys(self.labels.values()))
