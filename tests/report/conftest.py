"""A small lab study and the same study on real data, reported once for all tests."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from invented import data, fill, make_plan, place, store  # noqa: F401
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.compare import Comparison, compare
from stepstone.evidence.frame import collect
from stepstone.planning.plan import Plan


@dataclass(frozen=True, eq=False)
class Case:
    """A synthetic study, collected and compared; like no other, so that what is made of it can be kept by it."""

    plan: Plan
    frame: pd.DataFrame
    comparison: Comparison


def _load() -> ModuleType:
    name = "stepstone_tests_synthetic"
    if name not in sys.modules:
        path = Path(__file__).parent.parent / "evidence" / "synthetic.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def helps_far(model: str, condition: str, target: str, language: str) -> float:
    """English helps all a little; Japanese helps ja and ko much and harms the others on xnli."""
    far = language in ("ja", "ko")
    if target == "tatoeba" or condition == "none":
        return 0.0
    return 0.05 if condition == "mnli.en" else 0.14 if far else -0.09


@pytest.fixture(scope="session")
def make_case(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Case]:
    synthetic = _load()

    def make(skip: Callable[[Any], bool] = lambda cell: False, **changes: Any) -> Case:
        world = synthetic.World(**{"effect": helps_far, "num_examples": 300, **changes})
        plan, filled = synthetic.make(tmp_path_factory.mktemp("case"), world, skip)
        frame = collect(plan, filled)
        return Case(plan, frame, compare(frame, plan.study, Settings(num_resamples=300, num_permutations=999)))

    return make


@pytest.fixture(scope="session")
def lab_case(make_case: Callable[..., Case]) -> Case:
    """Two models and two targets of the lab; one cell of the larger model is missing, one run is degenerate."""

    def rewrite(cell: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        stuck = (cell.model, cell.condition, cell.target, cell.seed) == ("small", "mnli.en", "tatoeba", 2)
        return [{**row, "prediction": "neutral"} for row in rows] if stuck else rows

    def skip(cell: Any) -> bool:
        wanted = (cell.model, cell.condition, cell.target, cell.language, cell.seed)
        return wanted[:4] == ("large", "mnli.ja", "xnli", "ko")

    models = {"small": 1_100_000, "large": 17_000_000}
    return make_case(skip, models=models, targets=("xnli", "tatoeba"), lab=True, rewrite=rewrite)


@pytest.fixture(scope="session")
def real_case(make_case: Callable[..., Case]) -> Case:
    """One model and one target of real data, one seed."""
    return make_case(seeds=(1,))
