"""Every task of the catalogue as an intermediate, in the lab: each trains, or `plan` refuses it with its key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from small_lab import small_lab
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.core.study import Study
from stepstone.lab import write
from stepstone.planning.plan import Plan, plan
from stepstone.stages.context import StageContext
from stepstone.stages.run import StageRunner

pytestmark = [pytest.mark.trains, pytest.mark.slow]


def _plan(task: str, tiny: Path, place: Place) -> Plan:
    trained = BUILT_IN.task(task).in_languages(write.lab_languages()).languages.get("train", ())
    language = next((code for code in ("en", "ja", *trained) if code in trained), "en")
    recipe = {"num_steps": 1, "batch_size": 2, "max_length": 32, "max_query_length": 12, "doc_stride": 12}
    table = {
        "name": "every",
        "models": ["tiny"],
        "languages": ["de"],
        "lab": {},
        "model": {"tiny": {"folder": str(tiny)}},
        "recipe": {**recipe, "selection": "last"},
        "intermediate": {"it": {"arms": {"x": [f"{task}:{language}"]}, "num_examples": 4, "at_most": True}},
        "target": {"tatoeba": {"num_test": 4}},
    }
    return plan(Study.parse(table), place)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the lab writes, a few rows of each split: what is drawn of them is the same."""
    with small_lab():
        yield tmp_path_factory.mktemp("lab")


@pytest.mark.parametrize("task", BUILT_IN.tasks())
def test_it_trains_or_is_refused(task: str, tiny: Path, lab: Path, tmp_path: Path) -> None:
    place = Place(cache=lab, use_hub=False)
    try:
        planned = _plan(task, tiny, place)
    except UserError as error:
        said = str(error)
        assert "intermediate.it" in said or "intermediate it" in said, said
        return
    runner, folders = StageRunner(), {}
    wanted = {planned.labels[label] for label in ("tiny", "tiny/it.x/s1") if label in planned.labels}
    if len(wanted) < 2:
        # The lab has no twin of it: the arm is left out, and the plan says so.
        assert any(f"the lab has no twin of {task}" in note for note in planned.notes), planned.notes
        return
    for key in (key for key in planned.stages if key in wanted):
        stage = planned.stages[key]
        folders[key] = tmp_path / key
        folders[key].mkdir()
        parents = {role: folders[parent] for role, parent in stage.by_role.items()}
        context = StageContext(planned.place, planned.catalogue, Runtime(device="cpu"), tmp_path / "r", parents)
        result = runner.run(stage, folders[key], context)
    assert result.num_steps == 1 and not result.flags
