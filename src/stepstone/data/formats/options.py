"""What a declared source may say of its layout: what all sources share, all readers, and hub tables.

Each reader declares its own as a subclass `Options` of `ReaderOptions`. Texts may hold `{language}`, `{iso3}` and
`{english_name}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from stepstone.core.value import Value


class SourceOptions(Value):
    """What files and hub tables share."""

    names: dict[str, dict[str, str]] = Field(
        {}, description="further names for patterns: name -> language -> what stands for it"
    )
    keep: dict[str, str | int | bool] = Field(
        {}, description="where rows of several languages stand together: field -> what this language's rows hold"
    )
    id_prefix: str = Field("", description="where they do: what the ids of this language's rows begin with")

    @property
    def is_shared(self) -> bool:
        """Whether a release holds several languages in one file (XNLI-1.0, TyDiQA)."""
        return bool(self.keep or self.id_prefix)

    def keeps(self, values: Mapping[str, Any]) -> bool:
        """Whether a row is of the language that these options are for."""
        if not str(values.get("id", "")).startswith(self.id_prefix):
            return False
        return all(values.get(name) == wanted for name, wanted in self.keep.items())

    def names_in(self, language: str) -> dict[str, str]:
        """What this source calls a language in its patterns besides the common names."""
        return {name: by_language[language] for name, by_language in self.names.items() if language in by_language}


class ReaderOptions(SourceOptions):
    """What every reader of files takes."""

    folder: str = Field("", description="where a study's own files are besides folders of data")
    beside: tuple[str, ...] = Field((), description="files beside each found one that are read together with it")
    may_beside: tuple[str, ...] = Field((), description="files beside it that are read with it where they are there")


class TableOptions(SourceOptions):
    """What hub tables take."""

    languages: tuple[str, ...] | None = Field(None, description="languages that the table has; None: all of the task")
    rows: dict[str, int | dict[str, int] | None] = Field(
        {}, description="split -> rows, or rows per language, where the table has other numbers; None: any"
    )
    stripped: bool = Field(
        False, description="span: blanks around passages were taken away, and offsets of answers still count them"
    )
    formats: tuple[str, ...] = Field(("parquet",), min_length=1, description="file formats that the table may be of")
