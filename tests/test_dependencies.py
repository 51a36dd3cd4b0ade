"""What the code imports is declared in pyproject.toml, and what is declared there is imported."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DEV = PROJECT["optional-dependencies"]["dev"]
# What a user who needs it installs; tests need all of it, but for what drives a browser.
FOR_TESTS = ("dev", "browser")
OPTIONAL = [
    name for extra, names in PROJECT["optional-dependencies"].items() if extra not in FOR_TESTS for name in names
]

# Clients of services: tests have stand-ins for them, and run them themselves only where they are installed.
SERVICES = ("mlflow", "ray", "trackio", "wandb")

# What a benchmark compares with, installed by hand, as its docstring says.
COMPARED = {"faiss", "sentence-transformers"}

# Where the name to import is not the name to install.
DISTRIBUTIONS = {"sklearn": "scikit-learn", "vl_convert": "vl-convert-python", "yaml": "pyyaml"}
# transformers reads the models of SentencePiece through it, where a repository has no tokenizer.json (mDeBERTa,
# Glot500); at least of the version that sentencepiece's own description of them was made by.
THROUGH_OTHERS = {"protobuf"}
# For development: run or found by other tools, and not imported.
COMMANDS = {"import-linter", "mypy", "pandas-stubs", "pytest-xdist", "ruff", "scipy-stubs"}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared(requirements: list[str]) -> set[str]:
    return {_plain(re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0]) for requirement in requirements}


def _modules(tree: ast.Module) -> Iterator[str]:
    """The top of every absolute import, those within functions and under TYPE_CHECKING among them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def _imported(*folders: Path) -> set[str]:
    """Distributions that the files of these folders import, neither Python's own nor the project's."""
    files = [path for folder in folders for path in folder.rglob("*.py")]
    assert files
    names = {name for path in files for name in _modules(ast.parse(path.read_text(encoding="utf-8"), str(path)))}
    return {_plain(DISTRIBUTIONS.get(name, name)) for name in names - {"stepstone"} - set(sys.stdlib_module_names)}


@pytest.mark.slow
def test_the_package_imports_what_it_declares_and_nothing_else() -> None:
    assert _imported(ROOT / "src") == _declared([*PROJECT["dependencies"], *OPTIONAL]) - THROUGH_OTHERS


@pytest.mark.slow
def test_tests_import_what_is_declared_for_them() -> None:
    folders = ROOT / "tests", ROOT / "benchmarks"
    own = {_plain(path.stem) for folder in folders for path in folder.iterdir()}
    by_hand = COMPARED | _declared(PROJECT["optional-dependencies"]["browser"])
    needed = _imported(*folders) - own - by_hand - _declared(PROJECT["dependencies"])
    assert needed - _declared(OPTIONAL) == _declared(DEV) - COMMANDS - _declared(OPTIONAL)
    assert _declared(OPTIONAL) - set(SERVICES) <= _declared(DEV)


@pytest.mark.parametrize(
    ("text", "modules"),
    [
        ("import a.b, c", ["a", "c"]),
        ("from d.e import f", ["d"]),
        ("from . import g\nfrom .h import i", []),
        ("def now():\n    import j", ["j"]),
    ],
)
def test_every_kind_of_import_is_seen(text: str, modules: list[str]) -> None:
    assert list(_modules(ast.parse(text))) == modules
