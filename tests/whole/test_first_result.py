"""A newcomer without a network: own files in three languages and a folder with an encoder, to a first result."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tiny_encoders import write_encoder

pytestmark = pytest.mark.trains

WORDS = {"good": ["a great heron", "the miller loves it"], "bad": ["a poor sail", "nobody mends it"]}


def _rows(num: int) -> str:
    draw = random.Random(num)
    labels = [draw.choice(("good", "bad")) for _ in range(num)]
    return "text,label\n" + "".join(f"{draw.choice(WORDS[label])} {row},{label}\n" for row, label in enumerate(labels))


def test_five_commands_lead_to_a_first_result_of_one_s_own(tmp_path: Path) -> None:
    (tmp_path / "mails").mkdir()
    for name, num in (("train-en", 60), ("dev-en", 20), ("test-en", 20), ("test-de", 20), ("test-sw", 20)):
        (tmp_path / "mails" / f"{name}.csv").write_text(_rows(num), encoding="utf-8")
    write_encoder(tmp_path / "tiny", "xlm-roberta", "unigram")

    def stepstone(*words: str) -> str:
        command = [sys.executable, "-m", "stepstone.cli", *words]
        env = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "COLUMNS": "200"}
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=1800)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    stepstone("init", "mails", "--model", "tiny")
    draft = (tmp_path / "study.toml").read_text(encoding="utf-8")
    # Nothing here has the data of an intermediate task: the draft says what to do then.
    assert "take this table out" in draft
    alone = re.sub(r"\[intermediate\.nli\]\n(?:[^\n]+\n)+", "", draft)
    (tmp_path / "study.toml").write_text(alone, encoding="utf-8")
    assert "140 examples, 0 errors" in stepstone("data", "check", "study.toml")
    stepstone("plan", "study.toml")
    assert "majority class" in stepstone("run", "study.toml", "--workers", "1")
    assert re.search(r"scores +done +missing +failed\ntiny, none +9 +0 +0", stepstone("status", "study.toml"))
    assert (tmp_path / "reports" / "mails" / "report.html").is_file()
