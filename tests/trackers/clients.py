"""Small stand-ins for what the trackers' packages offer, as those are called: they keep what they are given."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any


@dataclass
class Given:
    """What a package was asked to keep."""

    opened: dict[str, Any] = field(default_factory=dict)
    rows: list[tuple[str, float, int]] = field(default_factory=list)
    is_closed: bool = False


def wandb(given: Given, error: str = "") -> ModuleType:
    """`wandb.init`, and the `Run` that it returns."""
    module: Any = ModuleType("wandb")
    module.Error, module.Run = type("Error", (Exception,), {}), Any
    module.Settings = lambda **settings: settings

    def log(data: dict[str, Any]) -> None:
        (name, value), (axis, step) = data.items()
        assert axis == given.opened["axis"]
        given.rows.append((name, value, step))

    def init(*, project: str, name: str, dir: str, tags: list[str], config: dict[str, Any], settings: Any) -> Any:
        if error:
            raise module.Error(error)
        given.opened = {"project": project, "name": name, "dir": dir, "tags": tags, "config": config}
        return SimpleNamespace(
            url=None,
            dir=f"{dir}/wandb/offline-run-1/files",
            define_metric=lambda name, step_metric: given.opened.update(axis=step_metric),
            log=log,
            finish=lambda: setattr(given, "is_closed", True),
        )

    module.init = init
    return module


def mlflow(given: Given) -> ModuleType:
    """`mlflow.MlflowClient`, of an experiment that is made at its first run."""
    module: Any = ModuleType("mlflow")

    class MlflowClient:
        experiments: dict[str, Any] = {}

        def __init__(self, tracking_uri: str) -> None:
            given.opened["uri"] = tracking_uri

        def get_experiment_by_name(self, name: str) -> Any:
            return self.experiments.get(name)

        def create_experiment(self, name: str, artifact_location: str | None = None) -> str:
            assert name not in self.experiments, "MLflow refuses a second experiment of a name"
            self.experiments[name] = SimpleNamespace(experiment_id=str(len(self.experiments)))
            given.opened |= {"project": name, "artifacts": artifact_location}
            return str(self.experiments[name].experiment_id)

        def create_run(self, experiment_id: str, *, tags: dict[str, str], run_name: str) -> Any:
            given.opened |= {"name": run_name, "tags": tags, "experiment": experiment_id}
            return SimpleNamespace(info=SimpleNamespace(run_id="r"))

        def log_metric(self, run_id: str, key: str, value: float, *, step: int) -> None:
            assert run_id == "r"
            given.rows.append((key, value, step))

        def set_terminated(self, run_id: str) -> None:
            given.is_closed = True

    module.MlflowClient = MlflowClient
    return module


def trackio(given: Given) -> ModuleType:
    """`trackio.init`, and the `Run` that it returns."""
    module: Any = ModuleType("trackio")
    module.Run = Any

    def init(project: str, name: str, config: dict[str, Any]) -> Any:
        given.opened = {"project": project, "name": name, "config": config}
        return SimpleNamespace(
            log=lambda metrics, step: given.rows.extend((name, value, step) for name, value in metrics.items()),
            finish=lambda: setattr(given, "is_closed", True),
        )

    module.init = init
    return module
