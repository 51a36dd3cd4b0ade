"""The files that docs/adding.md shows, and the modules that are Stepstone's own of them."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "adding.md").read_text(encoding="utf-8")
FILE = re.compile(r"`(my_catalogue|src)/([\w/]+\.py)`:\n```python\n(.*?)```", flags=re.DOTALL)
SHOWN = {f"{folder}/{name}": code for folder, name, code in FILE.findall(PAGE)}


@cache
def module(name: str) -> ModuleType:
    """One of Stepstone's own that the page shows, under the name that it would have."""
    return _run(name, SHOWN[f"src/{name.replace('.', '/')}.py"])


@cache
def planner() -> ModuleType:
    """What plans the page's kind of stage: the one block that is no file."""
    module("stepstone.core.specs.count")
    (code,) = re.findall(r"\n\n```python\n(.*?)```", PAGE, flags=re.DOTALL)
    return _run("counts_planned", code)


def _run(name: str, code: str) -> ModuleType:
    made = sys.modules[name] = ModuleType(name)
    exec(compile(code, f"docs/adding.md: {name}", "exec"), vars(made))
    return made
