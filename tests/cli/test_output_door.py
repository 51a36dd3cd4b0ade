"""Whatever a terminal can show: no verb ends over a letter that its encoding has not, and JSON stays JSON."""

from __future__ import annotations

import io
import json
import sys

import pytest

from stepstone.cli.app import console, put, say, write_anything
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
