"""Faults of real data are told before anything is trained, all at once, and good data is read only once."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.recipe import Limits
from stepstone.core.spec import DataUse, EvaluateSpec
from stepstone.core.stage import Stage
from stepstone.pipeline.preflight import check_data


def _write(folder: Path, language: str, lines: list[str]) -> None:
    path = folder / "xnli" / f"test-{language}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _stages(*languages: str) -> dict[str, Stage]:
    stages = [
        Stage(
            spec=EvaluateSpec(
                data=DataUse(task="xnli", split="test", language=language, content="c", family_version=1),
                metric="accuracy",
                definition="xtreme-2020",
                limits=Limits(),
            )
        )
        for language in languages
    ]
    return {stage.key: stage for stage in stages}


def _place(folder: Path) -> Place:
    return Place(folders=(folder / "data",), cache=folder / "cache", use_hub=False)


def test_every_fault_is_told_with_its_file_and_line(tmp_path: Path) -> None:
    _write(tmp_path / "data", "en", ["The ferry left.\tIt stayed.\tcontradiction"])
    _write(tmp_path / "data", "de", ["Die Fähre legte ab.\tSie blieb."])
    _write(tmp_path / "data", "fr", ["Le bac partit.\tIl resta.\tcontradiction", "Il plut.\tIl plut.\tmaybe"])
    stages = _stages("en", "de", "fr")
    with pytest.raises(UserError) as caught:
        check_data(stages, stages, BUILT_IN, _place(tmp_path))
    told = str(caught.value)
    assert "2 data sets cannot be used" in told
    assert "xnli test, language de: 1 of 1 examples have no label" in told
    assert "test-fr.tsv" in told
    assert "line 2" in told
    assert "maybe" in told
    assert "test-en.tsv" not in told


def test_good_data_is_read_once(tmp_path: Path) -> None:
    _write(tmp_path / "data", "en", ["The ferry left.\tIt stayed.\tcontradiction"])
    stages = _stages("en")
    check_data(stages, stages, BUILT_IN, _place(tmp_path))
    (tmp_path / "data" / "xnli" / "test-en.tsv").unlink()
    check_data(stages, stages, BUILT_IN, _place(tmp_path))


def test_what_is_not_missing_is_not_read(tmp_path: Path) -> None:
    check_data(_stages("en"), [], BUILT_IN, _place(tmp_path))
