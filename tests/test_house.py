"""The figures of the structure: each limit is noticed where it is broken; `make check` holds the code to them."""

from __future__ import annotations

import re
import sys
from collections import Counter
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "benchmarks" / "house.py"
LAYERS = """
[[tool.importlinter.contracts]]
type = "layers"
layers = ["stepstone.top", "stepstone.left : stepstone.right", "stepstone.low"]
"""


@pytest.fixture(scope="module")
def house() -> ModuleType:
    spec = spec_from_file_location("house", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["house"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def build(tmp_path: Path, house: ModuleType, capsys: pytest.CaptureFixture[str]):
    """Build a package of these files; the exit status and what is printed."""

    def make(**files: str) -> tuple[int, str]:
        (tmp_path / "pyproject.toml").write_text(LAYERS, encoding="utf-8")
        for name, text in {"low": "def one():\n    return 1\n", **files}.items():
            path = tmp_path / "src" / "stepstone" / name.replace("_", "/") / "__init__.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return house.main(tmp_path), capsys.readouterr().out

    return make


def test_imports_downwards_are_no_mistake(build) -> None:
    status, told = build(top="from stepstone.low import one\nimport stepstone.left\n", left="from ..low import one\n")
    assert status == 0
    assert "low 1, left 1" in told or "left 1, low 1" in told


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ({"low": "def one():\n    from stepstone import top\n", "top": ""}, "upwards: stepstone.low -> stepstone.top"),
        (
            {"left": "import stepstone.right\n", "right": "from .. import left\n"},
            "circle: stepstone.left -> stepstone.right -> stepstone.left",
        ),
        ({"low_one": "from . import two\n", "low_two": "from .. import one\n"}, "no circle"),
        (
            {"low_a": "from stepstone.low import b\n", "low_b": "from stepstone.low.a import c\n"},
            "circle: stepstone.low.a",
        ),
        ({"top": "x = 1\n" * 301}, "stepstone.top has 301 lines"),
        ({"low": "def one():\n" + "    x = 1\n" * 10}, "the median function has 11 lines"),
        (
            {"left": "class Score: ...\n", "top": "Score = dict[str, float]\n"},
            "Score is defined in stepstone.left and in stepstone.top",
        ),
        (
            {"core": "def find(): ...\n", "top": "def find(): ...\n"},
            "find is defined in stepstone.core and in stepstone.top",
        ),
        ({"left": "class _Own: ...\ndef run(): ...\n", "right": "class _Own: ...\ndef run(): ...\n"}, "no circle"),
    ],
    ids=[
        "upwards",
        "rooms in a circle",
        "names beside",
        "modules in a circle",
        "long module",
        "long functions",
        "class of two meanings",
        "function of two meanings",
        "what is its module's own",
    ],
)
def test_each_limit_is_noticed(build, files: dict[str, str], line: str) -> None:
    status, told = build(**files)
    assert line in told and status == int(not line.startswith("no "))


def test_imports_for_types_alone_close_no_circle(build) -> None:
    guarded = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import stepstone.right\n"
    assert build(left=guarded, right="import stepstone.left\n")[0] == 0


def test_what_tests_alone_need_stands_in_the_tests() -> None:
    """Every public function and class is named again in the package, or in the docs; a verb's name ends with `_`."""
    root = SCRIPT.parent.parent
    code = "\n".join(path.read_text(encoding="utf-8") for path in (root / "src").rglob("*.py"))
    shown = "\n".join(path.read_text(encoding="utf-8") for path in (root / "docs").glob("*.md"))
    named = Counter(re.findall(r"\w+", code + shown))
    defined = re.findall(r"^(?:def|class) ([a-zA-Z]\w*[a-zA-Z0-9])\b", code, re.MULTILINE)
    assert len(defined) > 1000
    assert not [name for name in defined if named[name] == 1]
