"""The questions: each is a study that says in one sentence what is asked, and plans without its data and in the lab."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepstone.core.place import Place
from stepstone.core.ready import READY
from stepstone.core.study import Study
from stepstone.planning.plan import plan
from stepstone.planning.rehearse import rehearse

FOLDER = READY / "questions"
FILES = sorted(FOLDER.glob("*.toml"))


def test_every_question_has_a_file() -> None:
    assert [file.stem for file in FILES] == [
        "data_scaling",
        "english_or_japanese",
        "english_or_multilingual",
        "family_and_region",
        "nli_or_qa",
        "number_of_tasks",
        "robustness",
        "size",
        "which_languages",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_question_plans_without_data_and_in_the_lab(file: Path, tmp_path: Path) -> None:
    study = Study.load(file)
    assert study.name == file.stem and study.question.endswith("?") and study.question.count("?") == 1
    assert file.read_text(encoding="utf-8").startswith("# Answer: ")
    # Every question compares: with the baseline alone nothing would be asked.
    assert len({cell.condition for cell in plan(study, Place(with_data=False, cache=tmp_path)).cells}) > 1
    twin = plan(rehearse(study), Place(cache=tmp_path))
    assert len({cell.condition for cell in twin.cells}) > 1
    assert bool(twin.audit_cells) == (study.selection_audit is not None)
