"""Stepstone: intermediate-task training and zero-shot cross-lingual transfer, from a study file to a report.

The command line's verbs as functions: `Study.load`, `plan`, `run`, `collect`, `compare`, `diff`, `report`,
`export`, `submit`, `seal`, `verify`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from stepstone.core.shown import made_by
from stepstone.core.version import __version__ as __version__

if TYPE_CHECKING:
    from stepstone.core.place import Place as Place
    from stepstone.core.study import Study as Study
    from stepstone.evidence.compare import compare as compare
    from stepstone.evidence.diff import diff as diff
    from stepstone.evidence.frame import collect as collect
    from stepstone.export.card import export as export
    from stepstone.launchers.local import Local as Local
    from stepstone.pipeline.run import run as run
    from stepstone.pipeline.submit import submit as submit
    from stepstone.planning.plan import plan as plan
    from stepstone.report.page import report as report
    from stepstone.sealing.seal import seal as seal
    from stepstone.sealing.verify import verify as verify
    from stepstone.store.store import Store as Store

__all__ = [
    "Local",
    "Place",
    "Store",
    "Study",
    "collect",
    "compare",
    "diff",
    "export",
    "plan",
    "report",
    "run",
    "seal",
    "submit",
    "verify",
]

_HOMES = {
    "Local": "stepstone.launchers.local",
    "Place": "stepstone.core.place",
    "Store": "stepstone.store.store",
    "Study": "stepstone.core.study",
    "collect": "stepstone.evidence.frame",
    "compare": "stepstone.evidence.compare",
    "diff": "stepstone.evidence.diff",
    "plan": "stepstone.planning.plan",
    "run": "stepstone.pipeline.run",
    "seal": "stepstone.sealing.seal",
    "submit": "stepstone.pipeline.submit",
    "verify": "stepstone.sealing.verify",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: `import stepstone` alone stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


def _function(home: str, name: str) -> property:
    """A name that stays a function although there is a folder of that name.

    Importing anything from that folder binds the folder's module to the name, which the setter ignores.
    """
    return property(lambda package: getattr(import_module(home), name), lambda package, folder: None)


class _Package(ModuleType):
    """This package, with `report` and `export` its functions."""

    report = _function("stepstone.report.page", "report")
    export = _function("stepstone.export.card", "export")


sys.modules[__name__].__class__ = _Package
made_by(lambda value: import_module("stepstone.report.shown").form(value))
