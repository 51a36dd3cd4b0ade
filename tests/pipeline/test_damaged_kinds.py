"""Whatever is kept in a store is cut, emptied, changed, removed or replaced: nothing wrong comes of it.

The kinds of files are read off one store that holds all of them; one that `KINDS` does not name fails the test.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from harms import HARMS
from invented import STUDY, commit, write_data
from small_lab import small_lab
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.place import Place
from stepstone.core.result import Pieces
from stepstone.core.study import Study
from stepstone.data import archive
from stepstone.data.load import load_examples
from stepstone.evidence.frame import collect
from stepstone.pipeline.explain import find_status
from stepstone.pipeline.jobs import find_missing
from stepstone.pipeline.prune import find_removals
from stepstone.planning.faults import check_split
from stepstone.planning.plan import Plan, plan
from stepstone.store import made
from stepstone.store.answers import StoredEvaluation, answers_path, find_answers, keep_answers
from stepstone.store.failures import Failure
from stepstone.store.store import Store
from stepstone.store.working import ProgressWriter

pytestmark = pytest.mark.slow

KEY = r"[0-9a-f]{64}"
TRY = r"tries/../" + KEY + r"/[^/]+"
# A kind of file by its path -> what may become less of it; of all else, and of what stays, nothing may change.
KINDS: dict[str, frozenset[str]] = {
    rf"records/../{KEY}\.json": frozenset({"complete", "scores", "answers", "working"}),
    TRY + r"/predictions\.jsonl": frozenset({"complete", "scores"}),
    TRY + r"/(model\.safetensors|config\.json)": frozenset({"complete", "scores", "answers"}),
    TRY + r"/resume/point-\d+/.*": frozenset(),
    rf"failures/../{KEY}\.json": frozenset({"failures"}),
    rf"leases/{KEY}\.\d+": frozenset({"held", "working"}),
    rf"answers/../{KEY}\.json": frozenset({"answers"}),
    rf"working/../{KEY}\.json": frozenset({"working"}),
    r"logs/.*\.log": frozenset(),
    r"cache/(index|sound)\.json": frozenset(),
    r"cache/digests/[0-9a-f]+\.json": frozenset(),
    r"cache/checked/[0-9a-f]+": frozenset(),
    r"cache/archives/[^/]+/(members\.json|files/.*)": frozenset(),
    r"cache/archives/[^/]+/lock": frozenset(),
    r"cache/lab/[^/]+/[^/]+/(files/.*|stamps)": frozenset(),
    r"cache/lab/[^/]+/\.[^/]+\.lock": frozenset(),
}


class Built(NamedTuple):
    """A store that holds all kinds, its plan, and the folder of its data."""

    root: Path
    data: Path


def _planned(built: Built) -> Plan:
    study = {**STUDY, "languages": ["en", "de"], "seeds": [1], "target": {"xnli": {}, "tatoeba": {}}}
    return plan(Study.parse(study), Place(folders=(built.data,), cache=built.root / "cache", use_hub=False))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Made as it is made, but that nothing was trained."""
    folder = tmp_path_factory.mktemp("built")
    found = Built(folder / "store", write_data(folder))
    with zipfile.ZipFile(found.data / "tatoeba.zip", "w") as packed:
        for path in found.data.glob("tatoeba.*-*"):
            packed.write(path, path.name)
            path.unlink()
    store, planned = Store(found.root), _planned(found)
    *done, last, left = planned.stages.values()
    for stage in done:
        commit(store, stage)
    path = answers_path(store, last)
    assert path is not None
    rows = [{"id": "1", "prediction": "neutral", "gold": "neutral"}]
    keep_answers(path, StoredEvaluation(rows, {"chance": 25.0}, 0, 1, 0.5, Pieces(unknown=1, of=10)))
    attempt = store.start(left.key)
    assert attempt is not None
    point = attempt.resume / "point-00000008"
    point.mkdir(parents=True)
    (point / "state.json").write_text(json.dumps({"step": 8}))
    store.note_failure(last.key, Failure(last.label, "no room", None))
    ProgressWriter(store.root, left.key, left.label).__enter__()
    (store.root / "logs").mkdir()
    (store.root / "logs" / "worker.log").write_text("said\n")
    # What was written just now might change again without another time, and is noted nowhere.
    for path in found.root.glob("[rt]*/**/*"):
        os.utime(path, (1e9, 1e9))
    with small_lab():
        _look(found)
        yield found


def _look(built: Built, warn: Callable[[str], None] = lambda message: None) -> dict[str, dict[str, Any]]:
    """What a user sees of a store and its data: by kind of thing, and by name."""
    archive._WHOLE.clear()
    made._SOUND.clear()
    store, planned = Store(built.root, warn=warn), _planned(built)
    missing = find_missing(planned.stages, store)
    frame = collect(planned, store)
    find_status(planned, store)
    removals = find_removals(store, [planned])
    assert not {removal.what for removal in removals} - {"try", "leftover"}
    store.keep_known()
    found = {key: find_answers(answers_path(store, stage)) for key, stage in planned.stages.items()}
    lab = Place(cache=built.root / "cache", lab_seed=1)
    uses = {use for stage in planned.stages.values() for use in stage.spec.uses()}
    texts = [load_examples(BUILT_IN.task("copa"), "dev", "en", lab)]
    texts += [load_examples(BUILT_IN.task("tatoeba"), "test", "de", planned.place)]
    return {
        "complete": {key: True for key in planned.stages if key not in missing},
        "scores": {row.key: row.value for row in frame.itertuples() if row.value == row.value},
        "failures": {key: failure.message for key, failure in store.failures().items()},
        "answers": {key: answers for key, answers in found.items() if answers is not None},
        "held": dict.fromkeys(store.at_work(), True),
        "working": {one.key: one.doing for one in find_status(planned, store).working},
        "data": {
            "keys": sorted(planned.stages),
            "examples": [repr(text) for text in texts],
            "checked": sorted(repr(check_split(use, planned.catalogue, planned.place)) for use in uses),
        },
    }


def _kind(name: str) -> str | None:
    return next((pattern for pattern in KINDS if re.fullmatch(pattern, name)), None)


def _files(built: Built) -> Iterator[str]:
    yield from (path.relative_to(built.root).as_posix() for path in sorted(built.root.rglob("*")) if path.is_file())


def test_every_kind_of_file_is_known_and_there(built: Built) -> None:
    kinds = {name: _kind(name) for name in _files(built)}
    assert [name for name, kind in kinds.items() if kind is None] == [], "give it a row in KINDS"
    assert set(kinds.values()) == set(KINDS)


class Waiting(BaseException):
    """Nobody takes it for what a file system says."""


@pytest.fixture
def alarm() -> Iterator[None]:
    """Nothing waits for what never comes."""

    def ring(number: int, frame: object) -> None:
        raise Waiting

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(200)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_damaged_is_passed_over_or_made_again(built: Built, tmp_path: Path, alarm: None, kind: str) -> None:
    copy = Built(tmp_path / "store", built.data)
    shutil.copytree(built.root, copy.root)
    sound = _look(copy)
    name = next(name for name in _files(copy) if re.fullmatch(kind, name))
    shutil.copy2(copy.root / name, tmp_path / "whole")
    for harm, do in HARMS.items():
        do(copy.root / name)
        said: list[str] = []
        found = [_look(copy, said.append) for _ in range(2)]  # the second one has what the first one made
        for look in found:
            less = [what for what in sound if look[what] != sound[what]]
            assert set(less) <= KINDS[kind], (harm, less)
            assert all(look[what].items() <= sound[what].items() for what in less), harm
        if found[-1]["complete"] != sound["complete"] and harm != "removed":
            assert any("will be computed again" in line for line in said), harm
        _restore(tmp_path / "whole", copy.root / name)
        assert _look(copy) == sound


def _restore(whole: Path, path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    shutil.copy2(whole, path)
