"""The page of the study file is what its fields say: every key of every table, with a sentence and a right example."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, get_args

import pytest
from pydantic import TypeAdapter

from stepstone.core.study import Study
from stepstone.core.value import Value
from stepstone.report import study_reference as reference

PAGE = Path(__file__).parents[2] / "docs" / "study_file.md"


# What a type of TOML is called; values that are listed one by one stand in code.
_WORDS = {
    str: ("text", "`"),
    int: ("number", "`"),
    float: ("number", "`"),
    bool: ("true or false",),
    list: ("list",),
    dict: ("table",),
}


def test_the_page_is_what_the_fields_say() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == reference.page(), f"a field of the study file changed: run `{reference.COMMAND}`"


@pytest.mark.parametrize(("path", "kind"), reference.SECTIONS.items(), ids=lambda value: str(value))
def test_every_key_has_a_sentence_and_an_example_that_is_right(path: str, kind: type[Value]) -> None:
    uses = list(reference._uses(path))
    text = PAGE.read_text(encoding="utf-8").split(f"## {reference._title(path)}\n")[1].split("\n## ")[0]
    said = {line.split("`")[1]: line for line in text.splitlines() if line.startswith("| `")}
    for name, field in kind.model_fields.items():
        if name not in said:
            continue
        assert field.description, f"[{path}] {name} has no description"
        example = tomllib.loads(reference.example(name, kind, uses))
        assert example[name] not in ("", [], {}), f"[{path}] {name}: an empty example shows nothing"
        TypeAdapter(Annotated[field.annotation, field]).validate_python(example[name])
        assert f"`{name} = " in said[name]
        of = said[name].split(" | ")[1]
        assert any(word in of for word in _WORDS[type(example[name])]), f"[{path}] {name} is no {of}: {example[name]}"
    unsaid = reference._UNSAID.get(path, set()) | reference._same(kind, reference.Recipe)
    assert set(kind.model_fields) - set(said) == unsaid & set(kind.model_fields)


def test_every_table_of_a_study_has_a_section() -> None:
    known, seen = set(reference.SECTIONS.values()), set()

    def walk(annotation: object) -> None:
        if isinstance(annotation, type) and issubclass(annotation, Value) and annotation not in seen:
            seen.add(annotation)
            for field in annotation.model_fields.values():
                walk(field.annotation)
        for part in get_args(annotation):
            walk(part)

    walk(Study)
    # A probe of pairs has the fields of one of texts; hops hold portions, and a table of a study is neither.
    assert {kind.__name__ for kind in seen - known} == {"Trained", "PairProbe"}
