"""Where somebody types, a line says how far a run is; nothing of IPython is needed for that, and scripts only log."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from stepstone.launchers.launcher import Event
from stepstone.pipeline.jobs import make_jobs
from stepstone.pipeline.lines import Lines
from stepstone.pipeline.notebook import WIDTH, NotebookProgress, show_over, watch_here
from stepstone.pipeline.pace import Pace
from stepstone.pipeline.progress import Board, Watch
from stepstone.planning.plan import Plan

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _nobody_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "IPython", None)
    monkeypatch.delattr(sys, "ps1", raising=False)


def seen(planned: Plan, watch: Watch) -> int:
    """Run all of a plan but for the work; returns how many stages it has."""
    stages = {key: stage for key, stage in planned.stages.items() if not stage.is_encoder}
    board = Board(dict(stages), [], 1, Pace())
    watch.begin(board)
    for number, job in enumerate(make_jobs(planned.stages, set(stages))):
        board.start(job)
        watch.started(board.running[job.id])
        board.hear(Event("start", job.id, job.id, f"{job.label}{SCRIPT if number == 0 else ''}\x1b[31m"))
        watch.looked = -1e9  # type: ignore[attr-defined]
        watch.tick()
        for stage in job.stages:
            board.hear(Event("done", job.id, stage.key, stage.label, seconds=1.0))
        watch.ended(board.end(job))
    watch.close()
    return len(stages)


def test_a_script_only_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert type(watch_here()) is Lines
    # Loaded, as by a library that a script imports, but not what runs here.
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert type(watch_here()) is Lines


def test_where_python_is_typed_one_line_is_written_over(
    make_plan: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    num = seen(make_plan(seeds=[1]), watch_here())
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and "\x1b" not in out
    first, *lines = out.removesuffix("\n").split("\r")
    assert first == "" and {len(line) for line in lines} == {WIDTH}
    assert lines[0].startswith(f"0 of {num} stages done, time left: not measured yet")
    assert "; alpha/nli.en/s1" in out and lines[-1].strip() == f"{num} of {num} stages done"


def test_a_longer_line_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    show_over("x" * 500)
    assert capsys.readouterr().out == f"\r{'x' * (WIDTH - 1)}…"


def test_a_notebook_shows_the_line_in_one_place_as_plain_text(make_plan: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []

    def display(data: Any, raw: bool, display_id: bool) -> Any:
        assert raw and display_id and not shown, "one place, made once"
        shown.append(data)
        return SimpleNamespace(update=lambda data, raw: shown.append(data))

    shell = SimpleNamespace(kernel=object())
    notebook = SimpleNamespace(get_ipython=lambda: shell, display=SimpleNamespace(display=display))
    monkeypatch.setitem(sys.modules, "IPython", notebook)
    num = seen(make_plan(seeds=[1]), watch_here())
    assert {tuple(data) for data in shown} == {("text/plain",)}
    texts = [data["text/plain"] for data in shown]
    assert any(SCRIPT in text for text in texts) and not any("\x1b" in text or "\n" in text for text in texts)
    assert texts[-1] == f"{num} of {num} stages done"


def test_nothing_is_shown_where_nothing_is_left_to_do() -> None:
    shown: list[str] = []
    watch = NotebookProgress(shown.append)
    watch.begin(Board({}, [], 1, Pace()))
    watch.close()
    assert shown == []
