"""Curves for MLflow, in the store that MLFLOW_TRACKING_URI names or in an SQLite file beside the report."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path

from mlflow import MlflowClient

from stepstone.trackers.tracker import project_name, run_name

# MLflow takes letters, digits and these in the name of a metric, and 250 characters.
_OTHERS = re.compile(r"[^\w/.\- :]")
_LONGEST = 200


class Mlflow:
    """A run of an experiment."""

    def __init__(self, client: MlflowClient, run: str, place: str) -> None:
        self._client, self._run, self.place = client, run, place

    def add(self, name: str, value: float, step: int) -> None:
        """A metric at a step."""
        self._client.log_metric(self._run, metric(name), value, step=step)

    def close(self) -> None:
        """Mark the run as finished."""
        self._client.set_terminated(self._run)


def metric(name: str) -> str:
    """A curve's name as MLflow takes it; where letters or length were lost, a digest keeps names apart."""
    plain = _OTHERS.sub("_", name)[:_LONGEST]
    return plain if plain == name else f"{plain}-{sha256(name.encode()).hexdigest()[:8]}"


def track(study: str, folder: Path, tags: tuple[str, ...]) -> Mlflow:
    """Runs of MLflow in MLFLOW_TRACKING_URI or, without it, in reports/STUDY/mlflow/mlflow.db."""
    uri, artifacts = os.environ.get("MLFLOW_TRACKING_URI"), None
    if not uri:
        local = (folder / "mlflow").absolute()
        local.mkdir(parents=True, exist_ok=True)
        uri, artifacts = f"sqlite:///{local / 'mlflow.db'}", (local / "artifacts").as_uri()
    client = MlflowClient(tracking_uri=uri)
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or project_name(study, tags)
    known = client.get_experiment_by_name(name)
    experiment = known.experiment_id if known else client.create_experiment(name, artifact_location=artifacts)
    labels = {"study": study, **dict.fromkeys(tags, "true")}
    run = client.create_run(experiment, tags=labels, run_name=run_name(study, tags))
    return Mlflow(client, run.info.run_id, f"{uri}, experiment {name} (mlflow ui --backend-store-uri {uri})")
