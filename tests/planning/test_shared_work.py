"""What models and seeds of a study share is worked out once for all of them."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

import pytest

from stepstone.catalogue import catalogue, declared
from stepstone.core.condition import Condition
from stepstone.core.kinds import kind_of
from stepstone.core.study import Study
from stepstone.planning.plan import plan
from stepstone.store import record


def planned(monkeypatch: pytest.MonkeyPatch, models: list[str], seeds: list[int]) -> tuple[int, int, int]:
    """Stages; how often a condition is put in a setting, and the group of a language is looked up, for all of them."""
    calls = {"under": 0, "group_of": 0}

    def counted(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def call(self: Any, given: Any) -> Any:
            calls[name] += 1
            return real(self, given)

        monkeypatch.setattr(owner, name, call)

    counted(Condition, "under")
    counted(Study, "group_of")
    intermediate = {"nli": {"tasks": {"en": "xnli", "ja": "xnli"}}}
    table = {"name": "s", "models": models, "seeds": seeds, "lab": {}, "languages": ["en", "de"]}
    found = plan(Study.parse({**table, "intermediate": intermediate, "target": {"xnli": {}}}))
    return len(found.stages), calls["under"], calls["group_of"]


def test_more_seeds_and_models_place_no_condition_and_group_no_language_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        few = planned(patch, ["lab-nano"], [1])
    with monkeypatch.context() as patch:
        many = planned(patch, ["lab-nano", "lab-mini"], [1, 2, 3])
    assert many[0] > 5 * few[0] and many[1:] == few[1:]


def test_installed_packages_are_looked_through_once_for_all_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(declared, "entry_points", lambda **which: asked.append(which) or entry_points(**which))
    catalogue._installed.cache_clear()
    for kind in ("task", "model", "family", "ladder"):
        assert catalogue.declared(kind)
    assert len(asked) == 1


def test_a_kind_that_was_found_is_not_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    found = kind_of("evaluate")
    monkeypatch.setattr("stepstone.core.kinds.kinds", lambda: pytest.fail("all kinds are walked through"))
    assert found is not None and kind_of("evaluate") is found and record.kind_of is kind_of


def test_what_is_no_kind_is_none() -> None:
    assert kind_of("nothing") is None
