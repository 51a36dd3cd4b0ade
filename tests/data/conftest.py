"""A data folder to fill with invented release files, and the place that finds it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stepstone.core.place import Place
from stepstone.core.task import Task
from stepstone.data.load import load_examples
from stepstone.data.reach import MIRROR


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


class Mirror:
    """A folder of repositories as the hub lays them out."""

    def __init__(self, folder: Path, place: Place) -> None:
        self.folder = folder
        self.place = place

    def put(self, repository: str, file: str, columns: Mapping[str, Sequence[Any]]) -> None:
        path = self.folder / repository / file
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(dict(columns)), path)

    def name(self, repository: str, split: str, names: Sequence[str], config: str, labels: Sequence[str] = ()) -> None:
        """Declare configurations, as the README on a repository's main branch does."""
        features = [f"  - name: {name}\n    dtype: string\n" for name in names]
        if labels:
            numbered = "".join(f"          '{number}': {label}\n" for number, label in enumerate(labels))
            features.append(f"  - name: label\n    dtype:\n      class_label:\n        names:\n{numbered}")
        text = (
            f"---\ndataset_info:\n- config_name: {config}\n  features:\n{''.join(features)}"
            f"configs:\n- config_name: {config}\n  data_files:\n  - split: {split}\n    path: {config}/{split}-*\n---\n"
        )
        (self.folder / repository / "README.md").write_text(text)

    def put_table(self, repository: str, config: str, split: str, columns: Mapping[str, Sequence[Any]]) -> None:
        """A configuration of one split, as parquet that names no features."""
        self.put(repository, f"{config}/{split}-00000-of-00001.parquet", columns)
        (self.folder / repository / "README.md").write_text(
            f"---\nconfigs:\n- config_name: {config}\n  data_files:\n  - split: {split}\n"
            f"    path: {config}/{split}-*\n---\n"
        )

    def load(self, task: Task, split: str, language: str) -> list[Any]:
        return load_examples(task, split, language, self.place)


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mirror:
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv(MIRROR, str(folder))
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "prepared")
    return Mirror(folder, Place(cache=tmp_path / "cache"))
