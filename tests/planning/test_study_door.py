"""Definitions, numbers of examples, titles and questions of a study file: it is planned, or there is one UserError."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.planning.plan import plan
from stepstone.planning.preflight import check_data

TEXTS = ["", " ", "[/x]", "\x1b[31m", "a/b", "日本語", "{language}", "x" * 300]
ODD: list[Any] = [*TEXTS, 0, -1, 1, 10**30, True, 0.5, [], {}, None]


def study_of(folder: Path, **changes: Any) -> dict[str, Any]:
    rows = "text,label\n" + "".join(f"row {row},{'yes' if row % 2 else 'no'}\n" for row in range(8))
    (folder / "rows.csv").write_text(rows, encoding="utf-8")
    files = {split: {"en": str(folder / "rows.csv")} for split in ("train", "dev", "test")}
    task = {"family": "classification", "labels": ["yes", "no"], "files": files}
    return {
        "name": "door",
        "question": changes.get("question", "why?"),
        "models": ["m"],
        "model": {"m": {"hub": "a/b", "revision": "0a1b2c"}},
        "task": {"mine": {**task, **changes.get("task", {})}},
        "intermediate": {"stone": {"tasks": {"en": "mine"}, **changes.get("stone", {})}},
        "target": {"mine": changes.get("target", {})},
    }


def enter(folder: Path, **changes: Any) -> str:
    """What is said of a study: nothing where it is planned; only UserError leaves."""
    try:
        planned = plan(Study.parse(study_of(folder, **changes)), Place(cache=folder / "cache", use_hub=False))
        check_data(planned, planned.stages)
    except UserError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_definitions(tmp_path: Path, odd: Any) -> None:
    for key, changes in (
        ("task.mine", {"task": {"definition": odd}}),
        ("target.mine", {"target": {"definition": odd}}),
    ):
        said = enter(tmp_path, **changes)
        assert (not said) if odd in (None, "") else f"{key}.definition" in said


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_numbers_of_examples(tmp_path: Path, odd: Any) -> None:
    for key, name in (("intermediate.stone", "stone"), ("target.mine", "target")):
        said = enter(tmp_path, **{name: {"num_examples": odd}})
        assert (not said) if odd is None or (odd == 1 and odd is not True) else f"{key}.num_examples" in said


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_titles_and_questions(tmp_path: Path, odd: Any) -> None:
    for key, changes in (("task.mine.title", {"task": {"title": odd}}), ("question", {"question": odd})):
        said = enter(tmp_path, **changes)
        assert (not said) if isinstance(odd, str) else key in said


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_at_most(tmp_path: Path, odd: Any) -> None:
    said = enter(tmp_path, stone={"num_examples": 100, "at_most": odd})
    assert (not said) if odd is True or odd == 1 else "intermediate.stone" in said
