"""The notebook of docs/: whole JSON without outputs, and its cells run, one after the other, as a person runs them."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path
from typing import Any

import pytest

from stepstone.core.shown import Shown

ROOT = Path(__file__).resolve().parent.parent
PAGE = json.loads((ROOT / "docs" / "notebook.ipynb").read_text(encoding="utf-8"))
CELLS = ["".join(cell["source"]) for cell in PAGE["cells"] if cell["cell_type"] == "code"]


def _run(cell: str, names: dict[str, Any]) -> Any:
    """Run a cell; returns its last expression, as a notebook shows it."""
    *body, last = ast.parse(cell).body
    if not isinstance(last, ast.Expr):
        body, last = [*body, last], None  # type: ignore[assignment]
    exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if last else None


def test_it_is_a_notebook_without_outputs_and_pages_lead_to_it() -> None:
    assert (PAGE["nbformat"], PAGE["metadata"]["kernelspec"]["language"]) == (4, "python")
    for cell in PAGE["cells"]:
        kinds = {"code": {"execution_count": None, "outputs": []}, "markdown": {}}
        more = {name: cell[name] for name in cell if name not in ("cell_type", "metadata", "source")}
        assert more == kinds[cell["cell_type"]] and cell["metadata"] == {}
        assert all(isinstance(line, str) for line in cell["source"])
    assert "(notebook.ipynb)" in (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    named = {name for cell in PAGE["cells"] for name in "".join(cell["source"]).split("`") if name.startswith("docs/")}
    assert named and all((ROOT / name).is_file() for name in named)


@pytest.mark.trains
def test_its_cells_run_and_show_what_they_are_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # One worker, for each opens torch anew.
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0}, raising=False)
    names: dict[str, Any] = {"__name__": "__main__"}
    shown = [_run(cell, names) for cell in CELLS]
    assert names["outcome"].exit_status == 0 and (names["frame"]["status"] == "done").all()
    forms = [value._repr_html_() for value in shown if isinstance(value, Shown)]
    assert len(forms) == 3 and "stages done" in forms[1] and "no intermediate task" in forms[2]
    frames = [value for value in shown if hasattr(value, "columns")]
    assert [len(frame) for frame in frames] == [8, len(names["comparison"].gains)] and shown[-1].is_file()
