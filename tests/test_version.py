"""The version stands in one place, `stepstone.core.version`, and everything else reads it there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import stepstone

ROOT = Path(__file__).resolve().parent.parent


def test_the_package_is_built_with_the_version_of_the_code() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in table["project"] and "version" in table["project"]["dynamic"]
    assert table["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "stepstone.core.version.__version__"}
    assert re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc|\.dev)\d+)?", stepstone.__version__)


@pytest.mark.slow
def test_records_carry_the_version_of_the_code_and_not_of_an_older_installation() -> None:
    from stepstone.stages.job import JobRunner  # opens torch

    assert JobRunner(print).provenance["stepstone"] == stepstone.__version__
