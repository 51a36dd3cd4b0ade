"""What a study file may say: each kind of odd value is refused with its key, before anything is planned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stepstone.core.errors import UserError
from stepstone.core.home import expanded
from stepstone.core.study import Study

MODEL = {"hub": "a/b", "revision": "0a1b2c"}
TABLE: dict[str, Any] = {"name": "s", "models": ["m"], "model": {"m": MODEL}, "target": {"xnli": {}}}
LONG = "n" * 101

ODD: dict[str, tuple[dict[str, Any], str]] = {
    "a learning rate without end": ({"recipe": {"learning_rate": float("inf")}}, "recipe: learning_rate:"),
    "epochs without end": ({"target": {"xnli": {"recipe": {"num_epochs": float("inf")}}}}, "num_epochs:"),
    "a margin that is no number": ({"margin": float("nan")}, "margin:"),
    "no languages": ({"languages": []}, "languages:"),
    "a group called as the mean": ({"groups": {"all": ["en"]}}, 'groups.all: tables call means "all"'),
    "a group called as another mean": ({"groups": {"all tasks": ["en"]}}, "groups.all tasks:"),
    "a genus called as the mean": ({"language": {"qaa": {"genus": "all"}}}, "language.qaa.genus:"),
    "a group without a name": ({"groups": {"": ["en"]}}, "groups."),
    "an intermediate without a name": ({"intermediate": {"": {"tasks": {"en": "mnli"}}}}, "intermediate."),
    "an intermediate called by a blank": ({"intermediate": {" ": {"tasks": {"en": "mnli"}}}}, "intermediate. "),
    "a model without a name": ({"model": {"": MODEL, "m": MODEL}}, "model."),
    "a study with a long name": ({"name": LONG}, "name: String should have at most 100"),
    "a task with a long name": ({"task": {LONG: {"family": "tagging"}}}, f"task.{LONG}:"),
    "a label without a name": ({"task": {"own": {"family": "classification", "labels": ["a", " "]}}}, "has no name"),
    **{
        f"a repository {name}": ({"model": {"m": {**MODEL, "hub": name}}}, 'give OWNER/NAME, as in "FacebookAI/')
        for name in ("https://huggingface.co/a/b", "a//b", "a/../b", "a b/c", "./model", "a/b/c", "", "h\u00e9/b")
    },
}


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_value_is_refused_with_its_key(kind: str) -> None:
    change, words = ODD[kind]
    with pytest.raises(UserError) as caught:
        Study.parse({**TABLE, **change}, where="own.toml")
    assert str(caught.value).startswith("own.toml: the study has mistakes") and words in str(caught.value)


def test_what_was_given_is_shown_in_part_where_it_is_long() -> None:
    with pytest.raises(UserError) as caught:
        Study.parse({**TABLE, "name": "n" * 100_000})
    assert len(str(caught.value)) < 400


def test_a_file_that_nests_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f"question = {'[' * 5000}{']' * 5000}\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"own\.toml: holds lists in lists that are too deep"):
        Study.load(path)


def test_a_home_that_nobody_has_is_refused() -> None:
    with pytest.raises(UserError, match="~nobody-of-this-name/model: no home folder is known"):
        expanded("~nobody-of-this-name/model")
    assert expanded("model") == Path("model")
