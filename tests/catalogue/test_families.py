"""A family is one declaration and one module of tensors; nobody else asks for one by its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import stepstone
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.data.load import load_examples
from stepstone.scoring.definitions import definitions

ROOT = Path(stepstone.__file__).parent
# Where a family's name is its own: the declarations, and the modules that are found by it. XTREME's groups of tasks
# have names of their own that happen to be the same.
# What transformers lacks for an architecture is a fact about it.
OWN_ROOMS = ("catalogue/families", "catalogue/encoders.py", "families", "lab/stand_ins", "scoring/xtreme.py")


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILT_IN.families())
def test_a_declaration_and_its_tensors_have_one_name(name: str) -> None:
    from stepstone.families.family import ScoredFamily, TrainedFamily, find_family  # opens torch, for this test alone

    declared, family = BUILT_IN.family(name), find_family(BUILT_IN.family(name))
    assert declared.name == family.name == name
    assert declared.is_trained == isinstance(family, TrainedFamily)
    assert declared.is_labelled == isinstance(family, ScoredFamily)
    assert bool(declared.usage) == (declared.auto_class is not None)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(cache=tmp_path_factory.mktemp("cache"), lab_seed=1)


@pytest.mark.parametrize(
    "name",
    [
        "copa",
        "jcola",
        "xquad",
        "tatoeba",
        "mewslix",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("jsts", "udpos", "bucc2018")),
    ],
)
def test_examples_are_of_the_declared_class(name: str, lab: Place) -> None:
    task = BUILT_IN.task(name)
    split = "dev" if "dev" in task.languages else "test"
    (example, *_) = load_examples(task, split, task.languages[split][0], lab)
    assert type(example) is BUILT_IN.family(task.family).example


@pytest.mark.parametrize("name", BUILT_IN.families())
def test_what_an_own_task_is_scored_by_exists(name: str) -> None:
    fields = BUILT_IN.family(name).own
    for metric, definition in fields.metrics.items() if fields else ():
        assert definition in definitions(metric)
    for task in fields.suggestion.tasks.values() if fields else ():
        assert BUILT_IN.task(task)


def test_an_unknown_family_has_a_nearest_name() -> None:
    with pytest.raises(UserError, match='no family is called "spam"'):
        BUILT_IN.family("spam")


@pytest.mark.slow
def test_no_other_module_compares_a_familys_name() -> None:
    names = set(BUILT_IN.families())
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted(ROOT.rglob("*.py"))
        if not str(path.relative_to(ROOT)).startswith(OWN_ROOMS)
        for line in _asks(ast.parse(path.read_text(encoding="utf-8")), names)
    ]
    assert not found


def _asks(tree: ast.AST, names: set[str]) -> Iterator[int]:
    """Lines on which one of the names is compared, or two of them are keys or members of one collection."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            parts = [item for side in (node.left, *node.comparators) for item in ast.walk(side)]
            if _named(parts, names) and any(
                isinstance(item, ast.Attribute) and item.attr == "family" for item in parts
            ):
                yield node.lineno
        elif (isinstance(node, ast.Dict) and len(_named(node.keys, names)) > 1) or (
            isinstance(node, ast.Tuple | ast.List | ast.Set) and len(_named(node.elts, names)) > 1
        ):
            yield node.lineno


def _named(nodes: list[ast.expr] | list[ast.AST] | list[ast.expr | None], names: set[str]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and node.value in names]
