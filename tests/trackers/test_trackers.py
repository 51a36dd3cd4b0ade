"""Trackers are found by name; what is missing is one message; each hands its package what it was given."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from stepstone.catalogue.catalogue import Catalogue
from stepstone.catalogue.factories import describe_factory
from stepstone.cli.listing import NOT_AVAILABLE, list_rows
from stepstone.cli.verbs import list_
from stepstone.core.errors import UserError
from stepstone.trackers.find import find_tracker, sources

from . import clients
from .clients import Given

NAMES = ("mlflow", "tensorboard", "trackio", "wandb")


def _put(monkeypatch: pytest.MonkeyPatch, name: str, module: ModuleType | None) -> None:
    """Have a package be this one, or none."""
    for known in [known for known in sys.modules if known.partition(".")[0] == name]:
        monkeypatch.delitem(sys.modules, known)
    monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, f"stepstone.trackers.{name}", raising=False)


def test_a_name_that_is_none_is_answered_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r'no tracker is called "tensorbord"\n.*"tensorboard"'):
        find_tracker("tensorbord")


def test_all_are_listed_also_where_no_package_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in NAMES:
        _put(monkeypatch, name, None)
    listed = {row["name"]: row[NOT_AVAILABLE] for row in list_rows("trackers")}
    assert tuple(listed) == NAMES and all(
        f"{name} needs a package" in why and why.endswith(f'; pip install "stepstone[{name}]"')
        for name, why in listed.items()
    )
    list_("trackers")
    assert [line.partition(": ")[0] for line in capsys.readouterr().out.splitlines()] == ["not available"] * len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_package_is_named_with_the_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _put(monkeypatch, name, None)
    with pytest.raises(UserError, match=rf'^--track: {name} needs a package: .*\n.*pip install "stepstone\[{name}\]"'):
        find_tracker(name)


@pytest.mark.parametrize("name", ["wandb", "mlflow", "trackio"])
def test_what_is_given_reaches_the_package_and_a_lab_is_marked(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("WANDB_DIR", "WANDB_PROJECT", "MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME"):
        monkeypatch.delenv(variable, raising=False)
    given = Given()
    _put(monkeypatch, name, getattr(clients, name)(given))
    rows = [("loss/alpha/nli.ja/s1", 1.5, 10), ("loss/alpha/nli.en/s1", 2.5, 5), ("loss/alpha/nli.ja/s1", 1.25, 20)]
    tracker = find_tracker(name)("study", tmp_path, ("lab",))
    for row in rows:
        tracker.add(*row)
    tracker.close()
    assert given.rows == rows and given.is_closed and tracker.place
    assert given.opened["project"] == "lab_study"
    assert re.fullmatch(r"lab_study_\d{8}-\d{6}", given.opened["name"])
    marks = given.opened["tags"] if name == "mlflow" else given.opened["config"]
    assert marks["study"] == "study" and marks["lab"]
    # A study that is continued is another run of the same project.
    find_tracker(name)("study", tmp_path, ("lab",))


def test_wandb_and_mlflow_write_beside_the_report_or_where_their_variables_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = Given()
    _put(monkeypatch, "wandb", clients.wandb(given))
    monkeypatch.delenv("WANDB_DIR", raising=False)
    find_tracker("wandb")("study", tmp_path / "reports", ())
    assert given.opened["dir"] == str(tmp_path / "reports") and given.opened["tags"] == ["stepstone"]
    monkeypatch.setenv("WANDB_DIR", str(tmp_path / "mine"))
    monkeypatch.setenv("WANDB_PROJECT", "ours")
    assert str(tmp_path / "mine") in find_tracker("wandb")("study", tmp_path / "reports", ()).place
    assert given.opened["project"] == "ours"
    _put(monkeypatch, "mlflow", clients.mlflow(given))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    find_tracker("mlflow")("study", tmp_path / "reports", ())
    assert given.opened["uri"] == f"sqlite:///{tmp_path / 'reports/mlflow/mlflow.db'}"
    assert given.opened["artifacts"] == (tmp_path / "reports/mlflow/artifacts").as_uri()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://mlflow.example")
    find_tracker("mlflow")("other", tmp_path / "reports", ())
    assert given.opened["uri"] == "https://mlflow.example" and given.opened["artifacts"] is None


def test_names_that_mlflow_refuses_are_kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = Given()
    _put(monkeypatch, "mlflow", clients.mlflow(given))
    tracker = find_tracker("mlflow")("study", tmp_path, ())
    for name in ("loss/a+b", "loss/a=b", "loss/a_b", "loss/" + 300 * "x", "loss/" + 301 * "x"):
        tracker.add(name, 1.0, 1)
    names = [name for name, _, _ in given.rows]
    assert len(set(names)) == 5 and "loss/a_b" in names
    assert all(re.fullmatch(r"[\w/.\- :]{1,250}", name) for name in names)


def test_what_keeps_a_service_from_opening_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _put(monkeypatch, "wandb", clients.wandb(Given(), error="No API key configured.\nUse `wandb login`."))
    with pytest.raises(UserError) as caught:
        find_tracker("wandb")("study", tmp_path, ())
    first, remedy = str(caught.value).splitlines()
    assert first == "--track wandb: cannot be opened: Error: No API key configured." and "WANDB_MODE=offline" in remedy


OWN = """
class Board:
    '''Numbers on the wall.'''
    place = "the wall"
    def add(self, name, value, step): pass
    def close(self): pass

def track(study, folder, tags):
    '''The institute's wall.'''
    {body}
"""


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return None", "makes no tracker: a NoneType without add, close, place"),
        ("del Board.add; return Board()", "makes no tracker: a Board without add"),
        ("raise OSError('no route')", "cannot be opened: OSError: no route"),
    ],
)
def test_a_file_of_one_s_own_is_a_tracker_and_a_broken_one_is_reported(tmp_path: Path, body: str, told: str) -> None:
    for name, code in (("wall", "return Board()"), ("broken", body)):
        (tmp_path / f"{name}.py").write_text(OWN.format(body=code))
    catalogue = Catalogue.open([tmp_path])
    assert find_tracker("wall", catalogue)("study", tmp_path, ()).place == "the wall"
    assert {source.name for source in sources(catalogue)} == {*NAMES, "wall", "broken"}
    with pytest.raises(UserError, match=re.escape(told)):
        find_tracker("broken", catalogue)("study", tmp_path, ())


def test_a_package_s_tracker_is_found_by_its_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = tmp_path / "institute-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: institute\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[stepstone]\ntracker.wall = institute:track\n")
    (tmp_path / "institute.py").write_text(OWN.format(body="return Board()"))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "institute", raising=False)
    (found,) = (source for source in sources() if source.name == "wall")
    assert (found.origin, describe_factory(found)) == (
        "institute: tracker.wall = institute:track",
        "The institute's wall.",
    )
    assert find_tracker("wall")("study", tmp_path, ()).place == "the wall"


def test_tensorboard_reads_what_was_written(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason='needs pip install "stepstone[tensorboard]"')
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    tracker = find_tracker("tensorboard")("study", tmp_path, ("lab",))
    tracker.add("loss/alpha/s1", 1.5, 10)
    tracker.add("loss/alpha/s1", 1.25, 20)
    tracker.close()
    folder = tmp_path / "tensorboard" / "lab_study"
    assert tracker.place == f"{folder} (show it with: tensorboard --logdir {folder.parent})"
    (path,) = folder.iterdir()
    read = [
        (value.tag, event.step, value.simple_value or value.tensor.float_val[0])
        for event in EventFileLoader(str(path)).Load()
        for value in event.summary.value
    ]
    assert read == [("tag/lab", 0, 1.0), ("loss/alpha/s1", 10, 1.5), ("loss/alpha/s1", 20, 1.25)]


# Each reads what its own package kept, as rows of name, value and step.
READ = {
    "wandb": r"""
        import re
        (file,) = Path("wandb").glob("offline-run-*/run-*.wandb")
        item = rb"\x82\x01.([\d.]+)"  # the value of a column, after its name, in a row of the history
        found = re.findall(rb"(loss/[\w./]+)" + item + rb"\n.\x12\x04step" + item, file.read_bytes(), re.DOTALL)
        rows = [[name.decode(), float(value), int(step)] for name, value, step in set(found)]
    """,
    "mlflow": """
        from mlflow import MlflowClient
        client = MlflowClient(tracking_uri="sqlite:///mlflow/mlflow.db")
        (run,) = client.search_runs([client.get_experiment_by_name("lab_study").experiment_id])
        assert run.info.status == "FINISHED" and run.data.tags["lab"] == "true"
        kept = [one for name in run.data.metrics for one in client.get_metric_history(run.info.run_id, name)]
        rows = [[one.key, one.value, one.step] for one in kept]
    """,
    "trackio": """
        import sqlite3
        from contextlib import closing
        (file,) = (path for path in Path("trackio").rglob("*.db") if "lab_study" in path.name)
        with closing(sqlite3.connect(file)) as base:
            kept = [(json.loads(text), step) for text, step in base.execute("select metrics, step from metrics")]
        rows = [[name, value, step] for row, step in kept for name, value in row.items() if name.startswith("loss/")]
    """,
}
WRITE = """
import sys
from pathlib import Path
from stepstone.trackers.find import find_tracker
from stepstone.trackers.handover import Handover

hand = Handover(find_tracker(sys.argv[1])("study", Path.cwd(), ("lab",)))
for row in (("loss/alpha/nli.ja/s1", 1.5, 10), ("loss/alpha/nli.en/s1", 2.5, 5), ("loss/alpha/nli.ja/s1", 1.25, 20)):
    hand.add(*row)
hand.close(100)
assert hand.failure is None, hand.failure
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", READ)
def test_the_package_itself_keeps_what_it_was_given_without_a_network(
    name: str, tmp_path: Path, alone: Callable[..., Any]
) -> None:
    if find_spec(name) is None:
        pytest.skip(f'needs pip install "stepstone[{name}]"')
    settings = {"WANDB_MODE": "offline", "TRACKIO_DIR": "trackio", "DO_NOT_TRACK": "1", "HOME": str(tmp_path)}
    alone(WRITE, name, **settings)
    # In another process: wandb writes a run's last rows after the run was finished, up to the end of the program.
    code = (
        f"import json\nfrom pathlib import Path\n{textwrap.dedent(READ[name])}\nprint('rows', json.dumps(sorted(rows)))"
    )
    out = alone(code, **settings)
    rows = json.loads(re.search(r"^rows (.*)$", out, re.MULTILINE)[1])  # type: ignore[index]
    assert rows == [
        ["loss/alpha/nli.en/s1", 2.5, 5],
        ["loss/alpha/nli.ja/s1", 1.25, 20],
        ["loss/alpha/nli.ja/s1", 1.5, 10],
    ]


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run code in a process of its own in an empty folder: these packages read variables as they are imported."""

    def run(code: str, *words: str, **variables: str) -> str:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        done = subprocess.run(
            [sys.executable, "-c", code, *words], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=200
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
