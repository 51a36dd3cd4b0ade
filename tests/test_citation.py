"""CITATION.cff names this version, and the licence that the package has."""

from __future__ import annotations

import tomllib
from pathlib import Path

import yaml

import stepstone

ROOT = Path(__file__).resolve().parent.parent


def test_what_is_cited_is_this_version() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cited["cff-version"] == "1.2.0" and cited["type"] == "software"
    assert cited["version"] == stepstone.__version__
    assert cited["license"] == project["license"]
    assert cited["authors"] == [{"name": "The Stepstone authors"}]
    assert project["authors"] == project["maintainers"] == cited["authors"]
    assert cited["message"] and cited["title"].lower() == project["name"]
