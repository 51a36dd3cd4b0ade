"""`stepstone data get` fetches what the hub has, says where the rest is; without a network it says so at once."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stepstone.cli.get import get_
from stepstone.core.errors import UserError

Call = Callable[..., tuple[int, str, str]]
PAIR = {"premise": ["a"] * 5_010, "hypothesis": ["b"] * 5_010, "label": [1] * 5_010}


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Run the command line in a process of its own, as libraries read their settings when they are opened."""

    def run(*words: str, **env: str) -> tuple[int, str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "STEPSTONE_"))}
        own |= {"HF_HOME": str(tmp_path / "hf"), **env}
        done = subprocess.run(
            [sys.executable, "-m", "stepstone.cli", *words],
            cwd=tmp_path,
            env=own,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of something that takes calls and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def _put(folder: Path, code: str, columns: Mapping[str, Sequence[Any]]) -> None:
    """XNLI's test set in one language, laid out as the hub lays it out."""
    path = folder / "facebook" / "xnli" / code / "test-00000-of-00001.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table(dict(columns)), path)
    (folder / "facebook" / "xnli" / "README.md").write_text(
        f"---\nconfigs:\n- config_name: {code}\n  data_files:\n  - split: test\n    path: {code}/test-*\n---\n"
    )


@pytest.mark.slow
def test_tables_are_fetched_and_counted_into_the_hub_s_cache(call: Call, tmp_path: Path) -> None:
    _put(tmp_path / "mirror", "de", PAIR)
    status, out, _ = call("data", "get", "xnli", "--lang", "de", STEPSTONE_HUB_MIRROR=str(tmp_path / "mirror"))
    assert "xnli test de: 5,010 rows of facebook/xnli@b8dd5d7af51114dbda02c0e3f6133f332186418e\n" in out
    assert status == 1 and out.count("not fetched: ") == 2  # the mirror has neither train nor dev
    assert any((tmp_path / "hf" / "datasets").rglob("*.arrow"))


@pytest.mark.slow
def test_an_encoder_is_named_with_its_revision_and_folder(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "mirror" / "FacebookAI" / "xlm-roberta-base"
    folder.mkdir(parents=True)
    status, out, _ = call("data", "get", "--model", "xlm-roberta-base", STEPSTONE_HUB_MIRROR=str(tmp_path / "mirror"))
    assert status == 0 and out.startswith("model xlm-roberta-base: FacebookAI/xlm-roberta-base@") and str(folder) in out
    assert "lies on no hub" in call("data", "get", "--model", "lab-small")[2]


@pytest.mark.slow
def test_what_lies_on_no_hub_is_named_with_its_release(call: Call) -> None:
    status, out, _ = call("data", "get", "bucc2018", "--lang", "zh", HF_HUB_OFFLINE="1")
    assert (
        status == 1 and "bucc2018 test: not on the hub (zh); released at https://comparable.limsi.fr/bucc2018/" in out
    )


def test_a_language_without_a_table_is_answered_with_those_that_have_one() -> None:
    with pytest.raises(UserError, match="they have: ar, bg, de, el, en, es"):
        get_(["xnli"], ["ja"])


@pytest.mark.slow
@pytest.mark.parametrize("how", ["offline", "silent"])
def test_an_absent_network_is_one_message_at_once(call: Call, silent: str, how: str) -> None:
    env = {
        "offline": {"HF_HUB_OFFLINE": "1"},
        "silent": {"HF_ENDPOINT": silent},
    }[how]
    began = time.monotonic()
    status, out, err = call("data", "get", "xnli", **env)
    spent = time.monotonic() - began
    assert status == 2 and out == ""
    assert err.count("the hub cannot be reached, and this is not in its cache") == 1 and err.count("\n") == 3
    assert "not fetched: xnli train ar, xnli train bg" in err and "and 33 more" in err
    assert "run it where there is a network" in err
    # The network is given four seconds; the rest is what opening the libraries takes on a busy machine.
    assert spent < 60


STUDY = """
name = "s"
models = ["xlm-roberta-base"]
[target.xnli]
languages = ["en", "de"]
"""


@pytest.mark.slow
def test_a_run_without_a_network_says_once_what_it_lacks(call: Call, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(STUDY)
    status, _, err = call("run", "s.toml", HF_ENDPOINT="http://127.0.0.1:9")
    assert status == 2 and err.count("the hub cannot be reached") == 1
    assert "4 data sets of the hub: mnli train en, mnli dev en, xnli test en, xnli test de" in err


@pytest.mark.slow
def test_data_check_looks_where_a_run_looks(call: Call, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(STUDY)
    status, out, err = call("data", "check", "s.toml", HF_HUB_OFFLINE="1")
    assert (status, err) == (1, "") and "the hub cannot be reached, and this is not in its cache" in out
