"""A Parquet table: one row an example, its columns as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from stepstone.data.formats.lines import FileRow, Layout, check_names
from stepstone.data.formats.log import DataFileError
from stepstone.data.formats.options import ReaderOptions
from stepstone.data.formats.unpacked import most_unpacked

# What a row takes once it is a Python table, at least.
ROW = 64


class Options(ReaderOptions):
    """Nothing besides what all readers take."""


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[FileRow]:
    """Rows of one file, numbered from 1; nothing but its columns is read, no code and no pickled metadata."""
    path, number = paths[0], 0
    try:
        for batch in _batches(path):
            for values in _values(batch, path, number):
                number += 1
                yield FileRow(f"row {number}", layout.rename(values))
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        first = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise DataFileError(f"is not Parquet: {first}", path, f"row {number + 1}", mend="write it anew") from error


def _values(batch: pa.RecordBatch, path: Path, before: int) -> list[dict[str, Any]]:
    """A batch as Python's values; DataFileError names the first that is none, as dates beyond the year 9999 are."""
    try:
        return list(batch.to_pylist())
    except (pa.ArrowException, OverflowError, ValueError) as odd:
        for place in range(batch.num_rows):
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                try:
                    column[place].as_py()
                except (pa.ArrowException, OverflowError, ValueError) as error:
                    message = f'the column "{name}" holds a value that cannot be read ({error})'
                    mend = "mend the value, or take the column out where nothing is read from it"
                    raise DataFileError(message, path, f"row {before + place + 1}", mend=mend) from error
        raise DataFileError(f"cannot be read ({odd})", path, f"row {before + 1}", mend="write it anew") from odd


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    """Its rows as they are kept, a text that recurs once; DataFileError where they would unpack to far more than text.

    What the file's own footer says of sizes is looked at first, and then what is read is counted.
    """
    packed = path.stat().st_size
    most, total = most_unpacked(packed), 0
    with parquet.ParquetFile(path) as plain:
        schema, footer = plain.schema_arrow, plain.metadata
        check_names(schema.names, path, None)
        claimed = sum(footer.row_group(number).total_byte_size for number in range(footer.num_row_groups))
        _check(max(claimed, footer.num_rows * ROW), most, packed, path)
    with parquet.ParquetFile(path, read_dictionary=_texts(footer.schema)) as file:
        for batch in file.iter_batches(batch_size=4096):
            total += sum(map(_unpacked_bytes, batch.columns))
            _check(total, most, packed, path)
            yield batch


def _texts(schema: parquet.ParquetSchema) -> list[str]:
    """The paths of its columns of texts."""
    columns = [schema.column(number) for number in range(len(schema))]
    return [
        column.path
        for column in columns
        if column.physical_type == "BYTE_ARRAY" and column.logical_type.type != "DECIMAL"
    ]


def _check(num_bytes: int, most: int, packed: int, path: Path) -> None:
    if num_bytes > most:
        raise DataFileError(
            f"would unpack {packed:,} bytes to {num_bytes:,} or more", path, mend="write the rows that it is to have"
        )


def _unpacked_bytes(array: pa.Array) -> int:
    """Bytes of an Arrow array once every value stands by itself, where a value that recurs is kept once."""
    if pa.types.is_dictionary(array.type):
        lengths = pc.take(pc.binary_length(array.dictionary), array.indices)
        return int(pc.sum(lengths).as_py() or 0)
    if pa.types.is_struct(array.type):
        return sum(map(_unpacked_bytes, array.flatten()))
    if pa.types.is_nested(array.type) and not pa.types.is_union(array.type):
        return _unpacked_bytes(array.flatten() if not pa.types.is_map(array.type) else _entries(array))
    return int(array.nbytes)


def _entries(array: pa.Array) -> pa.Array:
    return pa.StructArray.from_arrays([array.keys, array.items], ["key", "value"])
