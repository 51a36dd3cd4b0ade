import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stepstone.core.errors import UserError
from stepstone.core.model import HubModel
from stepstone.core.result import PretrainedResult
from stepstone.core.specs.encoder import PretrainedSpec
from stepstone.core.stage import Stage
from stepstone.store import check, files
from stepstone.store.check import Inspector
from stepstone.store.failures import Failure
from stepstone.store.files import storage_errors, write_atomically
from stepstone.store.store import Store
from stepstone.store.tries import Try


def make_stage(revision: str = "0a1b2c", label: str = "tiny") -> Stage:
    model = HubModel(name="tiny", repository="someone/tiny", revision=revision)
    return Stage(spec=PretrainedSpec(model=model, content=revision), label=label, coordinates={"model": "tiny"})


def interrupt(store: Store, key: str) -> Try:
    """A try that was given up, with a resume point."""
    attempt = store.start(key)
    attempt.resume.mkdir()
    store.drop(attempt)
    return attempt


def fall_silent(lease: Path) -> None:
    """As if another machine had taken it, long ago."""
    lease.write_text(json.dumps({**json.loads(lease.read_text()), "machine": "elsewhere"}))
    os.utime(lease, (1e9, 1e9))


def commit(store: Store, stage: Stage, files: dict[str, bytes] | None = None):
    attempt = store.start(stage.key)
    for name, content in (files or {"model.safetensors": b"weights", "deep/config.json": b"{}"}).items():
        path = attempt.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return store.commit(
        stage, attempt, PretrainedResult(num_parameters=3, weights={"loss": float("nan")}), 1.5, {"host": "here"}
    )


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def store(tmp_path: Path, told: list[str]) -> Store:
    return Store(tmp_path / "store", warn=told.append)


def test_a_committed_stage_is_read_back_whole_by_another_process(store: Store) -> None:
    stage = make_stage()
    assert store.record(stage.key) is None
    written = commit(store, stage)
    read = Store(store.root).record(stage.key)
    assert read == written
    assert read.payload == stage.payload() and read.label == "tiny" and read.coordinates == {"model": "tiny"}
    assert set(read.files) == {"model.safetensors", "deep/config.json"}
    assert read.files["model.safetensors"]["bytes"] == 7
    assert read.result == PretrainedResult(num_parameters=3, weights={"loss": None})
    assert (store.folder(stage.key) / "deep/config.json").read_text() == "{}"


def test_a_crash_before_the_record_leaves_nothing_that_counts_as_done(store: Store) -> None:
    stage = make_stage()
    attempt = store.start(stage.key)
    (attempt.folder / "model.safetensors").write_bytes(b"half")
    assert not store.complete(stage.key)
    fall_silent(store.root / "leases" / attempt.lease.name)
    commit(store, stage)
    assert store.folder(stage.key) != attempt.folder
    assert (attempt.folder / "model.safetensors").read_bytes() == b"half"


def test_resume_points_are_found_newest_first_and_do_not_enter_the_record(store: Store) -> None:
    stage = make_stage()
    older, newer = (interrupt(store, stage.key) for _ in range(2))
    for age, attempt in ((50, older), (10, newer)):
        os.utime(attempt.resume, (1e9 - age, 1e9 - age))
    assert store.resume_folders(stage.key) == [newer.resume, older.resume]
    last = store.start(stage.key)
    last.resume.mkdir()
    (last.resume / "point").write_text("state")
    (last.folder / "model.safetensors").write_bytes(b"w")
    record = store.commit(stage, last, PretrainedResult(num_parameters=3), 1.0, {})
    assert set(record.files) == {"model.safetensors"} and not last.resume.exists()
    assert store.resume_folders(stage.key) == [] and older.folder.is_dir(), "those of earlier tries are of no use now"


def test_resume_points_of_a_try_that_is_at_work_and_of_other_stages_stay(store: Store) -> None:
    stage, other = make_stage(), "cd" * 32
    attempt, elsewhere = store.start(stage.key), interrupt(store, other)
    running = attempt.folder.with_name("20200101T000000-00000000")
    (running / "resume").mkdir(parents=True)
    lease = json.dumps({"machine": "another", "try": running.name, "seconds": 60})
    (store.root / "leases" / f"{stage.key}.9").write_text(lease)
    (attempt.folder / "model.safetensors").write_bytes(b"w")
    store.commit(stage, attempt, PretrainedResult(num_parameters=3), 1.0, {})
    assert store.resume_folders(stage.key) == [running / "resume"] and elsewhere.resume.is_dir()


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder, record: record.write_text(record.read_text()[:-40]),
        lambda folder, record: record.write_text(record.read_text().replace('"tiny"', '"huge"')),
        lambda folder, record: record.write_bytes(b"\xff\xfe\x00"),
        lambda folder, record: record.write_text("[]"),
        lambda folder, record: (folder / "model.safetensors").unlink(),
        lambda folder, record: (folder / "model.safetensors").write_bytes(b"weightz"),
        lambda folder, record: (folder / "model.safetensors").write_bytes(b"longer weights"),
    ],
    ids=["cut", "edited", "binary", "other-json", "missing-file", "changed-file", "longer-file"],
)
def test_damage_is_found_told_in_one_line_and_computed_again(store, told, harm) -> None:
    stage = make_stage()
    folder = store.root / commit(store, stage).folder
    harm(folder, store.root / "records" / stage.key[:2] / f"{stage.key}.json")
    assert not store.complete(stage.key) and not store.usable(stage.key)
    with pytest.raises(UserError):
        store.folder(stage.key)
    assert len(told) == 1 and "\n" not in told[0] and "computed again" in told[0]
    commit(store, stage)
    assert store.usable(stage.key) and folder.is_dir()


def test_a_record_under_another_keys_name_is_damage(store: Store, told: list[str]) -> None:
    one, two = make_stage("0a1b2c"), make_stage("0a1b2d")
    commit(store, one)
    path = store.root / "records" / two.key[:2] / f"{two.key}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((store.root / "records" / one.key[:2] / f"{one.key}.json").read_bytes())
    assert store.record(two.key) is None and "another key" in told[0]


def test_large_files_are_hashed_before_a_child_is_built_on_them(store, told, monkeypatch) -> None:
    stage = make_stage()
    folder = store.root / commit(store, stage).folder
    monkeypatch.setattr(check, "SMALL", 3)
    (folder / "model.safetensors").write_bytes(b"weightz")
    assert Store(store.root).complete(stage.key)
    assert not store.usable(stage.key)
    with pytest.raises(UserError, match="damaged"):
        store.folder(stage.key)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of files that were hashed to be held against a record."""
    seen: list[str] = []
    real = check.checksum
    monkeypatch.setattr(check, "checksum", lambda path: seen.append(Path(path).name) or real(path))
    return seen


def test_weights_are_hashed_once_in_a_process_however_often_the_store_is_opened(
    store: Store, hashed: list[str]
) -> None:
    stage, inspector = make_stage(), Inspector()
    folder = store.root / commit(store, stage).folder
    for _ in range(3):
        Store(store.root, inspector=inspector).folder(stage.key)
    assert hashed.count("model.safetensors") == 1
    (folder / "model.safetensors").write_bytes(b"other weights")
    assert not Store(store.root, inspector=inspector).usable(stage.key)


def test_what_a_process_has_committed_it_does_not_hash_again(store: Store, hashed: list[str]) -> None:
    stage = make_stage()
    attempt = store.start(stage.key)
    weights = attempt.folder / "model.safetensors"
    weights.write_bytes(b"weights")
    os.utime(weights, (1e9, 1e9))
    store.commit(stage, attempt, PretrainedResult(num_parameters=3), 1.0, {})
    assert store.folder(stage.key) == attempt.folder and hashed == []
    # The same size, and another time.
    weights.write_bytes(b"weightz")
    assert not store.usable(stage.key) and hashed == ["model.safetensors"]


def test_released_weights_leave_the_stage_complete_but_not_usable(store: Store) -> None:
    stage = make_stage()
    folder = store.root / commit(store, stage).folder
    store.release(stage.key, ("model.safetensors",))
    assert not (folder / "model.safetensors").exists() and (folder / "deep/config.json").exists()
    assert store.complete(stage.key) and not store.usable(stage.key)
    assert store.record(stage.key).released == ("model.safetensors",)
    commit(store, stage)
    assert store.usable(stage.key)


def take_twice(store: Store, stage: Stage) -> tuple[Try, Try]:
    """Two tries at once, as if the first one's process had been held up for longer than its lease."""
    one = store.start(stage.key)
    fall_silent(store.root / "leases" / one.lease.name)
    two = Store(store.root).start(stage.key)
    for attempt in (one, two):
        (attempt.folder / "model.safetensors").write_bytes(attempt.folder.name.encode())
    return one, two


def test_of_two_tries_of_one_key_the_first_record_stays_for_others_were_made_of_its_files(store: Store) -> None:
    stage = make_stage()
    one, two = take_twice(store, stage)
    first = Store(store.root).commit(stage, two, PretrainedResult(num_parameters=3), 1.0, {})
    assert store.commit(stage, one, PretrainedResult(num_parameters=4), 1.0, {}) == first
    assert store.record(stage.key) == first and store.folder(stage.key) == two.folder
    assert not one.folder.exists() and list((store.root / "leases").iterdir()) == []


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"cut")])
def test_a_try_takes_the_place_of_a_damaged_one_that_was_recorded_meanwhile(store: Store, harm) -> None:
    stage = make_stage()
    one, two = take_twice(store, stage)
    Store(store.root).commit(stage, two, PretrainedResult(num_parameters=3), 1.0, {})
    harm(two.folder / "model.safetensors")
    store.commit(stage, one, PretrainedResult(num_parameters=3), 1.0, {})
    assert store.folder(stage.key) == one.folder


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o007, 0o660), (0o077, 0o600)])
def test_files_of_a_try_are_open_to_whom_the_umask_opens_them_whoever_wrote_them(store, mask, mode) -> None:
    before = os.umask(mask)
    try:
        attempt = store.start(make_stage().key)
        weights = attempt.folder / "model.safetensors"
        weights.write_bytes(b"weights")
        weights.chmod(0o600)  # as safetensors does
        store.commit(make_stage(), attempt, PretrainedResult(num_parameters=3), 1.0, {})
    finally:
        os.umask(before)
    assert weights.stat().st_mode & 0o777 == mode and store.usable(make_stage().key)


@pytest.mark.slow
def test_a_try_is_live_only_while_its_process_holds_it(store: Store) -> None:
    attempt = store.start("ab" + "0" * 62)
    assert Store(store.root).is_live(attempt.folder)
    store.drop(attempt)
    assert not store.is_live(attempt.folder)
    script = (
        "import os, sys; from stepstone.store.store import Store\n"
        "t = Store(sys.argv[1]).start('cd' + '0' * 62); print(t.folder, flush=True); os.kill(os.getpid(), 9)"
    )
    run = subprocess.run([sys.executable, "-c", script, store.root], capture_output=True, text=True, check=False)
    killed = Path(run.stdout.strip())
    assert run.returncode == -9 and killed.is_dir() and not store.is_live(killed)
    assert store.start("cd" + "0" * 62) is not None


def test_a_full_disk_is_one_clear_message() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("/dev/full does not exist here")
    with pytest.raises(UserError, match="no space is left"), storage_errors(Path("/dev/full")):
        Path("/dev/full").write_text("x" * 10_000)


def test_other_errors_are_not_dressed_up_as_storage_trouble(tmp_path: Path) -> None:
    # Of a copy it is the target that is full.
    copied = OSError(errno.ENOSPC, "full", "/a/origin", None, "/b/target")
    with pytest.raises(UserError, match="/b/target"), storage_errors(tmp_path):
        raise copied
    with pytest.raises(FileNotFoundError), storage_errors(tmp_path):
        (tmp_path / "nothing").read_text()


def test_a_root_that_cannot_be_written_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="a file stands where a folder is needed"):
        Store(tmp_path / "file" / "store").check_writable()
    assert Store(tmp_path / "file" / "store").record("0" * 64) is None


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no /proc")
def test_a_root_where_no_folder_can_be_made_is_one_clear_message() -> None:
    with pytest.raises(UserError, match=r"/proc/self/x.*: no folder can be made here"):
        Store("/proc/self/x").check_writable()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_store_is_one_clear_message_and_still_readable(store: Store) -> None:
    stage = make_stage()
    commit(store, stage)
    for path in [store.root, *store.root.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        with pytest.raises(UserError, match="permission denied"):
            store.start(stage.key)
        with pytest.raises(UserError, match="permission denied"):
            store.check_writable()
        assert store.complete(stage.key)
    finally:
        for path in [store.root, *store.root.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_an_interrupted_atomic_write_keeps_the_old_text_and_no_rubbish(tmp_path: Path) -> None:
    path = tmp_path / "note.json"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "new \ud800")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_every_folder_that_is_made_for_a_file_is_forced_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(files, "sync", synced.append)
    path = tmp_path / "store" / "records" / "ab" / "x.json"
    files.write_atomically(path, "{}")
    assert synced == [tmp_path, tmp_path / "store", tmp_path / "store" / "records", path.parent]
    synced.clear()
    files.write_atomically(path.with_name("y.json"), "{}")
    assert synced == [path.parent], "what was there before costs nothing"


def test_a_failure_note_is_kept_and_a_spoilt_one_ignored(store: Store) -> None:
    key = "0" * 64
    assert store.failure(key) is None and store.failures() == {}
    store.note_failure(key, Failure("tiny/none", "loss is nan", "logs/worker-1.log"))
    assert store.failure(key) == Failure("tiny/none", "loss is nan", "logs/worker-1.log")
    assert store.failures() == {key: store.failure(key)}
    (store.root / "failures/00" / f"{key}.json").write_text(json.dumps({"other": 1}))
    assert store.failure(key) is None and store.failures() == {}


def test_records_lists_the_sound_ones_and_tells_of_the_others(store: Store, told: list[str]) -> None:
    one, two = make_stage("0a1b2c"), make_stage("0a1b2d")
    commit(store, one)
    commit(store, two)
    (store.root / "records" / two.key[:2] / f"{two.key}.json").write_text("{")
    assert [record.key for record in store.records()] == [one.key] and len(told) == 1
    assert store.keys() == sorted([one.key, two.key])
