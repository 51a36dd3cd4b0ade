"""A process killed before every single fsync, rename, unlink and mkdir leaves whole things or none."""

from __future__ import annotations

import os
import signal
import time
from itertools import count
from pathlib import Path

import pytest

from deadly import CALLS, Moment, arm
from stepstone.core.model import HubModel
from stepstone.core.result import PretrainedResult
from stepstone.core.specs.encoder import PretrainedSpec
from stepstone.core.stage import Stage
from stepstone.pipeline.prune import find_removals, remove
from stepstone.store.failures import Failure
from stepstone.store.leftovers import AGE
from stepstone.store.store import Store

STAGES = [
    Stage(
        spec=PretrainedSpec(model=HubModel(name=name, repository=f"someone/{name}", revision="0a1b2c"), content=name),
        label=name,
        coordinates={"model": name},
    )
    for name in ("one", "two")
]
FILES = {"model.safetensors": b"weights", "config.json": b"{}", "resume/point-1/state.json": b"{}"}


def work(root: Path) -> None:
    """Two stages from begin to end, what is left of earlier tries pruned, and the weights of one released."""
    store = Store(root, warn=lambda message: pytest.fail(f"it reports {message}"))
    store.check_writable()
    for stage in STAGES:
        if not store.complete(stage.key):
            store.note_failure(stage.key, Failure(stage.label, "was killed"))
            attempt = store.start(stage.key)
            assert attempt is not None, "nobody else is there, but it is leased"
            for name, content in FILES.items():
                (attempt.folder / name).parent.mkdir(parents=True, exist_ok=True)
                (attempt.folder / name).write_bytes(content)
            store.commit(stage, attempt, PretrainedResult(num_parameters=3), 1.5, {"host": "here"})
    store.release(STAGES[0].key, ("model.safetensors",))
    remove(store, find_removals(store, []))
    store.keep_known()


def held(root: Path) -> dict[str, object]:
    """What a reader sees, and which files there are besides caches."""
    store = Store(root, warn=lambda message: pytest.fail(f"it reports {message}"))
    records = {record.label: (record.files, record.released, record.result) for record in store.records()}
    files = [path.name for path in root.rglob("*") if path.is_file() and "cache" not in path.parts]
    return {"records": records, "files": sorted(files)}


def in_a_fork(root: Path, moment: Moment, mark: Path) -> int:
    """`work`, which ends at that moment; the signal that ended it, or 0."""
    child = os.fork()
    if not child:
        status = 1
        try:
            arm(moment, mark)
            work(root)
            status = 0
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL), "it failed by itself"
    return -status


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a fork of its own")
@pytest.mark.parametrize("call", CALLS)
def test_what_is_killed_before_any_call_leaves_a_store_that_is_whole_and_goes_on(tmp_path: Path, call: str) -> None:
    plain = tmp_path / "plain"
    work(plain)
    expected, long_ago = held(plain), time.time() - 2 * AGE
    for number in count(1):
        root = tmp_path / str(number)
        if not in_a_fork(root, Moment("run", call, number), tmp_path / f"mark-{number}"):
            break
        sound = held(root)["records"]
        assert isinstance(sound, dict) and set(sound) <= {"one", "two"}
        for path in root.rglob("*"):
            os.utime(path, (long_ago, long_ago))
        work(root)
        assert held(root) == expected, f"killed before {call} number {number}"
    assert number > 3, "that was asked for several times"
