"""The reference page of the study file, made from the fields that read it and from the ready studies.

`python -m stepstone.report.study_reference docs/study_file.md` writes it anew.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stepstone.core.analysis import Power, Primary
from stepstone.core.arm import Merged, Portion
from stepstone.core.grid import Grid
from stepstone.core.intermediate import Intermediate
from stepstone.core.ladder import LadderEntry
from stepstone.core.mixing import Mixing
from stepstone.core.model import ModelEntry, ScratchModel
from stepstone.core.own import OwnTask
from stepstone.core.probes import Probes, TextProbe, TextSimilarity
from stepstone.core.ready import READY
from stepstone.core.recipe import PretrainRecipe, Recipe
from stepstone.core.selection_audit import SelectionAudit
from stepstone.core.study import Lab, LanguageEntry, Study
from stepstone.core.study_file import Extension
from stepstone.core.target import Target
from stepstone.core.toml import read_toml, toml_value
from stepstone.core.translator import TranslatorEntry
from stepstone.core.value import Value
from stepstone.report.markup import markdown_table

COMMAND = "python -m stepstone.report.study_reference docs/study_file.md"
LONGEST = 70  # characters of an example from a ready study

# Path in a study file -> the fields that it is read by; * stands for a name of one's own.
SECTIONS: dict[str, type[Value]] = {
    "": Study,
    " extension": Extension,
    "intermediate.*": Intermediate,
    "intermediate.*.mixing": Mixing,
    "intermediate.*.arms.* portion": Portion,
    "intermediate.*.arms.* merge": Merged,
    "target.*": Target,
    "recipe": Recipe,
    "grid": Grid,
    "model.*": ModelEntry,
    "model.*.scratch": ScratchModel,
    "model.*.scratch.pretraining": PretrainRecipe,
    "ladder.*": LadderEntry,
    "translator.*": TranslatorEntry,
    "task.*": OwnTask,
    "language.*": LanguageEntry,
    "lab": Lab,
    "primary": Primary,
    "power": Power,
    "probes": Probes,
    "probes.*": TextProbe,
    "probes.text_similarity": TextSimilarity,
    "selection_audit": SelectionAudit,
}
# Set by Stepstone itself, or the table's own name.
_UNSAID = {"": {"rehearsal_of"}, "intermediate.*": {"base"}, "model.*.scratch": {"name", "recipe"}}


def page() -> str:
    """The whole page as Markdown."""
    uses = {path: list(_uses(path)) for path in SECTIONS}
    index = ", ".join(f"[{_title(path)}](#{_anchor(path)})" for path in SECTIONS)
    parts = [
        "# The study file, key by key",
        f"Made from the fields that read a study, by `{COMMAND}`; a test compares the two. Examples are those of the "
        "ready studies (`stepstone list studies`) where one has the key. What is not required may be left out; a key "
        "that is not here is refused with the nearest that is. `*` stands for a name of your own.",
        index,
        *(_section(path, kind, uses[path]) for path, kind in SECTIONS.items()),
    ]
    return "\n\n".join(parts) + "\n"


def _section(path: str, kind: type[Value], uses: list[Mapping[str, Any]]) -> str:
    schema = kind.model_json_schema()
    skipped = _UNSAID.get(path, set()) | (set(Recipe.model_fields) & _same(kind, Recipe))
    rows = [
        (f"`{name}`", _type(field, schema), _default(name, kind), _bounds(field), field["description"], _example(one))
        for name, field in schema["properties"].items()
        if name not in skipped
        for one in [example(name, kind, uses)]
    ]
    about = " ".join(inspect.cleandoc(kind.__doc__ or "").split())
    if kind is not Recipe and issubclass(kind, Recipe):
        about += (
            " Keys of [[recipe]](#recipe) are keys of it, too; here are those that it has besides or by other defaults."
        )
    cells = markdown_table(("key", "type", "default", "bounds", "what it says", "example"), rows)
    return f"## {_title(path)}\n\n{about}\n\n{cells}"


def _same(kind: type[Value], base: type[Value]) -> set[str]:
    """The fields that a kind takes over from another as they are: they stand in that one's section."""
    if kind is base or not issubclass(kind, base):
        return set()
    return {name for name, field in base.model_fields.items() if repr(kind.model_fields[name]) == repr(field)}


def example(name: str, kind: type[Value], uses: Iterable[Mapping[str, Any]]) -> str:
    """A line as a study has it: the field's own example, the shortest of the ready studies, or its default."""
    field = kind.model_fields[name]
    used = sorted((use[name] for use in uses if name in use), key=_length)
    given = field.examples or [value for value in used if _length(value) <= LONGEST]
    if given:
        return f"{name} = {toml_value(given[0])}"
    default = field.get_default(call_default_factory=True)
    return f"{name} = {toml_value(default)}" if isinstance(default, str | int | float) else ""


def _length(value: Any) -> int:
    return len(toml_value(value))


def _example(line: str) -> str:
    return f"`{line}`" if line else ""


def _uses(path: str) -> Iterator[Mapping[str, Any]]:
    """The tables of ready studies that stand at a path; a recipe stands in several places."""
    place, _, form = path.partition(" ")
    for file in sorted(READY.rglob("*.toml")):
        study = read_toml(file)
        if path == "recipe":
            yield from _named(study, "recipe")
        elif form:
            tables = _found(study, place.split(".") if place else [])
            yield from (one for one in tables if (form == "merge") == ("merge" in one))
        else:
            yield from _found(study, place.split(".") if place else [])


def _found(value: Any, steps: list[str]) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _found(item, steps)
    elif isinstance(value, Mapping) and not steps:
        yield value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if steps[0] in ("*", name):
                yield from _found(item, steps[1:])


def _named(value: Any, wanted: str) -> Iterator[Mapping[str, Any]]:
    for name, item in value.items() if isinstance(value, Mapping) else ():
        if name == wanted and isinstance(item, Mapping):
            yield item
        yield from _named(item, wanted)


def _title(path: str) -> str:
    place, _, form = path.partition(" ")
    if not place:
        return "The top of the file" + (", of a study that extends another" if form else "")
    return f"[{place}]" + (f", a {form}" if form else "")


def _anchor(path: str) -> str:
    kept = (letter for letter in _title(path).lower().replace(" ", "-") if letter.isalnum() or letter in "-_")
    return "".join(kept)


def _default(name: str, kind: type[Value]) -> str:
    field = kind.model_fields[name]
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if default is None or isinstance(default, Value) or default in ((), {}, ""):
        return ""
    return f"`{toml_value(default)}`"


def _type(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """A JSON schema's type in words."""
    if "anyOf" in field:
        shown = dict.fromkeys(_type(one, schema) for one in field["anyOf"] if one.get("type") != "null")
        return " or ".join(shown)
    if "$ref" in field:
        return "table"
    if "enum" in field or "const" in field:
        return " or ".join(f"`{toml_value(value)}`" for value in field.get("enum", [field.get("const")]))
    if field.get("type") == "array":
        inner = [_type(one, schema) for one in field.get("prefixItems", ())] or [_type(field.get("items", {}), schema)]
        return f"list of {' and '.join(dict.fromkeys(inner))}" if inner != [""] else "list"
    if field.get("type") == "object":
        inner_type = _type(more, schema) if isinstance(more := field.get("additionalProperties"), Mapping) else ""
        shown_type = f"({inner_type})" if ": " in inner_type else inner_type
        return f"table: name = {shown_type}" if inner_type not in ("", "table") else "table"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    return words.get(str(field.get("type")), "")


_LIMITS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "minItems": "≥ {} {}",
    "maxItems": "≤ {} {}",
    "minLength": "≥ {} {}",
    "maxLength": "≤ {} {}",
    "pattern": "`{}`",
}


def _bounds(field: Mapping[str, Any]) -> str:
    parts = [field, *field.get("anyOf", ())]
    # A list that may be given as one text has its length as a text's.
    things = "items" if any(part.get("type") == "array" for part in parts) else "characters"
    found = (form.format(part[name], things) for part in parts for name, form in _LIMITS.items() if name in part)
    return ", ".join(dict.fromkeys(found))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
