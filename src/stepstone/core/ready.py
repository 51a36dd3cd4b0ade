"""Ready studies, which lie in the package, and where the file of a study is that is named."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from stepstone.core.errors import UserError, nearest

READY = Path(str(files("stepstone") / "studies"))
OWN = Path("studies")
_SUFFIX = ".toml"


def studies() -> dict[str, Path]:
    """Name -> file: the ready studies, and those of ./studies, which come before ready ones of their name."""
    return _in(READY) | _in(OWN)


def find_study(name: str) -> Path:
    """The file that is given as a path, with or without its ending; that of its name in ./studies; or a ready study.

    Raises:
        UserError: there is none.
    """
    for path in (Path(name), Path(name + _SUFFIX)):
        if path.is_file():
            return path
    known = studies()
    if name not in known:
        # Of a path that is no file, its last part may be what was meant.
        word = Path(name).name.removesuffix(_SUFFIX)
        beside = {path.stem: path for path in Path(name).parent.glob(f"*{_SUFFIX}")}
        raise UserError(f'no study file "{name}", nor a study of that name', remedy=_remedy(word, known | beside))
    return known[name]


def _remedy(word: str, known: dict[str, Path]) -> str:
    return f"{nearest(word, known)}; `stepstone list studies` says what each asks"


def _in(folder: Path) -> dict[str, Path]:
    """Of two files of one name, that which lies less deep."""
    found = sorted(folder.rglob(f"*{_SUFFIX}"), key=lambda file: (len(file.parts), file), reverse=True)
    return {file.stem: file for file in found}
