"""Curves for Weights & Biases, online or, with WANDB_MODE=offline, in a folder that `wandb sync` sends later."""

from __future__ import annotations

import os
from pathlib import Path

import wandb

from stepstone.core.errors import UserError, first_line
from stepstone.trackers.tracker import project_name, run_name


class WeightsAndBiases:
    """A run of a project. Its own steps must rise, ours are those of many trainings: they are a column beside each."""

    def __init__(self, run: wandb.Run) -> None:
        self._run = run
        self.place = run.url or f"{Path(run.dir).parent} (send it with: wandb sync FOLDER)"
        run.define_metric("*", step_metric="step")

    def add(self, name: str, value: float, step: int) -> None:
        """A row of the run's history: the number under its name, and its step."""
        self._run.log({name: value, "step": step})

    def close(self) -> None:
        """Pass on what is left."""
        self._run.finish()


def track(study: str, folder: Path, tags: tuple[str, ...]) -> WeightsAndBiases:
    """Runs of Weights & Biases; WANDB_MODE=offline keeps them in reports/STUDY/wandb."""
    place = Path(os.environ.get("WANDB_DIR") or folder).absolute()
    place.mkdir(parents=True, exist_ok=True)
    try:
        run = wandb.init(
            project=os.environ.get("WANDB_PROJECT") or project_name(study, tags),
            name=run_name(study, tags),
            dir=str(place),
            tags=["stepstone", *tags],
            config={"study": study, **dict.fromkeys(tags, True)},
            # What the run shows on a terminal is its own; it is not to be copied elsewhere.
            settings=wandb.Settings(console="off"),
        )
    except wandb.Error as error:
        remedy = "sign in with `wandb login` or WANDB_API_KEY, or keep the run here with WANDB_MODE=offline"
        raise UserError(f"cannot be opened: {first_line(error)}", where="--track wandb", remedy=remedy) from error
    return WeightsAndBiases(run)
