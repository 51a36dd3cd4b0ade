"""Declarations are found by the name of their file, cheaply, and a wrong name gets the nearest right one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError


def test_a_task_is_its_file() -> None:
    assert BUILT_IN.task("xnli").name == "xnli"
    assert BUILT_IN.task("xnli") is BUILT_IN.task("xnli")


@pytest.mark.parametrize(
    ("find", "name", "hint"),
    [
        (BUILT_IN.task, "xnly", 'did you mean "xnli"'),
        (BUILT_IN.task, "tatoebba", 'did you mean "tatoeba"'),
        (BUILT_IN.benchmark, "extreme", 'did you mean "xtreme"'),
        (BUILT_IN.model, "mmbert", 'did you mean "mmbert-base" or "mmbert-small"'),
        (BUILT_IN.model, "XLM-R", 'did you mean "xlm-roberta-base" or '),
        (BUILT_IN.model, "bert-base-multilingual-cased", 'that repository is called "mbert" here'),
        (BUILT_IN.model, "jhu-clsp/mmbert-base", 'that repository is called "mmbert-base" here'),
        (BUILT_IN.model, "xlm-roberta-bass", 'did you mean "xlm-roberta-base"'),
        (BUILT_IN.model, "rembert", r"give a table: \[model.rembert\] hub"),
        (BUILT_IN.task, "rows", "known: "),
    ],
)
def test_a_wrong_name_is_told_with_the_nearest(find: object, name: str, hint: str) -> None:
    with pytest.raises(UserError, match=hint):
        find(name)  # type: ignore[operator]


def test_benchmarks_are_named_as_people_write_them() -> None:
    assert BUILT_IN.benchmark("xtreme-mr").name == "xtreme-mr"
    assert set(BUILT_IN.benchmarks()) >= {"jglue", "xtreme", "xtreme-mr", "xtreme-r"}


@pytest.mark.slow
def test_looking_up_imports_no_heavy_library() -> None:
    heavy = ("torch", "transformers", "datasets", "pandas", "pyarrow", "numpy")
    code = (
        "import sys; from stepstone.catalogue.catalogue import BUILT_IN;"
        "[BUILT_IN.task(name) for name in BUILT_IN.tasks()]; BUILT_IN.models();"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
