"""How much a packed file may unpack to: text shrinks 4 to 30 times, and what claims far more is no data set."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

MAX_RATIO = 200
ALWAYS_ALLOWED = 64 * 2**20


def most_unpacked(packed: int) -> int:
    """Bytes that a file of so many bytes may unpack to."""
    return max(ALWAYS_ALLOWED, MAX_RATIO * packed)


def unpacked_bytes(array: pa.Array) -> int:
    """Bytes of an Arrow array once every value stands by itself, where a value that recurs is kept once."""
    if pa.types.is_dictionary(array.type):
        lengths = pc.take(pc.binary_length(array.dictionary), array.indices)
        return int(pc.sum(lengths).as_py() or 0)
    if pa.types.is_struct(array.type):
        return sum(map(unpacked_bytes, array.flatten()))
    if pa.types.is_nested(array.type) and not pa.types.is_union(array.type):
        return unpacked_bytes(array.flatten() if not pa.types.is_map(array.type) else _entries(array))
    return int(array.nbytes)


def _entries(array: pa.Array) -> pa.Array:
    return pa.StructArray.from_arrays([array.keys, array.items], ["key", "value"])
