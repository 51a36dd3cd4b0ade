"""A data folder to fill with invented release files, and the place that finds it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stepstone.core.place import Place


class DataFolder:
    """Writes release files into a folder; `place` is where they are found, with the hub switched off."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self.place = Place(folders=(folder,), cache=cache, use_hub=False)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def write_lines(self, name: str, *rows: Mapping[str, Any]) -> Path:
        return self.write(name, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

    def write_squad(self, name: str, context: str, *questions: Mapping[str, Any], **more: Any) -> Path:
        paragraph = {"context": context, "qas": list(questions), **more}
        return self.write(name, json.dumps({"data": [{"title": "t", "paragraphs": [paragraph]}]}, ensure_ascii=False))


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    """An empty data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    return DataFolder(folder, tmp_path / "cache")


@pytest.fixture(scope="session")
def shared_place(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The place of the real data samples; its archive is unpacked once for all tests."""
    return Place(folders=(shared_data,), cache=tmp_path_factory.mktemp("shared-cache"), use_hub=False)
