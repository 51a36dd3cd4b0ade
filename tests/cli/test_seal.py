"""`stepstone seal` and `verify`: what they print, and the exit status that a script reads."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sealed import SMALL, finish
from stepstone.cli import main

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished study: study.toml, store/."""
    done = finish(tmp_path_factory.mktemp("finished"), SMALL)
    return done.file.parent


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> Call:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("STEPSTONE_STORE", str(folder / "store"))
    monkeypatch.delenv("STEPSTONE_DATA", raising=False)

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["stepstone", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return call


@pytest.mark.slow
def test_a_seal_says_what_is_in_it_and_verify_agrees(cli: Call, tmp_path: Path) -> None:
    status, out, _ = cli("seal", "study.toml", "--to", tmp_path / "a.zip")
    assert status == 0 and "17 records, 10 evaluations, 20 rows" in out
    identity = out.split()[-1]
    status, out, _ = cli("verify", tmp_path / "a.zip", "--identity", identity.upper())
    assert status == 0 and out.endswith(f"identity: {identity}\nVERIFIED\n")
    assert "17 records" in out and "not checked: no re-run" in out
    status, out, _ = cli("verify", tmp_path / "a.zip", "--json", "--rerun", "0", "--identity", "0" * 64)
    assert status == 1 and json.loads(out)["findings"][0]["what"] == "identity"


@pytest.mark.slow
def test_the_archive_is_named_after_the_study(cli: Call, folder: Path) -> None:
    assert cli("seal", "study.toml")[0] == 0
    assert (folder / "small.seal.zip").is_file()


@pytest.mark.slow
def test_a_forgery_is_listed_and_ends_with_one(cli: Call, tmp_path: Path) -> None:
    cli("seal", "study.toml", "--to", tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as file:
        file.writestr("extra.txt", "hello")
    status, out, _ = cli("verify", tmp_path / "a.zip", "--rerun", "0")
    assert status == 1 and "- member: extra.txt: expected a member that the manifest lists" in out
    assert out.endswith("FALSIFIED\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("verify", "nothing.zip"), "cannot be read"),
        (("verify", "study.toml"), "is no whole archive"),
        (("verify", "study.toml", "--identity", "abc"), "give all 64 hexadecimal digits"),
        (("seal", "study.toml", "--store", "nowhere"), "run the study first"),
    ],
)
def test_what_cannot_be_used_is_one_message_and_two(words: tuple[str, ...], told: str, cli: Call) -> None:
    status, out, err = cli(*words)
    assert status == 2 and out == "" and told in err and "Traceback" not in err
