"""Every kind of stage, as the modules of `stepstone.core.specs` define them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from weakref import WeakValueDictionary

from stepstone.core import specs
from stepstone.core.spec import Spec


def kinds() -> dict[str, type[Spec]]:
    """Every kind by name, those of encoders first, then other checkpoints, then what is read off them."""
    _load()
    found = dict(_kinds_below(Spec))
    return dict(sorted(found.items(), key=lambda one: (not one[1].makes_checkpoint, bool(one[1].parents), one[0])))


def kind_of(name: str) -> type[Spec] | None:
    """The kind of that name; None where there is none."""
    if name not in _FOUND:
        _FOUND.update(kinds())
    return _FOUND.get(name)


# Asked for by every record: to walk through all kinds each time takes a twentieth of a report. A kind that a test
# defines is gone with it.
_FOUND: WeakValueDictionary[str, type[Spec]] = WeakValueDictionary()


@cache
def _load() -> None:
    for module in iter_modules(specs.__path__):
        import_module(f"{specs.__name__}.{module.name}")


def _kinds_below(base: type[Spec]) -> Iterator[tuple[str, type[Spec]]]:
    for spec in base.__subclasses__():
        if "kind" in vars(spec):
            yield spec.kind, spec
        yield from _kinds_below(spec)
