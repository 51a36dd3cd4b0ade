"""A study that was really trained is sealed, verified elsewhere, and an evaluation run again to the bit."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from whole.conftest import Command

pytestmark = pytest.mark.trains


def test_a_seal_is_verified_with_a_re_run_and_one_changed_line_is_falsified(
    finished: Path, stepstone: Command, tmp_path: Path
) -> None:
    done = stepstone(finished, "seal", "killed.toml", "--to", str(tmp_path / "killed.zip"))
    assert done.returncode == 0, done.stderr
    identity = done.stdout.split()[-1]
    whole = stepstone(tmp_path, "verify", "killed.zip", "--rerun", "1", "--identity", identity, "--json")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    report = json.loads(whole.stdout)
    assert report["verdict"] == "VERIFIED" and report["identity"] == identity and not report["not_checked"]
    # The encoder, its one or two trainings, and the evaluation.
    assert len(report["reruns"]) in (3, 4) and {one["outcome"] for one in report["reruns"]} == {"same"}
    assert report["reruns"][0]["label"] == "own"
    _change_a_line(tmp_path / "killed.zip", tmp_path / "forged.zip")
    forged = stepstone(tmp_path, "verify", "forged.zip")
    assert forged.returncode == 1 and forged.stdout.endswith("FALSIFIED\n") and "line 1, example" in forged.stdout


def _change_a_line(whole: Path, forged: Path) -> None:
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(forged, "w", zipfile.ZIP_DEFLATED) as new:
        changed = next(name for name in old.namelist() if name.endswith(".jsonl") and "/" in name)
        for name in old.namelist():
            content = old.read(name)
            if name == changed:
                first, rest = content.decode().split("\n", 1)
                content = f"{json.dumps({**json.loads(first), 'prediction': 'changed'})}\n{rest}".encode()
            new.writestr(name, content)
        new.comment = old.comment
