"""Faults of real data are stated before anything is trained, all at once, and good data is read only once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.ready import READY
from stepstone.core.recipe import Limits
from stepstone.core.result import Skipped
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.core.target import Target
from stepstone.core.uses import DataUse
from stepstone.planning.plan import Plan, plan
from stepstone.planning.preflight import Preflight, check_data


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
    (folder / "data").mkdir(exist_ok=True)
    return Place(folders=(folder / "data",), cache=folder / "cache", use_hub=False)


def _plan(stages: dict[str, Stage], folder: Path) -> Plan:
    study = Study.parse({"name": "s", "models": ["m"], "target": {"xnli": {}}})
    return Plan(study, _place(folder), BUILT_IN, stages, (), {}, {})


def test_a_plan_without_data_is_not_run(tmp_path: Path) -> None:
    study = Study.parse({"name": "s", "models": ["xlm-roberta-base"], "target": {"xnli": {}}})
    sketch = plan(study, Place(cache=tmp_path, use_hub=False, with_data=False))
    with pytest.raises(UserError, match="planned without its data"):
        check_data(sketch, sketch.stages)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(file.stem for file in READY.glob("*.toml")))
def test_every_ready_study_has_a_size_without_its_data(name: str, tmp_path: Path) -> None:
    sketch = plan(Study.load(name), Place(cache=tmp_path, use_hub=False, with_data=False))
    assert sketch.cells and {cell.key for cell in sketch.cells} <= set(sketch.stages)


def test_the_originals_and_their_translation_are_a_study(tmp_path: Path) -> None:
    arms = {"tasks": {"en": "nli26_mnli_ja", "ja": "nli26_mnli_ja"}, "num_examples": 20_000}
    table = {"name": "s", "models": ["xlm-roberta-base"], "target": {"xnli": {}}, "recipe": {"selection": "last"}}
    sketch = plan(
        Study.parse({**table, "intermediate": {"nli": arms}}), Place(cache=tmp_path, use_hub=False, with_data=False)
    )
    assert {cell.condition for cell in sketch.cells} == {"none", "nli.en", "nli.ja"}


def test_every_fault_is_stated_with_its_file_and_line(tmp_path: Path) -> None:
    _write(tmp_path / "data", "en", ["The ferry left.\tIt stayed.\tcontradiction"])
    _write(tmp_path / "data", "de", ["Die Fähre legte ab.\tSie blieb."])
    _write(tmp_path / "data", "fr", ["Le bac partit.\tIl resta.\tcontradiction", "Il plut.\tIl plut.\tmaybe"])
    stages = _stages("en", "de", "fr")
    with pytest.raises(UserError) as caught:
        check_data(_plan(stages, tmp_path), stages)
    said = str(caught.value)
    assert "data that cannot be used as the study asks (2)" in said
    assert "xnli test, language de: 1 of 1 examples have no label" in said
    assert "test-fr.tsv" in said
    assert "line 2" in said
    assert "maybe" in said
    assert "test-en.tsv" not in said


def test_good_data_is_read_once(tmp_path: Path) -> None:
    _write(tmp_path / "data", "en", ["The ferry left.\tIt stayed.\tcontradiction"])
    stages = _stages("en")
    check_data(_plan(stages, tmp_path), stages)
    (tmp_path / "data" / "xnli" / "test-en.tsv").unlink()
    check_data(_plan(stages, tmp_path), stages)


class Heard:
    """A listener that remembers what it heard."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def look(self, what: str) -> None:
        self.lines.append(f"look {what}")

    def read(self, what: str, number: int = 0, total: int = 0) -> None:
        self.lines.append(f"read {what} {number}/{total}")

    def close(self) -> None:
        self.lines.append("close")


def test_what_is_read_is_heard_before_it_is_read_and_what_was_read_is_not(tmp_path: Path) -> None:
    for code in ("en", "de"):
        _write(tmp_path / "data", code, ["The ferry left.\tIt stayed.\tcontradiction"])
    _write(tmp_path / "data", "fr", ["broken"])
    stages = _stages("en")
    check_data(_plan(stages, tmp_path), stages)
    heard, stages = Heard(), _stages("en", "de", "fr")
    with pytest.raises(UserError):
        check_data(_plan(stages, tmp_path), stages, listener=heard)
    assert heard.lines == ["read xnli test de 2/3", "read xnli test fr 3/3", "close"]


def test_what_is_looked_for_is_heard_while_a_study_is_planned(tmp_path: Path) -> None:
    _write(tmp_path / "data", "en", ["The ferry left.\tIt stayed.\tcontradiction"])
    model = {"m": {"hub": "a/b", "revision": "0a1b2c"}}
    table = {"name": "s", "models": ["m"], "model": model, "languages": ["en"], "target": {"xnli": {}}}
    heard = Heard()
    with pytest.raises(UserError, match="not available"):
        plan(Study.parse(table), _place(tmp_path), heard)
    assert "look xnli test en" in heard.lines and heard.lines[-1] == "close"


SKIPPED = Skipped(task="xnli", split="test", language="en", counts={"rows that are no examples": 2})


def test_what_is_left_out_is_counted_also_where_data_is_not_read_again(tmp_path: Path) -> None:
    _write(tmp_path / "data", "en", ["It left.\tIt stayed.\tcontradiction", *["It left.\tIt sank.\t-"] * 2])
    _write(tmp_path / "data", "de", ["Sie fuhr.\tSie blieb.\tcontradiction"])
    stages = _stages("en", "de")
    assert check_data(_plan(stages, tmp_path), stages) == Preflight(0, (SKIPPED,))
    for code in ("en", "de"):
        (tmp_path / "data" / "xnli" / f"test-{code}.tsv").unlink()
    assert check_data(_plan(stages, tmp_path), stages) == Preflight(0, (SKIPPED,))


def test_an_older_note_which_knows_less_is_not_relied_on(tmp_path: Path) -> None:
    _write(tmp_path / "data", "en", ["It left.\tIt stayed.\tcontradiction", *["It left.\tIt sank.\t-"] * 2])
    stages = _stages("en")
    check_data(_plan(stages, tmp_path), stages)
    (note,) = (tmp_path / "cache" / "checked").iterdir()
    for older in ("1", '{"num_examples":1,"skipped":{}}'):
        note.write_text(older)
        assert check_data(_plan(stages, tmp_path), stages).skipped == (SKIPPED,)


def test_what_is_not_missing_is_not_read(tmp_path: Path) -> None:
    check_data(_plan(_stages("en"), tmp_path), [])


def test_tables_of_the_hub_are_left_to_the_run_where_that_is_asked(tmp_path: Path) -> None:
    data = DataUse(task="xnli", split="test", language="en", content="hub:xnli@1:en", family_version=1)
    spec = EvaluateSpec(data=data, metric="accuracy", definition="xtreme-2020", limits=Limits())
    stages = {"key": Stage(spec=spec)}
    assert check_data(_plan(stages, tmp_path), stages, with_hub=False).num_unread == 1
    with pytest.raises(UserError, match="xnli: no data of test"):
        check_data(_plan(stages, tmp_path), stages)


TABLE = {"family": "classification", "labels": ["yes", "no"], "columns": {"text": "text", "label": "label"}}


def _own(folder: Path, num: dict[str, int], **amount: Any) -> Plan:
    for name, rows in (*num.items(), ("dev", 2)):
        lines = [f"{name} {row} ferries,{'yes' if row % 2 else 'no'}\n" for row in range(rows)]
        (folder / f"{name}.csv").write_text("text,label\n" + "".join(lines), encoding="utf-8")
    files = {"train": {code: str(folder / f"{code}.csv") for code in num}}
    files |= {"dev": {code: str(folder / "dev.csv") for code in num}, "test": {"en": str(folder / "dev.csv")}}
    study = {
        "name": "s",
        "models": ["m"],
        "model": {"m": {"hub": "a/b", "revision": "0a1b2c"}},
        "task": {"own": {**TABLE, "files": files}},
        "intermediate": {"stone": {"tasks": dict.fromkeys(num, "own"), **amount}},
        "target": {"own": {}},
    }
    return plan(Study.parse(study), _place(folder))


@pytest.mark.parametrize("num", [{"en": 12, "de": 3}, {"en": 3, "de": 3}, {"de": 3, "en": 7, "fi": 7}])
def test_more_examples_than_there_are_is_refused_with_the_number_that_all_have(
    tmp_path: Path, num: dict[str, int]
) -> None:
    planned = _own(tmp_path, num, num_examples=8)
    for _ in range(2):  # the second time from notes
        with pytest.raises(UserError) as caught:
            check_data(planned, planned.stages)
        said = str(caught.value)
        assert "intermediate.stone.num_examples: is 8, but" in said and 'own has 3 in "de"' in said
        assert "num_examples = 3 or less" in said and "at_most = true" in said
        assert ('in "en"' in said) == (num["en"] < 8) and said.count("remedy") == 1


def test_at_most_takes_what_there_is(tmp_path: Path) -> None:
    planned = _own(tmp_path, {"en": 12, "de": 3}, num_examples=8, at_most=True)
    assert planned.demands == () and check_data(planned, planned.stages).num_unread == 0
    exact = _own(tmp_path, {"en": 12, "de": 3}, num_examples=3)
    assert check_data(exact, exact.stages).num_unread == 0


def test_a_target_may_ask_for_too_many_too(tmp_path: Path) -> None:
    planned = _own(tmp_path, {"en": 12, "de": 3})
    study = planned.study.model_copy(update={"target": {"own": Target(num_examples=40)}})
    again = plan(study, _place(tmp_path))
    with pytest.raises(UserError, match=r'target\.own\.num_examples: is 40, but own has 12 in "en"'):
        check_data(again, again.stages)


def test_at_most_goes_with_a_number() -> None:
    with pytest.raises(UserError, match=r"intermediate\.stone: at_most: goes with num_examples, which is not given"):
        Study.parse(
            {"name": "s", "models": ["m"], "intermediate": {"stone": {"tasks": {"en": "mnli"}, "at_most": True}}}
        )
