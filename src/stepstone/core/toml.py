"""Reading a TOML file of a user's, with every way named in which it may be none."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from stepstone.core.errors import UserError


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
