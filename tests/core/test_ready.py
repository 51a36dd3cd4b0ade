"""Ready studies are found by name from any folder, and what lies there comes before them."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepstone.core.errors import UserError
from stepstone.core.ready import READY, find_study, studies
from stepstone.core.study import Study


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_ready_study_is_found_by_its_name() -> None:
    files = list(READY.rglob("*.toml"))
    assert len(files) > 15 and {find_study(file.stem) for file in files} == set(files) == set(studies().values())


@pytest.mark.parametrize("name", ["quickstart", "./quickstart", "quickstart.toml", "studies/quickstart.toml"])
@pytest.mark.parametrize("file", ["quickstart.toml", "studies/quickstart.toml"])
def test_what_lies_here_comes_before_a_ready_study(name: str, file: str) -> None:
    Path(file).parent.mkdir(exist_ok=True)
    Path(file).write_text('name = "mine"\nmodels = ["m"]\n[target.xnli]\n')
    if (Path(name).suffix and name != file) or (name.startswith(".") and file.startswith("studies")):
        with pytest.raises(UserError, match='did you mean "quickstart"'):
            find_study(name)  # a path is the file that it names, and no other
    else:
        assert Study.load(name).name == "mine"


def test_a_study_that_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r'no study file "quikstart".*\n.*did you mean "quickstart"'):
        find_study("quikstart")
    with pytest.raises(UserError, match=r'no study file "studies/size.toml"(.|\n)*did you mean "size"'):
        Study.load("studies/size.toml")
    Path("mails.toml").touch()
    with pytest.raises(UserError, match='did you mean "mails"'):
        find_study("mail.toml")


def test_a_folder_of_the_name_of_a_study_is_no_study(tmp_path: Path) -> None:
    (tmp_path / "quickstart").mkdir()
    assert find_study("quickstart") == READY / "quickstart.toml"
