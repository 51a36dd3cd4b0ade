"""A study by batch jobs, of which one is asked to save in the midst of its training: the bits of the local launcher."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from stepstone import Study, plan, run
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.launchers.launcher import Event
from stepstone.launchers.local import Local
from stepstone.launchers.slurm import Slurm
from stepstone.launchers.slurm_options import SlurmOptions
from stepstone.store.store import Store
from whole_study import STUDY, results_of

pytestmark = pytest.mark.trains


class Warned(Slurm):
    """Every job is warned of its time limit once, at the first step that it reports."""

    def __init__(self, state: Path, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self.state, self.warned = state, set[str]()

    def wait(self, seconds: float) -> list[Event]:
        events = super().wait(seconds)
        for event in events:
            if event.event == "progress" and event.job not in self.warned and event.job in self._jobs:
                self.warned.add(event.job)
                with suppress(ProcessLookupError):
                    os.kill(int((self.state / f"{self._jobs[event.job].number}.pid").read_text()), signal.SIGUSR1)
        return events


def test_jobs_that_are_cut_by_their_time_limit_give_the_bits_of_one_worker(
    finished, tmp_path, lab_cache, cluster
) -> None:
    head, _, rest = STUDY.partition("[intermediate.nli]")
    (tmp_path / "killed.toml").write_text(head + rest[rest.index("[target.xnli]") : rest.index("[target.xquad]")])
    planned = plan(Study.load(tmp_path / "killed.toml"), Place(cache=lab_cache))
    store = Store(tmp_path / "store")
    cores = Local(1, tmp_path).num_threads(1)
    launcher = Warned(cluster, 1, store.root / "logs", SlurmOptions(cpus=cores))
    outcome = run(planned, store, launcher, Runtime(device="cpu", save_seconds=0.05, save_share=1))
    assert outcome.exit_status == 0 and launcher.warned
    expected = results_of(finished / "store")
    assert results_of(store.root) == {label: expected[label] for label in results_of(store.root)}
