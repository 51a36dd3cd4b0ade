"""Where data is looked for. Execution, not identity: what is found there enters keys by its content."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from stepstone.core.home import STORE
from stepstone.core.value import Value


class Place(Value):
    """Folders of official files in order of preference, or the lab's seed; `cache` is ours to write in."""

    folders: tuple[Path, ...] = ()
    cache: Path = STORE / "cache"
    lab_seed: int | None = Field(None, description="present: all data comes from the generated world")
    use_hub: bool = Field(True, description="whether a hub table may be loaded where no local file is found")

    with_data: bool = Field(True, description="whether data is looked for at all; without it a plan shows a size only")

    def absolute(self) -> Place:
        """The same folders by names that hold whatever the current folder is."""
        folders = tuple(folder.absolute() for folder in self.folders)
        return self.model_copy(update={"folders": folders, "cache": self.cache.absolute()})
