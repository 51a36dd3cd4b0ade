"""A store that somebody sent harms nobody: what is not exactly as it was written is damaged, and the rest goes on."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from invented import commit, plan_in
from results import invented_result
from stepstone.core.value import digest
from stepstone.evidence.frame import collect
from stepstone.pipeline.explain import explain, find_status
from stepstone.pipeline.jobs import find_missing
from stepstone.pipeline.prune import find_removals, remove
from stepstone.pipeline.rescore import rescore
from stepstone.planning.plan import Plan
from stepstone.store.store import Store

ROW = {"id": "1", "prediction": "a", "gold": "a", "cluster": ""}
NUM = 14  # evaluations, the two of the intermediate's own scores among them
LABEL = "alpha/nli.ja/xnli/s1/de"
Change = Callable[[dict[str, Any]], Any]


pytestmark = pytest.mark.usefixtures("nothing_hangs")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Path]:
    """A plan and a store with all of it, which every test copies."""
    folder = tmp_path_factory.mktemp("world")
    planned = plan_in(folder, seeds=[1], languages=["en", "de"], target={"xnli": {}, "xquad": {}})
    store = Store(folder / "store")
    for stage in planned.stages.values():
        commit(store, stage)
        if stage.coordinates.get("target") == "xquad" and stage.kind == "evaluate":
            write_predictions(store, stage.key, lines(*({**ROW, "id": name, "gold": ["a"]} for name in "12")))
    return planned, store.root


@pytest.fixture
def planned(world) -> Plan:
    return world[0]


@pytest.fixture
def store(world, tmp_path) -> Store:
    shutil.copytree(world[1], tmp_path / "store")
    return Store(tmp_path / "store", warn=lambda message: None)


@pytest.fixture
def key(planned: Plan) -> str:
    return planned.labels[LABEL]


def lines(*rows: Any) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def record_file(store: Store, key: str) -> Path:
    return store.root / "records" / key[:2] / f"{key}.json"


def said_in(store: Store, key: str) -> dict[str, Any]:
    return json.loads(record_file(store, key).read_text())["record"]


def forge(store: Store, key: str, change: Change) -> None:
    """Change what a record says, and close it with its own digest again as whoever forges it would."""
    said = said_in(store, key)
    change(said)
    try:
        name = digest(said)
    except (TypeError, UnicodeEncodeError):
        name = "0" * 64
    record_file(store, key).write_text(json.dumps({"sha256": name, "record": said}))


def write_predictions(store: Store, key: str, content: bytes) -> None:
    (store.root / said_in(store, key)["folder"] / "predictions.jsonl").write_bytes(content)
    stamp = {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
    forge(store, key, lambda said: said["files"].update({"predictions.jsonl": stamp}))


def check_damaged(planned: Plan, root: Path, key: str) -> list[str]:
    """The stage is missing and would be computed again; that is reported once, in one line."""
    told: list[str] = []
    store = Store(root, warn=told.append)
    assert sum(count.missing for count in find_status(planned, store).kinds.values()) == 1
    assert find_missing(planned.stages, store) == {key}
    assert len(told) == 1 and "\n" not in told[0] and "computed again" in told[0] and key in told[0]
    return told


def set_to(*path: str, value: Any) -> Change:
    def change(said: dict[str, Any]) -> None:
        for name in path[:-1]:
            said = said[name]
        said[path[-1]] = value

    return change


STAMP = {"sha256": "0" * 64, "bytes": 3}
FORGED: dict[str, Change] = {
    "folder-outside": set_to("folder", value="../victim"),
    "folder-absolute": set_to("folder", value="/tmp"),
    "folder-of-another": set_to("folder", value=f"tries/ab/{'ab' * 32}/1"),
    "folder-nul": set_to("folder", value="tries/\0"),
    "name-outside": lambda said: said["files"].update({"../../../../../victim": STAMP}),
    "name-absolute": lambda said: said["files"].update({"/etc/passwd": STAMP}),
    "name-nul": lambda said: said["files"].update({"a\0b": STAMP}),
    "name-of-two-lines": lambda said: said["files"].update({"a\nb": STAMP}),
    "stamp-without-digest": lambda said: said["files"].update({"a": {"sha256": "x", "bytes": 3}}),
    "half-a-character": set_to("label", value="\ud800"),
    "seconds-nan": set_to("seconds", value=float("nan")),
    "seconds-negative": set_to("seconds", value=-1.0),
    "seconds-huge": set_to("seconds", value=10**400),
    "no-scores": set_to("result", "scores", "values", value={}),
    "no-main-score": set_to("result", "scores", "main", value="other"),
    "score-text": set_to("result", "scores", "values", value={"accuracy": "high"}),
    "trivial-text": set_to("result", "trivial", value={"chance": "low"}),
    "no-result": set_to("result", value=None),
    "payload-list": set_to("payload", value=[1]),
    "no-parents": set_to("parents", value=[]),
    "other-parents": set_to("parents", value=["0" * 64]),
    "no-files": set_to("files", value={}),
    "released-others": set_to("released", value=["../../x"]),
    "nested": set_to("provenance", value={"a": json.loads("[" * 90 + "]" * 90)}),
    "pieces-huge": set_to("result", "pieces", value={"unknown": 0, "of": 10**30}),
    "a-number-of-65-bits": set_to("provenance", value={"threads": 2**63}),
    "more-scored": set_to("result", "scores", "num_examples", value=10**30),
}


@pytest.mark.parametrize(
    "harm",
    [
        lambda store, key: forge(store, key, set_to("folder", value="../victim")),
        lambda store, key: write_predictions(store, key, b"out of patience"),
        lambda store, key: (store.root / said_in(store, key)["folder"] / "predictions.jsonl").unlink(),
    ],
    ids=["record", "predictions", "file"],
)
def test_every_verb_goes_on_without_what_is_damaged(planned, store, key, harm) -> None:
    harm(store, key)
    check_damaged(planned, store.root, key)
    told: list[str] = []
    store = Store(store.root, warn=told.append)
    assert explain(planned, store, LABEL).state in ("new", "changed")
    values = collect(planned, store)
    assert list(values[values["status"] == "missing"]["key"]) == [key] and (values["status"] == "done").sum() == 11
    assert len(rescore(planned, store, "jiant")) == NUM - 1
    assert not [one for one in find_removals(store, [planned], others=True) if one.what in ("record", "try")]
    assert len(told) == 1


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_record_is_damaged_and_the_others_go_on(planned, store, key, name) -> None:
    forge(store, key, FORGED[name])
    check_damaged(planned, store.root, key)


@pytest.mark.parametrize(
    "content",
    ['{"record": ' + "[" * 100_000, '{"seconds": 1e400}', '{"seconds": NaN}', "9" * 5000, "", "[]", '{"record": {}}'],
    ids=["100,000 brackets", "1e400", "NaN", "5,000 digits", "empty", "list", "no digest"],
)
def test_a_file_that_is_no_record_is_damaged(planned, store, key, content) -> None:
    record_file(store, key).write_text(content)
    check_damaged(planned, store.root, key)


def test_a_number_beyond_all_in_a_whole_record_is_damage(planned, store, key) -> None:
    path = record_file(store, key)
    path.write_text(path.read_text().replace('"seconds": 2.0', '"seconds": 1e400'))
    check_damaged(planned, store.root, key)


# What opening a file would wait for, read without end, or take for the store's.
PLANTED: dict[str, Callable[[Path], Any]] = {
    "pipe": os.mkfifo,
    "folder": Path.mkdir,
    "link to a device": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_no_file_is_not_waited_for(planned, store, key, name) -> None:
    path = record_file(store, key)
    path.unlink()
    PLANTED[name](path)
    check_damaged(planned, store.root, key)


@pytest.mark.parametrize("name", PLANTED)
def test_a_named_file_that_is_none_is_not_waited_for(planned, store, key, name) -> None:
    path = store.root / said_in(store, key)["folder"] / "predictions.jsonl"
    path.unlink()
    PLANTED[name](path)
    forge(store, key, lambda said: said["files"].update({"predictions.jsonl": {"sha256": "0" * 64, "bytes": 0}}))
    check_damaged(planned, store.root, key)


def test_a_link_to_the_very_bytes_is_damage(planned, store, key, tmp_path) -> None:
    path = store.root / said_in(store, key)["folder"] / "predictions.jsonl"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    check_damaged(planned, store.root, key)


def test_a_folder_that_is_a_link_is_damage(planned, store, key, tmp_path) -> None:
    folder = store.root / said_in(store, key)["folder"]
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    check_damaged(planned, store.root, key)


def test_a_folder_in_a_record_s_place_is_set_aside_when_the_stage_is_computed_again(planned, store, key) -> None:
    record_file(store, key).unlink()
    record_file(store, key).mkdir()
    commit(store, planned.stages[key])
    assert store.complete(key)


MISFITS = {
    "empty": b"",
    "not JSON": b"out of patience\n",
    "not UTF-8": b"\xff\xfe\n",
    "rows that are lists": lines([1], [2]),
    "no id": lines({"gold": "a", "prediction": "a"}, {**ROW, "id": "2"}),
    "ids that are lists": lines({**ROW, "id": ["x"]}, {**ROW, "id": "2"}),
    "no gold": lines({"id": "1", "prediction": "a"}, {**ROW, "id": "2"}),
    "one row fewer": lines(ROW),
    "one row more": lines(*({**ROW, "id": str(number)} for number in range(3))),
    "half a character": lines({**ROW, "id": "\ud800"}, {**ROW, "id": "2"}),
    "100,000 brackets": b"[" * 100_000,
    "two lists": b'{"id": "1", "gold": 1, "prediction": 1}],[{"id": "2"}\n',
}


@pytest.mark.parametrize("name", MISFITS)
def test_predictions_that_do_not_fit_their_record_are_damage(planned, store, key, name) -> None:
    write_predictions(store, key, MISFITS[name])
    check_damaged(planned, store.root, key)


@pytest.mark.parametrize("gold", [None, {"a": [1]}, ["x", 3], 10**400], ids=["none", "table", "list", "huge"])
@pytest.mark.parametrize("target", ["xnli", "xquad"])
def test_rows_that_a_metric_cannot_read_are_a_gap_or_a_score_and_end_no_verb(planned, store, gold, target):
    key = planned.labels[f"alpha/none/{target}/s1/de"]
    write_predictions(store, key, lines({**ROW, "gold": gold}, {**ROW, "id": "2", "gold": gold}))
    again = Store(store.root, warn=pytest.fail)
    frame = collect(planned, again)
    assert set(frame[frame["key"] != key]["status"]) == {"done"}
    gap = frame[frame["key"] == key].iloc[0]
    assert gap["status"] == "done" or "row 1" in gap["reason"] or "cannot be scored" in gap["reason"]
    rows = {row["label"]: row for row in rescore(planned, again, "xtreme-2020")}
    assert gap["status"] == "done" or rows[planned.stages[key].label]["stops"]


def test_ids_that_stand_twice_are_a_gap_of_one_cell(planned, store, key) -> None:
    write_predictions(store, key, lines(ROW, ROW))
    frame = collect(planned, Store(store.root, warn=pytest.fail))
    missing = frame[frame["status"] == "missing"]
    assert list(missing["key"]) == [key] and "listed twice" in missing["reason"].iloc[0]


@pytest.mark.parametrize("text", ['{"label": 1, "message": 2, "log": 3}', "[" * 100_000, "[]", '{"label": "\\ud800"}'])
def test_a_note_of_a_failure_that_is_none_is_passed_over(planned, store, key, text) -> None:
    record_file(store, key).unlink()
    path = store.root / "failures" / key[:2] / f"{key}.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert find_status(planned, store).failures == {} and store.failures() == {}
    path.unlink()
    os.mkfifo(path)
    assert find_status(planned, store).failures == {} and store.failures() == {}


def test_names_that_are_no_keys_are_no_records(planned, store) -> None:
    (store.root / "records" / "zz").mkdir()
    (store.root / "records" / "zz" / "a b.json").write_text("{")
    (store.root / "records" / "ab" / "x").mkdir(parents=True)
    assert store.keys() == sorted(planned.stages)


def test_prune_removes_nothing_outside_of_the_store(planned, store, key, tmp_path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "model.safetensors").write_text("precious")
    (victim / f"{'ab' * 32}.json").write_text("precious")
    stamp = {"sha256": sha256(b"precious").hexdigest(), "bytes": 8}
    trained = planned.labels["alpha/none/xnli/s1"]
    forge(store, trained, lambda said: said["files"].update({"../../../../../victim/model.safetensors": stamp}))
    forge(store, key, set_to("folder", value="../victim"))
    for collection, name in (("tries", "zz"), ("tries", "ab"), ("answers", "ab"), ("failures", "ab")):
        (store.root / collection).mkdir(exist_ok=True)
        (store.root / collection / name).symlink_to(tmp_path)
    (tmp_path / ("ab" * 32)).symlink_to(victim)
    before = sorted(tmp_path.rglob("*"))
    again = Store(store.root, warn=lambda message: None)
    remove(again, find_removals(again, [], others=False))
    remove(again, find_removals(again, [planned], weights=True, superseded=True, others=True))
    after = sorted(path for path in tmp_path.rglob("*"))
    gone = [path for path in before if path not in after]
    assert all(path.is_relative_to(store.root) for path in gone)
    assert (victim / "model.safetensors").read_text() == "precious" and len(list(victim.iterdir())) == 2


def test_a_stage_that_commits_while_prune_looks_keeps_its_folder(planned, store, key) -> None:
    store.remove(key)
    for path in store.tries(key):
        store.discard(key, path)
    attempt = store.start(key)
    (attempt.folder / "predictions.jsonl").write_bytes(lines(ROW, {**ROW, "id": "2"}))
    committed = []

    class Interleaved(Store):
        """After its first look, whatever that is at, the stage is committed by somebody else."""

        def __getattribute__(self, name: str) -> Any:
            if name in ("tries", "keys", "records") and len(committed) < 2:
                committed.append(name)
                if len(committed) == 2:
                    stage = planned.stages[key]
                    store.commit(stage, attempt, invented_result(stage), 1.0, {})
            return super().__getattribute__(name)

    looking = Interleaved(store.root)
    remove(looking, find_removals(looking, []))
    assert len(committed) == 2 and store.complete(key)


def test_a_try_that_was_committed_after_prune_looked_is_not_removed(planned, store, key) -> None:
    folder = store.root / store.record(key).folder
    path = record_file(store, key)
    content = path.read_bytes()
    path.unlink()
    found = find_removals(store, [])
    assert [removal.folder for removal in found] == [folder]
    path.write_bytes(content)
    assert remove(store, found) == 0 and store.complete(key)


def test_weights_that_were_trained_again_since_prune_looked_are_not_removed(planned, store) -> None:
    trained = planned.labels["alpha/none/xnli/s1"]
    found = [one for one in find_removals(store, [planned], weights=True) if one.key == trained]
    commit(store, planned.stages[trained])
    assert found and remove(store, found) == 0 and store.usable(trained)
