import json
import sys
from pathlib import Path

import pytest

from invented import data, fill, make_plan, place, store  # noqa: F401
from stepstone.launchers.local import Local

# Deaths, failures and hangs on demand; real training is run by the tests of the whole.
DOUBLE = Path(__file__).parents[1] / "launchers" / "double.py"


@pytest.fixture
def behave(tmp_path):
    def wish(labels: dict[str, str]) -> None:
        (tmp_path / "behaviour.json").write_text(json.dumps(labels))

    return wish


@pytest.fixture
def launcher(tmp_path):
    found = Local(2, tmp_path / "logs", (sys.executable, str(DOUBLE), str(tmp_path / "behaviour.json")))
    found.num_cores = 6
    yield found
    found.kill()
