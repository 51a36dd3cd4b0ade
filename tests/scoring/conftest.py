"""Case files, our own and those of the official scorers' results: numbers, tolerance, and how ours are compared."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from stepstone.scoring.errors import OfficialFailure

OWN = Path(__file__).parent / "golden" / "kits"


class Kit:
    """One case file; a test checks its cases and then asserts that all agreed."""

    def __init__(self, path: Path, source: str) -> None:
        self.source = source
        self.data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        self.name = path.stem
        self.num_cases = 0
        self.failures: list[str] = []

    @property
    def num_listed(self) -> int:
        """Cases that the file lists, whole data sets among them."""
        lists = [self.data.get(name, ()) for name in ("cases", "corpora", "error_cases", "end_to_end")]
        return sum(map(len, [*lists, self.data.get("threshold_search", {}).get("cases", ())]))

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def outcome(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """A result, or the official name of the failure in the shape that the files use."""
        try:
            return function(*arguments)
        except OfficialFailure as failure:
            return {"error": failure.official}

    def check(self, name: str, ours: Any, expected: Any, tolerance: float | None = None) -> None:
        """Count a case; every number of `expected` must be on our side."""
        self.num_cases += 1
        if not agree(ours, expected, self.data["tolerance"] if tolerance is None else tolerance):
            self.failures.append(f"{name}: {str(ours)[:400]} is not {str(expected)[:400]}")

    def finish(self) -> None:
        """Assert that all cases of the file were checked and agreed."""
        FINISHED.append(self)
        assert self.num_cases >= len(self.data["cases"])
        assert not self.failures, "\n".join(self.failures[:20])


FINISHED: list[Kit] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """With -v, a line per case file: its cases, the numbers compared, how many agree, the tolerance."""
    if not FINISHED or terminalreporter.verbosity < 1:
        return
    terminalreporter.section("parity with numbers of our own and of the official scorers")
    terminalreporter.write_line(f"{'file':22}{'whose':10}{'cases':>7}{'compared':>10}{'agree':>7}  tolerance")
    for kit in sorted(FINISHED, key=lambda kit: (kit.source, kit.name)):
        num_agreeing = kit.num_cases - len(kit.failures)
        sizes = f"{kit.num_listed:>7}{kit.num_cases:>10}{num_agreeing:>7}"
        terminalreporter.write_line(f"{kit.name:22}{kit.source:10}{sizes}  {kit.data['tolerance']}")


def agree(ours: Any, expected: Any, tolerance: float) -> bool:
    """Equal up to the tolerance; errors agree by the official exception's name."""
    if isinstance(expected, Mapping):
        if "error" in expected:
            return isinstance(ours, Mapping) and expected["error"].split(":")[0] == ours.get("error")
        if "nonfinite" in expected:
            return math.isnan(ours)
        return isinstance(ours, Mapping) and all(
            key in ours and agree(ours[key], value, tolerance) for key, value in expected.items()
        )
    if isinstance(expected, list | tuple):
        return len(ours) == len(expected) and all(
            agree(left, right, tolerance) for left, right in zip(ours, expected, strict=True)
        )
    if isinstance(expected, float):
        return ours == pytest.approx(expected, abs=tolerance, rel=tolerance)
    return ours == expected


@pytest.fixture(params=["own", "official"])
def kit(request: pytest.FixtureRequest) -> Callable[[str], Kit]:
    """Open a case file by name: ours, computed by hand, or that of the official scorers' results, or skip."""
    own = request.param == "own"
    folder = OWN if own else request.getfixturevalue("shared_golden")

    def open_kit(name: str) -> Kit:
        path = folder / f"{name}.json"
        if not own and not path.exists():
            pytest.skip(f"{path} is not there")
        return Kit(path, request.param)

    return open_kit
