"""What a worker opens before its first job, and a command before it plans: nothing that it does not use."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def test_a_worker_opens_no_tables() -> None:
    script = (
        "import sys, stepstone.stages.job, stepstone.stages.finetune, stepstone.stages.evaluate; print(*sys.modules)"
    )
    opened = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "stepstone.stages.job" in opened
    assert not {"pandas", "datasets", "altair", "peft"} & set(opened)


def test_a_worker_listens_before_it_opens_torch() -> None:
    script = "import sys, stepstone.worker; print(*sys.modules)"
    opened = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "stepstone.worker" in opened and not {"torch", "pydantic", "numpy"} & set(opened)


def test_a_plan_and_the_look_whether_a_report_is_current_open_no_tables() -> None:
    script = "import sys, stepstone.planning.plan, stepstone.report.current; print(*sys.modules)"
    opened = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "stepstone.planning.plan" in opened and not {"pandas", "scipy", "pyarrow", "torch"} & set(opened)
