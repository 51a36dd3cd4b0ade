"""Reading a TOML file of a user's, with every way named in which it may be none, and values that are read from one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import ValidationError

from stepstone.core.errors import UserError
from stepstone.core.mistakes import mistakes
from stepstone.core.value import Value


def read_toml(path: Path) -> dict[str, Any]:
    """The table of a file.

    Raises:
        UserError: the file cannot be read, is not UTF-8, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise UserError(f"cannot be read ({error.strerror})", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise UserError("is not UTF-8", where=str(path), remedy="save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"is not TOML: {error}", where=str(path)) from error
    except RecursionError as error:
        raise UserError("holds lists in lists that are too deep to be read", where=str(path)) from error


class TomlValue(Value):
    """A value that a user writes as a TOML file; `called` is what messages call it."""

    called: ClassVar[str]

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a file.

        Raises:
            UserError: the file is missing, is not TOML, or has mistakes; every mistake is listed with its key.
        """
        return cls.parse(read_toml(Path(path)), where=str(path))

    @classmethod
    def parse(cls, table: dict[str, Any], where: str = "") -> Self:
        """Build it from a table, by default of no file; raises UserError that lists every mistake with its key."""
        try:
            return cls.model_validate(table)
        except ValidationError as error:
            head = f"{where or cls.called}: the {cls.called} has mistakes"
            raise UserError("\n  ".join([head, *mistakes(error, cls)])) from error
