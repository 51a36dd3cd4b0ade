"""A user's own task as a study file describes it: family, files, columns and labels, with every mistake named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator

from stepstone.core.checked import Code, RecipePatch, check_code
from stepstone.core.errors import nearest
from stepstone.core.task import Split
from stepstone.core.value import Value

OwnFamily = Literal["classification", "regression", "tagging", "span", "choice", "retrieval"]
Format = Literal["csv", "tsv", "jsonl", "json", "parquet", "conll", "conllu", "squad", "pairs"]

# What rows may hold in each family; the first ones must be there and have their own name as default.
REQUIRED: dict[str, tuple[str, ...]] = {
    "classification": ("text", "label"),
    "regression": ("text", "label"),
    "tagging": ("words", "tags"),
    "span": ("question", "context", "answers"),
    "choice": ("options", "label"),
    "retrieval": ("source", "target"),
}
OPTIONAL: dict[str, tuple[str, ...]] = {
    "classification": ("pair",),
    "regression": ("pair",),
    "span": ("answer", "start"),
    "choice": ("context", "question"),
}
COMMON = ("id", "language", "cluster")
METRICS: dict[str, tuple[str, ...]] = {
    "classification": ("accuracy", "macro_f1", "mcc"),
    "regression": ("pearson", "spearman"),
    "tagging": ("chunk_f1", "token_accuracy"),
    "span": ("squad",),
    "choice": ("accuracy",),
    "retrieval": ("nearest_neighbour",),
}
# Formats that serve one family only, and are no tables.
LAID_OUT = {"conll": "tagging", "conllu": "tagging", "squad": "span", "pairs": "retrieval"}
_SUFFIXES: dict[str, Format] = {
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


def _check_family(name: Any) -> Any:
    known = get_args(OwnFamily)
    if name not in known:
        raise ValueError(f'no family is called "{name}"; {nearest(str(name), known)}')
    return name


def _check_files(given: Any) -> str | dict[str, str]:
    if isinstance(given, str) and given:
        return given
    if isinstance(given, Mapping) and given and all(isinstance(name, str) and name for name in given.values()):
        return {check_code(code): name for code, name in given.items()}
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
    if not all(isinstance(part, str | int) and not isinstance(part, bool) for pair in pairs for part in pair):
        raise ValueError('give names, as in ["yes", "no"], or how files spell them, as in { 0 = "no", 1 = "yes" }')
    spelt = [str(spelling).strip() for spelling, _ in pairs]
    if len(set(spelt)) < len(spelt):
        raise ValueError("a label stands twice")
    return {spelling: str(name).strip() for spelling, (_, name) in zip(spelt, pairs, strict=True)}


def _listed(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list | tuple) else [None]


def _check_scale(scale: tuple[float, float] | None) -> tuple[float, float] | None:
    if scale is not None and not scale[0] < scale[1]:
        raise ValueError(f"{scale[0]:g} is not below {scale[1]:g}")
    return scale


class OwnTask(Value):
    """A `[task.NAME]` table."""

    family: Annotated[OwnFamily, BeforeValidator(_check_family)]
    files: dict[Split, Annotated[str | dict[str, str], PlainValidator(_check_files)]] = Field(
        min_length=1, description="split -> file per language, or a pattern with {language}"
    )
    languages: tuple[Code, ...] = Field((), description="languages of the splits that are given as a pattern")
    columns: Annotated[dict[str, str | tuple[str, ...]], PlainValidator(_check_columns)] = Field(
        {}, description="field -> column; none: the field's own name"
    )
    labels: Annotated[dict[str, str], PlainValidator(_check_labels)] = Field(
        {}, description="names of labels or tags, or spelling in the files -> name; their order is the head's"
    )
    format: Format | None = Field(None, description="layout of the files; none: by their names")
    header: tuple[str, ...] = Field((), description="columns of CSV or TSV files that have no header line")
    delimiter: str = Field(",", min_length=1, max_length=1, description="of CSV files")
    beside: str | None = Field(None, description="pairs: the file of translations beside each file")
    unanswerable: bool = Field(False, description="span: questions may have no answer")
    scale: Annotated[tuple[float, float] | None, AfterValidator(_check_scale)] = Field(
        None, description="regression: the lowest and the highest number there can be"
    )
    metric: str | None = Field(None, description="none: the family's usual one")
    definition: str | None = Field(None, description="whose rules score it; none: the family's usual ones")
    recipe: RecipePatch = {}
    title: str = ""
    licence: str = ""
    citation: str = ""
    url: str = ""

    @model_validator(mode="after")
    def _columns_are_of_the_family(self) -> Self:
        known = (*REQUIRED[self.family], *OPTIONAL.get(self.family, ()), *COMMON)
        for field, column in self.columns.items():
            if field not in known:
                raise ValueError(f"columns.{field}: {self.family} has no such field; {nearest(field, known)}")
            if isinstance(column, tuple) and field != "options":
                raise ValueError(f"columns.{field}: give one column")
        if ("answer" in self.columns) != ("start" in self.columns):
            raise ValueError("columns: answer and start (its first character's offset) go together")
        return self

    @model_validator(mode="after")
    def _labels_are_given_where_they_are_needed(self) -> Self:
        least = {"classification": 2, "tagging": 1}.get(self.family, 0)
        if len(set(self.labels.values())) < least:
            raise ValueError(f"labels: {self.family} needs the names of all its labels, {least} or more")
        if self.labels and not least and self.family != "choice":
            raise ValueError(f"labels: {self.family} has none")
        return self

    @model_validator(mode="after")
    def _settings_are_of_the_family(self) -> Self:
        for setting, family in (("unanswerable", "span"), ("scale", "regression"), ("beside", "retrieval")):
            if getattr(self, setting) and self.family != family:
                raise ValueError(f"{setting}: is for {family}, not for {self.family}")
        if self.metric is not None and self.metric not in METRICS[self.family]:
            known = METRICS[self.family]
            raise ValueError(f'metric: {self.family} is not scored by "{self.metric}"; {nearest(self.metric, known)}')
        return self

    @model_validator(mode="after")
    def _every_file_can_be_read_and_has_a_language(self) -> Self:
        for split, given in self.files.items():
            for name in given.values() if isinstance(given, dict) else (given,):
                self.format_of(name)
            if isinstance(given, str) and not self.languages:
                raise ValueError(
                    f'files.{split}: in which languages? give languages = [...], or a table as in {{ en = "{given}" }}'
                )
            one_for_all = isinstance(given, str) and "{" not in given and "language" not in self.columns
            if one_for_all and len(self.languages) > 1:
                raise ValueError(
                    f"files.{split}: is one file for {len(self.languages)} languages; put {{language}} into its name, "
                    "or name the column that tells the language: columns.language"
                )
        return self

    def format_of(self, name: str) -> Format:
        """The layout of a file; raises ValueError where neither the table nor its name tells it."""
        suffix = PurePosixPath(name).suffix.lower()
        found = self.format or _SUFFIXES.get(suffix)
        if self.format is None and self.family == "tagging" and suffix in (".tsv", ".txt") and not self.columns:
            found = "conll"
        if self.format is None and self.family == "span" and found == "json" and not self.columns:
            found = "squad"
        if self.format is None and self.beside:
            found = "pairs"
        if found is None:
            raise ValueError(f'files: "{name}" has no known ending; give format = one of {", ".join(get_args(Format))}')
        if LAID_OUT.get(found, self.family) != self.family:
            raise ValueError(f"format: {found} holds {LAID_OUT[found]}, not {self.family}")
        if (found == "pairs") != (self.beside is not None):
            raise ValueError("beside: names the other file of format pairs, and goes with it")
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the labels, each once, in order."""
        return tuple(dict.fromkeys(self.labels.values()))
