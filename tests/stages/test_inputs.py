"""What a stage reads is what its key was made of: other files on a node, of the same names and sizes, are found out."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from invented import plan_in
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.model import FolderModel
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.core.specs.encoder import PretrainedSpec
from stepstone.core.stage import Stage
from stepstone.data.model_folder import digest_folder
from stepstone.pipeline.jobs import order_of
from stepstone.planning.plan import Plan
from stepstone.stages.context import Execution
from stepstone.stages.inputs import InputCheck
from stepstone.stages.job import JobRunner
from stepstone.store.store import Store

LABEL = "alpha/nli.en/s1"


def failures(planned: Plan, folder: Path) -> list[str]:
    """What a worker says of a training, but that the model it starts from is not there."""
    said = list[dict[str, Any]]()
    stage, store = planned.stages[planned.labels[LABEL]], Store(folder / "store")
    store.check_writable()
    order = order_of((stage,), planned, store, Runtime(device="cpu", num_threads=1))
    assert not JobRunner(said.append).do(json.loads(order.line()))
    return [event["message"] for event in said if event["event"] == "failed"]


def test_other_data_of_the_same_size_under_the_same_names_is_never_read(tmp_path: Path) -> None:
    planned = plan_in(tmp_path)
    train = tmp_path / "data" / "multinli_1.0_train.jsonl"
    assert "planned with" not in failures(planned, tmp_path)[0]
    train.write_text(train.read_text().replace("sank", "swam"))
    # As a copy that took no note of the time would not show.
    os.utime(train, ns=(1, 1))
    (message,) = failures(planned, tmp_path)
    assert f"{train}: is not what this run was planned with" in message
    assert "remedy: have the same files on all machines" in message


def test_data_that_a_node_does_not_have_is_named_before_anything_is_opened(tmp_path: Path) -> None:
    planned = plan_in(tmp_path)
    (tmp_path / "data" / "multinli_1.0_train.jsonl").unlink()
    (message,) = failures(planned, tmp_path)
    assert "mnli" in message and "multinli_1.0_train.jsonl" in message


def test_a_folder_with_another_model_is_not_taken_for_the_one_that_was_planned(tiny: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny, tmp_path / "model"))
    spec = PretrainedSpec(model=FolderModel(name="own", folder=str(folder)), content=digest_folder(folder, tmp_path))
    execution = Execution(Place(cache=tmp_path), BUILT_IN, Runtime())
    InputCheck().check(Stage(spec=spec), execution)
    (folder / "config.json").write_text((folder / "config.json").read_text() + "\n")
    with pytest.raises(UserError, match=f"{folder}: is not what this run was planned with"):
        InputCheck().check(Stage(spec=spec), execution)
