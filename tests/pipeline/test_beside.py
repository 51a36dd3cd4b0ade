"""Runs side by side on one store compute every stage once, and each of them ends well when all is there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from invented import write_data

TESTS = Path(__file__).parents[1]
SCRIPT = """
import sys
from pathlib import Path
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.launchers.local import Local
from stepstone.planning.plan import plan
from stepstone.pipeline.run import run
from stepstone.store.store import Store

folder, number, double = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
place = Place(folders=(folder / "data",), cache=folder / "cache", use_hub=False)
planned = plan(Study.load(str(folder / "study.toml")), place)
launcher = Local(1, folder / f"logs-{number}", (sys.executable, double, str(folder / "behaviour.json")))
outcome = run(planned, Store(folder / "store"), launcher)
print(outcome.exit_status, outcome.num_done, outcome.num_kept, outcome.failures, outcome.blocked)
sys.exit(outcome.exit_status)
"""
STUDY_FILE = """
name = "beside"
models = ["alpha"]
seeds = [1]
languages = ["en", "de"]
[model.alpha]
hub = "someone/alpha"
revision = "0a1b2c"
num_parameters = 1000
[intermediate.nli]
tasks = { en = "mnli" }
num_examples = 100
at_most = true
[target.xnli]
"""


def begin(folder: Path, number: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SCRIPT, str(folder), str(number), str(TESTS / "launchers" / "double.py")]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("killed", [False, True], ids=["all end", "one is killed"])
def test_three_runs_side_by_side_compute_every_stage_once(tmp_path, killed) -> None:
    write_data(tmp_path)
    (tmp_path / "study.toml").write_text(STUDY_FILE)
    (tmp_path / "behaviour.json").write_text(json.dumps({"seconds": "0.2"}))
    runs = [begin(tmp_path, number) for number in range(3)]
    records = tmp_path / "store" / "records"
    if killed:
        while not list(records.glob("??/*.json")) and runs[0].poll() is None:
            pass
        runs[0].kill()
    said = [one.communicate(timeout=120)[0] for one in runs]
    survivors = list(zip(runs, said, strict=True))[int(killed) :]
    assert [one.returncode for one, _ in survivors] == [0] * len(survivors), said
    keys = [path.stem for path in records.glob("??/*.json")]
    tries = {key: len(list((tmp_path / "store" / "tries" / key[:2] / key).iterdir())) for key in keys}
    assert len(keys) == 9
    # Of the one that was killed a try may be left.
    assert sum(tries.values()) <= len(keys) + int(killed)
    assert not [path for path in (tmp_path / "store" / "leases").iterdir() if path.stem not in tries or not killed]
