"""Groups of languages that a study names, beside those that genera make of the other languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stepstone.core.study import Study
from stepstone.planning.cells import Cell


def find_mixed_groups(study: Study, cells: Iterable[Cell]) -> Iterator[str]:
    """A study's groups that a genus of the same name would fill with languages that they do not list."""
    found: dict[str, dict[str, None]] = {}
    for cell in cells:
        if cell.group in study.groups and cell.language not in study.groups[cell.group]:
            found.setdefault(cell.group, {})[cell.language] = None
    for name, languages in found.items():
        yield (
            f"groups.{name}: is also the genus of {', '.join(languages)}, which would be counted in it; list them "
            "there, or give the group another name"
        )
