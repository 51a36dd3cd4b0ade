"""A study that extends another is the whole of both; paths count from the folder of the file that they stand in."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.ready import READY
from stepstone.core.study import Study
from stepstone.core.study_file import read_study, study_bytes
from stepstone.planning.plan import plan

BASE = """
name = "base"
models = ["xlm-roberta-base", "mbert"]
claims = ["phang2020"]
[recipe]
batch_size = 8
num_epochs = 1
[intermediate.nli.arms]
en = "mnli:en"
"a+b" = ["mnli:en", "jnli:ja"]
[target.xnli]
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("base.toml", BASE)


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def resolved(text: str) -> dict[str, Any]:
    return read_study(write("mine.toml", text))


def test_tables_merge_key_by_key_and_lists_are_replaced() -> None:
    found = resolved('extends = "base"\nname = "mine"\nmodels = ["mbert"]\n[recipe]\nbatch_size = 4\n[target.mlqa]\n')
    assert found["recipe"] == {"batch_size": 4, "num_epochs": 1}
    assert (found["name"], found["models"], found["claims"]) == ("mine", ["mbert"], ["phang2020"])
    assert set(found["target"]) == {"xnli", "mlqa"} and "extends" not in found
    assert Study.load("mine.toml").target["mlqa"] == Study.load("base").target["xnli"]


def test_keys_are_left_out_quoted_ones_too() -> None:
    found = resolved("""extends = "base.toml"\nwithout = ["claims", 'intermediate.nli.arms."a+b"', "recipe"]\n""")
    assert found["intermediate"] == {"nli": {"arms": {"en": "mnli:en"}}} and not {"claims", "recipe"} & set(found)
    given = resolved('extends = "base"\nwithout = "recipe"\n[recipe]\nbatch_size = 2\n')
    assert given["recipe"] == {"batch_size": 2}  # left out of the other study, given here


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('extends = "phang202"\n', r'mine.toml: extends: no study file "phang202"(.|\n)*did you mean "phang2020"'),
        (
            'extends = "base"\nwithout = ["clams"]\n',
            r'without: "clams" is not in base\n  remedy: did you mean "claims"',
        ),
        ('extends = "base"\nwithout = ["target.xnli.layer"]\n', r'without: "target.xnli.layer" is not in base'),
        ('extends = "base"\nwithout = ["target."]\n', r'without: "target\." is no key'),
        ('extends = "base"\nwithout = 3\n', r"mine.toml: what the study extends has mistakes\n  without: "),
        ('without = ["claims"]\n', r"mistakes\n  extends: "),
        ('extends = ["base"]\n', r"mistakes\n  extends: "),
    ],
)
def test_what_cannot_be_extended_is_one_clear_error(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        resolved(text)


def test_a_circle_is_named_with_all_its_studies() -> None:
    write("a.toml", 'extends = "b"\n')
    write("b.toml", 'extends = "a"\n')
    with pytest.raises(UserError, match=r"a\.toml: extends: a\.toml -> b\.toml -> a\.toml is a circle"):
        Study.load("a")
    with pytest.raises(UserError, match=r"self\.toml -> self\.toml is a circle"):
        read_study(write("self.toml", 'extends = "self"\n'))


def test_a_study_may_extend_a_ready_one_of_its_own_name() -> None:
    found = read_study(write("quickstart.toml", 'extends = "quickstart"\nseeds = [7]\n'))
    assert found == {**read_study(READY / "quickstart.toml"), "seeds": [7]}


def test_what_is_sealed_of_a_study_is_the_whole_of_it() -> None:
    path = write("mine.toml", 'extends = "base"\nname = "mine"\n')
    assert tomllib.loads(study_bytes(path).decode()) == read_study(path)
    assert study_bytes(Path("base.toml")) == BASE.encode()


def test_the_smaller_twin_of_phang2020_has_each_task_in_english_alone(tmp_path: Path) -> None:
    study = Study.load("phang2020_base")
    arms = {name: list(entry.all_arms) for name, entry in study.intermediate.items()}
    tasks = ("anli_plus", "mnli", "qqp", "squad", "squad2", "hellaswag", "ccg", "cosmosqa", "commonsenseqa")
    assert arms == {name: ["en"] for name in tasks} and study.claims == () and study.models == ("xlm-roberta-base",)
    assert (study.target["tatoeba"].layer, study.target["bucc2018"].layer) == (8, 8)
    planned = plan(study, Place(cache=tmp_path, use_hub=False, with_data=False))
    assert planned.num_stages["finetune"] == 207


OWN = """
name = "own"
models = ["mine"]
catalogue = "declared"
claims = ["phang2020", "own_claims.toml"]
[model.mine]
folder = "model"
[translator.t]
files = "translated/{task}.jsonl"
[translator.u]
folder = "/far/away"
[task.mails]
family = "classification"
labels = ["a", "b"]
files = { test = { en = "test.csv" } }
[target.mails]
"""


def test_paths_count_from_the_folder_of_the_file_that_they_stand_in() -> None:
    write("deep/own.toml", OWN)
    found = Study.load("deep/own.toml")
    assert (found.catalogue, found.claims) == (("deep/declared",), ("phang2020", "deep/own_claims.toml"))
    assert (found.model["mine"].folder, found.task["mails"].folder) == ("deep/model", "deep")
    assert (found.translator["t"].files, found.translator["u"].folder) == ("deep/translated/{task}.jsonl", "/far/away")
    child = write("other/child.toml", 'extends = "../deep/own.toml"\n[translator.t]\nfiles = "here.jsonl"\n')
    inherited = Study.load(child)
    assert (inherited.task["mails"].folder, inherited.model["mine"].folder) == ("other/../deep", "other/../deep/model")
    assert inherited.translator["t"].files == "other/here.jsonl"
    here = Study.load(write("own.toml", OWN))
    assert (here.model["mine"].folder, here.task["mails"].folder) == ("model", "")
    assert Study.load("real_encoder").model["e5-4bit-3"].folder == "multilingual-e5-small-4bit"


def test_the_files_of_an_own_task_are_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from stepstone.catalogue.own import declare
    from stepstone.data.load import available, data_identity, load_examples

    write("deep/own.toml", OWN)
    write("deep/test.csv", "text,label\nOne.,a\nTwo.,b\n")
    write("data/test.csv", "text,label\nThree.,b\n")
    place = Place(cache=tmp_path / "cache")

    def read(study: str, place: Place) -> tuple[list[str], str]:
        task = declare(Study.load(study).task)["mails"]
        return [one.text for one in load_examples(task, "test", "en", place)], data_identity(task, "test", "en", place)  # type: ignore[union-attr]

    above = read("deep/own.toml", place)
    assert above[0] == ["One.", "Two."]
    assert read("deep/own.toml", Place(folders=(Path("data"),), cache=place.cache))[0] == ["Three."]
    monkeypatch.chdir("deep")
    assert read("own.toml", place) == above  # the same keys, wherever the command was given
    monkeypatch.chdir("..")
    Path("deep/test.csv").unlink()
    missing = available(declare(Study.load("deep/own.toml").task)["mails"], "test", "en", place)
    assert missing is not None and "looked for: test.csv\n  in: deep" in missing
