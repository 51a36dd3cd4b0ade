"""The page on own tasks: with its files, every study on it is read, planned and rehearsed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.own import OwnTask
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.data.load import load_examples
from stepstone.planning.plan import plan
from stepstone.planning.rehearse import rehearse

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "own_tasks.md").read_text(encoding="utf-8")
STUDIES = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
FILES = dict(re.findall(r"`([\w./-]+)`:\n```\w+\n(.*?)```", PAGE, flags=re.DOTALL))


def _study(block: str) -> Study:
    return Study.parse(tomllib.loads(block))


def _write(table: OwnTask) -> None:
    """The page shows one file of each task; the others are laid out as it is."""
    named = {
        file.replace("{language}", code)
        for given in table.files.values()
        for code, file in (given.items() if isinstance(given, dict) else ((code, given) for code in table.languages))
    }
    (shown,) = named & set(FILES)
    for name in named:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(FILES[shown], encoding="utf-8")
    if table.beside:
        beside = Path(shown).with_name(table.beside)
        beside.write_text(FILES[str(beside)], encoding="utf-8")


def test_the_page_has_an_example_of_every_family_and_every_key() -> None:
    families = {table.family for block in STUDIES for table in _study(block).task.values()}
    assert families == set(BUILT_IN.own_families())
    keys = PAGE.partition("## What the table says")[2].partition("\n- ")[0]
    assert all(f"`{name}" in keys for name in OwnTask.model_fields)


@pytest.mark.parametrize("block", STUDIES, ids=lambda block: _study(block).name)
def test_a_study_on_the_page_works(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    study, place = _study(block), Place(cache=tmp_path / "cache", use_hub=False)
    for table in study.task.values():
        _write(table)
    planned = plan(study.model_copy(update={"intermediate": {}}), place)
    for task in planned.catalogue.study_tasks.values():
        for split, languages in task.languages.items():
            assert all(load_examples(task, split, code, planned.place) for code in languages)
    assert plan(study, Place(cache=tmp_path / "cache")).cells
    assert plan(rehearse(study), place).cells
