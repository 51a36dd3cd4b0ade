"""What sets have in common that are translations of the same originals."""

from __future__ import annotations

import pytest

from stepstone.catalogue.originals import original_name
from stepstone.core.errors import UserError
from stepstone.core.example import TextExample
from stepstone.data.common import find_common, find_originals


def told(*names: str, labels: str = "") -> list[TextExample]:
    return [
        TextExample(name, f"text {name}", "", label, name) for name, label in zip(names, labels or names, strict=True)
    ]


def test_originals_are_found_along_a_line_of_translations() -> None:
    originals = told("x", "y", "z")
    middle = [
        TextExample(f"{place}@{original_name(one.texts.values())}", one.text, "", one.label, "")
        for place, one in enumerate(originals[::-1])
    ]
    last = [TextExample(one.id, "t", "", one.label, "") for one in middle[1:]]
    assert find_originals([last, middle, originals], ["id", "text"]) == {middle[1].id: "y", middle[2].id: "x"}


def test_what_has_no_original_or_another_label_is_in_no_pair() -> None:
    translations = told("a", "b", "q", labels="axq")
    assert find_originals([translations, told("a", "b", "c")], ["id"]) == {"a": "a"}


def test_only_what_all_have_is_common_and_each_loss_is_counted_once() -> None:
    found = find_common(["a", "b", "c", "d"], {"en": "abcd", "ja": "abd", "de": "ab"})
    assert found.ids == ("a", "b") and found.lost == {"ja": 1, "de": 1}


def test_sets_paired_by_place_are_of_one_length() -> None:
    with pytest.raises(UserError, match="1 translations for 2 originals"):
        find_originals([told("a"), told("a", "b")], ["place"])
