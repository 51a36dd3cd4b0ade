"""JSON that somebody else may have written is read once, and what no table takes is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stepstone.store import strict
from stepstone.store.strict import Damage, parse_json

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
        with pytest.raises(Damage):
            parse_json(json.dumps(content).encode())


@pytest.mark.parametrize("found", [2**63 - 1, 1 - 2**63, 1e30, [0.12345678901234567890123]])
def test_numbers_that_tables_take_are_read(found: Any) -> None:
    assert parse_json(json.dumps(found).encode()) == found


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\uD800"'])
def test_half_of_a_character_is_refused(text: str) -> None:
    with pytest.raises(Damage):
        parse_json(text.encode())
