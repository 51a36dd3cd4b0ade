"""A finished study: what was read once is not read again, and what changed is seen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stepstone.cli import main
from stepstone.cli.running import write_report
from stepstone.core.study import Study
from stepstone.evidence import compare
from stepstone.evidence.frame import collect
from stepstone.pipeline.explain import find_status
from stepstone.pipeline.jobs import find_missing
from stepstone.planning.plan import Plan, plan
from stepstone.report.current import is_current, made_of
from stepstone.store import reads
from stepstone.store.lookup import Lookup
from stepstone.store.record import Record, parse_record
from stepstone.store.stamped import read_stamped, write_stamped
from stepstone.store.store import Store

STUDY = """
name = "small"
models = ["lab-mini"]
seeds = [1, 2]
languages = ["en", "de"]
[lab]
[target.xnli]
[intermediate.nli]
tasks = { en = "mnli" }
"""
EARLIER = 1.6e18  # in ns: long before the tests


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """A small study in a file, planned; the test stands in its folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(STUDY)
    return plan(Study.load("small.toml"))


@pytest.fixture
def finished(planned: Plan, fill: Callable[..., object], store: Store) -> Store:
    """A store that has all of it, written a while ago."""
    for stage in planned.stages.values():
        fill(stage)
    settle(store)
    return Store(store.root, warn=lambda message: None)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keys of the records that are read, as often as they are."""
    seen: list[str] = []

    def parse(content: bytes, key: str) -> Record:
        seen.append(key)
        return parse_record(content, key)

    monkeypatch.setattr(reads, "parse_record", parse)
    return seen


@pytest.fixture
def stepstone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., str]]:
    """Run a command line in this process; returns its output."""
    before = signal.getsignal(signal.SIGTERM)

    def call(*words: object) -> str:
        monkeypatch.setattr(sys, "argv", ["stepstone", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code
        return capsys.readouterr().out

    yield call
    signal.signal(signal.SIGTERM, before)


def settle(store: Store) -> None:
    """As if what is in the store had been written long ago."""
    for path in store.root.rglob("*"):
        if path.is_file():
            os.utime(path, ns=(int(EARLIER), int(EARLIER)))


@pytest.mark.slow
def test_a_run_of_a_finished_study_reads_each_record_once_and_the_next_none(
    planned: Plan, finished: Store, parsed: list[str], stepstone: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = stepstone("run", "small.toml", "--store", finished.root)
    assert sorted(parsed) == sorted(planned.stages) and "xnli" in said
    parsed.clear()
    monkeypatch.setattr(compare, "compare", None)  # whoever compares again fails
    said = stepstone("run", "small.toml", "--store", finished.root)
    assert not parsed and f"{len(planned.stages)} were there" in said and "of these very records" in said
    stepstone("status", "small.toml", "--store", finished.root)
    assert not parsed


@pytest.mark.slow
def test_a_finished_run_looks_at_each_record_once(
    planned: Plan, finished: Store, stepstone: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To look at the files of ten thousand takes a tenth of such a run."""
    stepstone("run", "small.toml", "--store", finished.root)
    looked: list[str] = []
    digest = Lookup.digest
    monkeypatch.setattr(Lookup, "digest", lambda self, key: looked.append(key) or digest(self, key))
    assert "of these very records" in stepstone("run", "small.toml", "--store", finished.root)
    assert sorted(looked) == sorted(planned.stages)


@pytest.mark.slow
def test_a_run_that_is_tracked_says_where_and_tags_the_lab(
    finished: Store, stepstone: Callable[..., str], tmp_path: Path
) -> None:
    pytest.importorskip("tensorboard", reason='needs pip install "stepstone[tensorboard]"')
    said = stepstone("run", "small.toml", "--store", finished.root, "--track", "tensorboard", "--out", "page")
    folder = Path("page") / "tensorboard" / "lab_small"
    assert f"tracked: {folder}" in said and len(list((tmp_path / folder).iterdir())) == 1


def test_without_its_table_of_what_was_sound_a_store_is_read_in_full(
    planned: Plan, finished: Store, parsed: list[str]
) -> None:
    for content in (None, "", "[]", '{"a": 1}', json.dumps({next(iter(planned.stages)): ["0", {}]})):
        parsed.clear()
        table = finished.cache / "sound.json"
        table.unlink(missing_ok=True) if content is None else write_stamped(table, content.encode())
        assert find_status(planned, Store(finished.root)).complete and sorted(parsed) == sorted(planned.stages)
    parsed.clear()
    assert not find_missing(planned.stages, Store(finished.root)) and not parsed


@pytest.mark.parametrize("what", ["record", "predictions"])
@pytest.mark.parametrize("how", ["edited", "replaced", "cut", "gone"])
def test_what_changed_since_it_was_found_sound_is_seen(planned: Plan, finished: Store, what: str, how: str) -> None:
    assert not find_missing(planned.stages, finished)
    key = planned.cells[0].key
    record = finished.record(key)
    assert record is not None
    inside = finished.root / record.folder / "predictions.jsonl"
    change(finished.root / "records" / key[:2] / f"{key}.json" if what == "record" else inside, how)
    assert find_missing(planned.stages, Store(finished.root, warn=lambda message: None)) >= {key}
    assert find_status(planned, Store(finished.root, warn=lambda message: None)).kinds["evaluate"].missing == 1


def change(path: Path, how: str) -> None:
    """Damage a file; what is replaced has the size and the time of what was there."""
    content, state = path.read_bytes(), path.stat()
    other = content.replace(b"neutral", b"neutraL").replace(b'"seconds": 2.0', b'"seconds": 3.0')
    assert other != content
    if how == "edited":
        path.write_bytes(other)
    elif how == "replaced":
        new = path.with_name("new")
        new.write_bytes(other)
        os.utime(new, ns=(state.st_atime_ns, state.st_mtime_ns))
        new.replace(path)
    elif how == "cut":
        path.write_bytes(content[:-9])
    else:
        path.unlink()


def test_what_was_written_a_moment_ago_is_read_again_for_it_may_change_in_that_moment(
    planned: Plan, fill: Callable[..., object], store: Store, parsed: list[str]
) -> None:
    for stage in planned.stages.values():
        fill(stage)
    for _ in range(2):
        parsed.clear()
        assert not find_missing(planned.stages, Store(store.root)) and sorted(parsed) == sorted(planned.stages)


@pytest.mark.slow
def test_a_page_is_current_until_a_record_or_one_of_its_files_changes(planned: Plan, finished: Store) -> None:
    folder = Path("reports/small")
    write_report(planned, finished, None, None)
    made = made_of(planned, finished)
    assert is_current(folder, made)

    (folder / "scores.csv").write_text("other")
    assert not is_current(folder, made)
    write_report(planned, finished, None, None)
    assert is_current(folder, made)

    (folder / "made_of.json").write_text('{"made_of": 1, "files": []}')
    assert not is_current(folder, made)

    finished.remove(planned.cells[0].key)
    assert made_of(planned, Store(finished.root)) != made
    assert collect(planned, finished)["status"].eq("missing").sum() == 1


def test_the_table_holds_no_more_than_digests_and_states(planned: Plan, finished: Store) -> None:
    assert not find_missing(planned.stages, finished)
    table = json.loads(read_stamped(finished.cache / "sound.json"))
    assert set(table) == set(planned.stages)
    digest, files = table[planned.cells[0].key]
    assert len(digest) == 64 and all(len(state) == 3 and state[1] == EARLIER for state in files.values())


@pytest.mark.slow
def test_a_finished_run_opens_nothing_that_weighs_intervals(planned: Plan, finished: Store) -> None:
    """It takes as long to open as all the rest; a process of its own, for this one has opened it already."""
    write_report(planned, finished, None, "small.toml")
    script = (
        "import sys\nfrom stepstone.cli import main\n"
        f"sys.argv = ['stepstone', 'run', 'small.toml', '--store', {str(finished.root)!r}]\n"
        "try:\n    main()\nfinally:\n"
        "    print('opened:', *({'scipy', 'pandas', 'torch', 'ssl'} & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "(of these very records" in run.stdout and run.stdout.splitlines()[-1].strip() == "opened:"
