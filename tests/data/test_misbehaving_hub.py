"""Whatever a hub does: one message with a remedy in bounded time, and the next call to a sound one gives its bytes."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub.file_download
import huggingface_hub.utils._http
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import constants

from local_hub import (
    Fault,
    Hub,
    endless,
    half,
    longer,
    loop,
    nothing,
    other,
    page,
    serving,
    stall,
    status,
    trickle,
    trickle_head,
)
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.task import HubTable, Task
from stepstone.data import patience
from stepstone.data.load import load_examples
from stepstone.data.prepared import HubUnreachableError
from stepstone.data.reach import MIRROR
from stepstone.learning.download import download

COMMIT, LATER = "a" * 40, "b" * 40
MODEL = {"config.json": b'{"model_type": "bert"}', "model.safetensors": b"\0\1" * 5000}
README = b"---\nconfigs:\n- config_name: de\n  data_files:\n  - split: test\n    path: de/test-*\n---\n"
TABLE = "de/test-00000-of-00001.parquet"
# Seconds that the libraries may sleep in all, between one question and the next.
BOUND = 120
SILENCE, SPAN = patience.SILENCE, patience.SPAN

pytestmark = pytest.mark.slow


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A hub with a model and a table at two commits; nobody sleeps, what would be slept is in `slept`."""
    datasets = pytest.importorskip("datasets")
    monkeypatch.delenv(MIRROR, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "datasets")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    with serving(monkeypatch) as server:
        template = "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.address + template)
        monkeypatch.setattr(datasets.config, "HF_ENDPOINT", server.address)
        server.repositories = {
            ("org/model", COMMIT): MODEL,
            ("facebook/xnli", COMMIT): {"README.md": README, TABLE: _table([2, 0, 1])},
            ("facebook/xnli", LATER): {"README.md": README, TABLE: _table([0, 0, 0])},
        }
        yield server


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    clock = SimpleNamespace(**{**vars(time), "sleep": found.append})
    for module in (huggingface_hub.utils._http, huggingface_hub.file_download):
        monkeypatch.setattr(module, "time", clock)
    return found


def _table(labels: list[int]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"premise": ["a", "b", "c"], "hypothesis": ["d", "e", "f"], "label": labels}), file)
    return file.getvalue()


def _xnli(commit: str = COMMIT, **changes: Any) -> Task:
    task = BUILT_IN.task("xnli")
    table = next(source for source in task.sources if isinstance(source, HubTable))
    table = table.model_copy(update={"revision": commit, **changes})
    return task.model_copy(update={"rows": {"test": 3}, "sources": (table,)})


def _labels(tmp_path: Path, task: Task | None = None) -> list[str]:
    examples = load_examples(task or _xnli(), "test", "de", Place(cache=tmp_path / "cache"))
    return [str(getattr(example, "label", None)) for example in examples]


def _model(tmp_path: Path) -> dict[str, bytes]:
    folder = download("org/model", COMMIT, "model.m")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


SOUND = {"model": MODEL, "data": ["contradiction", "entailment", "neutral"]}
READ = {"model": _model, "data": _labels}
# Where a fault strikes: what of a repository is asked for last, and first.
FILE, LIST = {"model": "model.safetensors", "data": "parquet"}, {"model": "/tree/", "data": "/tree/"}

FAULTS: dict[str, tuple[Fault, str]] = {
    "not there": (status(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}), "404|doesn't exist|cannot"),
    "no access": (status(403, {"X-Error-Code": "GatedRepo"}), r"403|data files|gated"),
    "no token": (status(401), "401"),
    "too many": (status(429), r"takes no more questions for now \(429\)"),
    "too many, wait": (status(429, {"Retry-After": "3600"}), r"wants to be asked again in 3,600 s \(429\)"),
    "failing": (status(500), r"the hub fails \(500\)"),
    "silent": (nothing, "does not answer"),
    "in a circle": (loop, "from one address to the next without end"),
    "a page": (page, "what answers is no hub"),
    "half": (half, "the connection broke off"),
    "stalled": (stall, "does not answer"),
    "by the byte": (trickle, "the hub sends [0-9]+ bytes in 0.5 s"),
    "head by the byte": (trickle_head, "the hub has not answered to the end of a head in 0.5 s"),
    "endless": (endless, "a file does not end"),
    "longer": (longer, "came with another length"),
    "other bytes": (other, "has another digest than the hub names; it was removed"),
}
OF_LISTS = ("not there", "too many", "too many, wait", "failing", "silent", "in a circle", "a page", "head by the byte")


@pytest.mark.parametrize("kind", ["model", "data"])
@pytest.mark.parametrize(
    ("name", "place"),
    [*((name, FILE) for name in FAULTS), *((name, LIST) for name in OF_LISTS)],
    ids=[*(f"file: {name}" for name in FAULTS), *(f"list: {name}" for name in OF_LISTS)],
)
def test_a_fault_is_one_message_and_nothing_of_it_stays(
    hub: Hub,
    slept: list[float],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    place: Mapping[str, str],
    kind: str,
) -> None:
    fault, said = FAULTS[name]
    if name in ("silent", "stalled"):
        monkeypatch.setattr(patience, "SILENCE", 0.1)
    if "by the byte" in name:
        monkeypatch.setattr(patience, "SPAN", 0.5)
    hub.faults = {place[kind]: fault}
    with pytest.raises(UserError, match=said) as caught:
        READ[kind](tmp_path)
    assert str(caught.value).count("\n  remedy: ") == 1 and str(caught.value).count("\n") == 1
    assert sum(slept) < BOUND and not isinstance(caught.value, HubUnreachableError)
    monkeypatch.setattr(patience, "SILENCE", SILENCE)
    monkeypatch.setattr(patience, "SPAN", SPAN)
    hub.faults = {}
    assert READ[kind](tmp_path) == SOUND[kind]


@pytest.mark.parametrize("kind", ["model", "data"])
def test_what_fails_for_a_moment_is_asked_again(hub: Hub, slept: list[float], tmp_path: Path, kind: str) -> None:
    hub.faults = {FILE[kind]: status(503, times=2)}
    assert READ[kind](tmp_path) == SOUND[kind] and sum(slept) > 0


def test_a_server_that_breaks_off_and_cannot_continue_is_given_up(
    hub: Hub, slept: list[float], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The library counts anew with every part that comes, and would begin for ever."""
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)
    hub.faults = {f"GET /org/model/resolve/{COMMIT}/model.safetensors": half}
    with pytest.raises(UserError, match="broke off again and again"):
        _model(tmp_path)


def test_a_card_that_came_wrong_is_not_read_for_ever(hub: Hub, slept: list[float], tmp_path: Path) -> None:
    hub.faults = {"README": other}
    with pytest.raises(UserError, match=r"what came as README\.md has another digest"):
        _labels(tmp_path)
    hub.faults = {}
    assert _labels(tmp_path) == SOUND["data"]


@pytest.mark.parametrize("data_files", [{}, {"test": "{config}/test-*.parquet"}], ids=["by name", "by files"])
def test_what_was_fetched_is_read_without_a_network_and_no_other_commit_for_it(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data_files: dict[str, str]
) -> None:
    assert _labels(tmp_path, _xnli(data_files=data_files)) == SOUND["data"]
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    hub.calls.clear()
    assert _labels(tmp_path, _xnli(data_files=data_files)) == SOUND["data"]
    with pytest.raises(HubUnreachableError, match="is not in its cache"):
        _labels(tmp_path, _xnli(LATER, data_files=data_files))
    assert not hub.calls


def test_a_hub_that_fails_gives_no_other_commit_either(hub: Hub, slept: list[float], tmp_path: Path) -> None:
    assert _labels(tmp_path) == SOUND["data"]
    hub.faults = {"/": status(500)}
    assert _labels(tmp_path) == SOUND["data"]
    with pytest.raises(UserError, match=r"the hub fails \(500\)"):
        _labels(tmp_path, _xnli(LATER))
    hub.faults = {}
    assert _labels(tmp_path, _xnli(LATER)) == ["entailment"] * 3


def test_a_prepared_table_that_was_damaged_is_prepared_again(hub: Hub, tmp_path: Path) -> None:
    assert _labels(tmp_path) == SOUND["data"]
    (table,) = (tmp_path / "datasets").glob("stepstone-*/**/*.arrow")
    content = bytearray(table.read_bytes())
    content[content.rindex(b"def")] ^= 1
    table.write_bytes(content)
    assert _labels(tmp_path) == SOUND["data"] and b"def" in table.read_bytes()
