"""The index is made again from the records whenever it is not what was written, and believed of no changed record."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from stepstone.core.model import HubModel
from stepstone.core.result import PretrainedResult
from stepstone.core.specs.encoder import PretrainedSpec
from stepstone.core.stage import Stage
from stepstone.store.lookup import Lookup
from stepstone.store.stamped import write_stamped
from stepstone.store.store import Store


def fill(store: Store, revision: str) -> str:
    model = HubModel(name="tiny", repository="someone/tiny", revision=revision)
    stage = Stage(spec=PretrainedSpec(model=model, content=revision), label=f"of {revision}")
    attempt = store.start(stage.key)
    (attempt.folder / "model.safetensors").write_bytes(b"weights")
    store.commit(stage, attempt, PretrainedResult(num_parameters=3), 1.5, {})
    os.utime(record_file(store, stage.key), (1e9, 1e9))
    return stage.key


def record_file(store: Store, key: str) -> Path:
    return store.root / "records" / key[:2] / f"{key}.json"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store", warn=lambda message: None)
    for revision in ("0a1b2c", "0a1b2d"):
        fill(store, revision)
    return store


def expected(store: Store) -> list[tuple[str, str, str, str]]:
    return sorted((one.key, one.label, one.payload["kind"], one.folder) for one in Store(store.root).records())


def test_what_is_listed_is_what_the_records_say_and_is_not_read_again(store, monkeypatch) -> None:
    assert [tuple(one) for one in store.listed()] == expected(store)
    monkeypatch.setattr(Lookup, "read", lambda *_, **__: pytest.fail("is read again"))
    assert len(list(Store(store.root).listed())) == 2


FORGED_STATES = {"version": 1, "records": {"ab" * 32: ["label", "finetune", "x", 1, 2, 3]}}
SPOILT = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-30]),
    "empty": lambda path: path.write_bytes(b""),
    "nested": lambda path: write_stamped(path, b"[" * 100_000),
    "another version": lambda path: write_stamped(
        path, path.read_bytes().partition(b"\n")[2].replace(b":1,", b":9,", 1)
    ),
    "of another store": lambda path: write_stamped(path, json.dumps(FORGED_STATES).encode()),
    "leading out": lambda path: write_stamped(path, path.read_bytes().partition(b"\n")[2].replace(b'"2', b'"../2')),
    "other labels, unstamped": lambda path: path.write_bytes(path.read_bytes().replace(b"of 0a", b"of 1a")),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_index_is_made_again(store, name) -> None:
    list(store.listed())
    SPOILT[name](store.root / "cache" / "index.json")
    assert [tuple(one) for one in Store(store.root).listed()] == expected(store)
    assert [tuple(one) for one in Store(store.root).listed()] == expected(store)


def test_of_a_record_that_changed_the_index_is_not_believed(store) -> None:
    first, second = [one.key for one in store.listed()]
    content = record_file(store, first).read_bytes()
    record_file(store, first).write_bytes(content[:-10])
    assert [one.key for one in Store(store.root, warn=lambda message: None).listed()] == [second]
    record_file(store, first).write_bytes(content)
    fill(store, "0a1b2c")
    record_file(store, second).unlink()
    assert [tuple(one) for one in Store(store.root).listed()] == expected(store)


def test_a_store_that_cannot_be_written_is_listed(store) -> None:
    (store.root / "cache").write_text("in the way")
    assert [tuple(one) for one in Store(store.root).listed()] == expected(store)
