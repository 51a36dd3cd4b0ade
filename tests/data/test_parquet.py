"""Tables that unpack to far more than text does are refused, and those of every kind of column are read as they are."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from stepstone.data.formats.lines import Layout
from stepstone.data.formats.log import DataFileError, Log
from stepstone.data.formats.parquet import Options, read

COLUMNS = {
    "text": ["one", "two", None],
    "number": [1, 2, 3],
    "list": [["x", "y"], [], None],
    "answers": [{"text": ["q"], "answer_start": [1]}] * 3,
    "inside": [[{"a": "x", "b": [["z"]]}], [], []],
    "map": pa.array([[("k", "v")], [], None], pa.map_(pa.string(), pa.string())),
    "long": pa.array(["u", "v", "u"], pa.large_string()),
    "kept once": pa.array(["u", "v", "u"]).dictionary_encode(),
    "bytes": [b"1", b"2", b"3"],
}


def _values(path: Path) -> list[object]:
    return [row.values for row in read([path], Layout({}, Options(), Log()))]


def test_columns_of_every_kind_are_read_as_they_are(tmp_path: Path) -> None:
    table = pa.table(COLUMNS)
    parquet.write_table(table, tmp_path / "t.parquet")
    assert _values(tmp_path / "t.parquet") == table.to_pylist()


@pytest.mark.parametrize("once", [True, False], ids=["kept once", "packed"])
@pytest.mark.parametrize("kind", ["text", "list", "struct"])
def test_a_text_that_recurs_until_memory_is_full_is_refused(kind: str, once: bool, tmp_path: Path) -> None:
    text = "x" * 2_000_000
    value = {"text": text, "list": [text], "struct": {"a": text}}[kind]
    parquet.write_table(pa.table({"t": [value] * 50}), tmp_path / "t.parquet", compression="zstd", use_dictionary=once)
    assert (tmp_path / "t.parquet").stat().st_size < 10**5
    with pytest.raises(DataFileError, match=r"would unpack [\d,]+ bytes to 100,000,\d+ or more"):
        _values(tmp_path / "t.parquet")


def test_rows_that_take_next_to_nothing_are_counted(tmp_path: Path) -> None:
    labels = pa.DictionaryArray.from_arrays(pa.array([0] * 2_000_000, pa.int8()), ["no"])
    parquet.write_table(pa.table({"t": labels}), tmp_path / "t.parquet")
    with pytest.raises(DataFileError, match=r"would unpack [\d,]+ bytes to 128,000,000 or more"):
        next(read([tmp_path / "t.parquet"], Layout({}, Options(), Log())))


@pytest.mark.parametrize("odd", [10**18, -(10**18)])
def test_a_date_that_no_calendar_has_is_one_message_with_its_row_and_column(odd: int, tmp_path: Path) -> None:
    until = pa.array([2] * 4999 + [odd], pa.timestamp("us"))
    parquet.write_table(pa.table({"text": ["a"] * 5000, "until": until}), tmp_path / "t.parquet")
    with pytest.raises(DataFileError, match='the column "until" holds a value that cannot be read') as caught:
        _values(tmp_path / "t.parquet")
    assert caught.value.place == "row 5000"
