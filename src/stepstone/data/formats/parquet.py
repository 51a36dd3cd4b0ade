"""A Parquet table: one row an example, its columns as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from stepstone.data.formats.lines import FileRow, Layout, check_names
from stepstone.data.formats.log import Damage
from stepstone.data.formats.options import ReaderOptions


class Options(ReaderOptions):
    """Nothing besides what all readers take."""


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[FileRow]:
    """Rows of one file, numbered from 1; nothing but its columns is read, no code and no pickled metadata."""
    path, number = paths[0], 0
    try:
        with parquet.ParquetFile(path) as file:
            check_names(file.schema_arrow.names, path, None)
            for batch in file.iter_batches(batch_size=4096):
                for values in batch.to_pylist():
                    number += 1
                    yield FileRow(f"row {number}", layout.rename(values))
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        first = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise Damage(f"is not Parquet: {first}", path, f"row {number + 1}", mend="write it anew") from error
