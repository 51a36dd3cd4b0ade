"""Names of files: no two things share one, none leads elsewhere, none is too long, and what can stay as it is does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepstone.core.filename import MAX_BYTES, file_names

things = st.lists(st.lists(st.text(max_size=120), min_size=1, max_size=3).map(tuple), max_size=8)


@pytest.mark.slow
@given(things)
def test_names_are_as_many_as_things_whatever_these_are_called(given: list[tuple[str, ...]]) -> None:
    names = file_names(given)
    assert len({name.casefold() for name in names}) == len(set(given))
    assert all(len(name.encode()) <= MAX_BYTES + 9 for name in names)
    assert not any(sign in name for name in names for sign in "/\\|<>:\0\n *?\"'")
    assert dict(zip(given, names, strict=True)) == dict(zip(reversed(given), reversed(names), strict=True))


def test_parts_that_are_joined_alike_are_told_apart() -> None:
    first, second = file_names([("gain", "a_b", "c"), ("gain", "a", "b_c")])
    assert first != second and file_names([("gain", "a_b", "c")]) == ["gain_a_b_c"]


def test_letters_that_some_file_systems_take_for_one_are_told_apart() -> None:
    first, second = file_names([("\N{ANGSTROM SIGN}",), ("\N{LATIN SMALL LETTER A WITH RING ABOVE}",)])
    assert first[1:] != second[1:] and "-" in first and "-" in second
