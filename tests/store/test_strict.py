"""JSON that somebody else may have written is read once, and what no table takes is refused."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from stepstone.store import strict
from stepstone.store.strict import IntegrityError, parse_json, read_regular

DIGEST = "97" + "1" * 62  # as some digests do, it begins as a number of more than 64 bits would


def test_digests_that_hold_many_digits_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    loads = json.loads
    monkeypatch.setattr(strict.json, "loads", lambda *given, **more: calls.append(given) or loads(*given, **more))
    assert parse_json(f'{{"{DIGEST}": ["{DIGEST}", 1600000000000000000]}}'.encode()) == {DIGEST: [DIGEST, 16 * 10**17]}
    assert len(calls) == 1


@pytest.mark.parametrize("number", [2**63, -(2**63), 10**30, 2**64 - 1])
def test_a_whole_number_of_more_than_64_bits_is_refused_wherever_it_stands(number: int) -> None:
    for content in (number, [DIGEST, number], {"a": {"b": number}}, [0.5, number, DIGEST]):
        with pytest.raises(IntegrityError):
            parse_json(json.dumps(content).encode())


@pytest.mark.parametrize("found", [2**63 - 1, 1 - 2**63, 1e30, [0.12345678901234567890123]])
def test_numbers_that_tables_take_are_read(found: Any) -> None:
    assert parse_json(json.dumps(found).encode()) == found


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\uD800"'])
def test_half_of_a_character_is_refused(text: str) -> None:
    with pytest.raises(IntegrityError):
        parse_json(text.encode())


def test_reading_a_small_file_takes_no_more_memory_than_it_has_however_large_it_might_be(tmp_path: Path) -> None:
    path = tmp_path / "note"
    path.write_bytes(b"x" * 1000)
    tracemalloc.start()
    assert read_regular(path, 2**30) == b"x" * 1000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1e6
