"""Whatever a terminal can show: no verb ends over a letter that its encoding has not, and JSON stays JSON."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

import stepstone
from stepstone.cli.app import check_place, console, put, say
from stepstone.cli.encoding import ERRORS, write_anything
from stepstone.core.errors import UserError
from stepstone.report.markup import plain_table

TEXT = "日本語 – é † \u2028"


class Output(io.TextIOWrapper):
    """A stream of an encoding, and what was written to it."""

    def __init__(self, encoding: str) -> None:
        self.raw_bytes = io.BytesIO()
        super().__init__(self.raw_bytes, encoding=encoding)

    @property
    def text(self) -> str:
        self.flush()
        return self.raw_bytes.getvalue().decode(self.encoding)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_lines_tables_and_json_are_written_in_any_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = Output(encoding), Output(encoding)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    write_anything()
    say(TEXT)
    console().print(plain_table([TEXT], [[TEXT]]))
    print(TEXT, file=sys.stderr)
    for shown, num in ((out.text, 3), (err.text, 1)):
        assert shown.count("日本語") + shown.count("\\u65e5\\u672c\\u8a9e") == num
    said = len(out.text)
    put({"a": TEXT}, as_json=True)
    assert json.loads(out.text[said:]) == {"a": TEXT}


def test_signs_that_an_encoding_has_not_are_shown_by_their_likeness(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Output("ascii")
    monkeypatch.setattr(sys, "stdout", out)
    write_anything()
    say(
        "\u22123.7\u2020 (\u22128.0 to 0.6) \u2013 nli: ja \u2212 en \u2192 \u201cxnli\u201d, p \u2265 0.05\u2021 "
        "\u2026 it\u2019s é"
    )
    assert out.text == '-3.7^ (-8.0 to 0.6) - nli: ja - en -> "xnli", p >= 0.05^^ ... it\'s \\xe9\n'


def test_every_sign_of_ours_has_a_likeness() -> None:
    """What stands in our own sentences: the sources below hold no other sign (letters of examples are no signs)."""
    root = Path(stepstone.__file__).parent
    texts = [
        file.read_text(encoding="utf-8")
        for room in ("cli", "report", "pipeline", "evidence", "core", "audit")
        for file in (root / room).rglob("*.py")
    ]
    signs = {
        letter for text in texts for letter in text if ord(letter) > 127 and unicodedata.category(letter)[0] in "PSZ"
    }
    named = {unicodedata.lookup(name) for text in texts for name in re.findall(r"\\N\{([A-Z -]+)\}", text)}
    lacking = {letter for letter in signs | named if letter.encode("ascii", ERRORS).startswith(b"\\")}
    assert not {letter for letter in lacking if unicodedata.east_asian_width(letter) != "W"}


@pytest.mark.parametrize(("columns", "width"), [(None, 200), ("60", 60), ("300", 300), ("many", 200), ("²", 200)])
def test_a_pipe_is_as_wide_as_columns_says(columns: str | None, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Output("utf-8"))
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    assert console().width == width


@pytest.mark.parametrize("columns", ["40", "60"])
def test_words_are_not_broken_where_sentences_can_be(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out = Output("utf-8")
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("COLUMNS", columns)
    sentence = "how many examples does a gain take, and how sure are we of it after all"
    console().print(plain_table(["name", "question"], [["modernbert-ja-310m", sentence]]))
    lines = out.text.splitlines()
    assert "modernbert-ja-310m" in out.text and max(map(len, lines)) <= int(columns)
    assert " ".join(line[19:].strip() for line in lines[1:]) == sentence


def test_output_that_somebody_closed_is_written_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    write_anything()
    say(TEXT)
    put({"a": TEXT}, as_json=True)
    console().print(TEXT)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("words", [["list", "languages"], ["list", "launchers", "--json"], ["--help"]])
def test_output_that_is_refused_is_one_message_about_the_output(words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "stepstone.cli", *words]
        run = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert run.returncode == 2
    first, second = run.stderr.splitlines()
    assert first == "error: the output cannot be written (no space is left)" and "send it elsewhere" in second


@pytest.mark.skipif(os.name != "posix", reason="a folder that somebody is in cannot be removed")
@pytest.mark.parametrize("name", [b"gone", b"\xff"])
def test_a_folder_that_was_removed_or_has_no_name_in_utf_8_is_one_message(
    name: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    monkeypatch.chdir(folder)
    if name == b"gone":
        folder.rmdir()
    with pytest.raises(UserError, match="not there any more" if name == b"gone" else "not UTF-8"):
        check_place()
