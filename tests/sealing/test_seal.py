"""Sealing writes the same archive from the same study; gaps are gaps, and golds that may not be passed on stay out."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from invented import STUDY
from sealed import SMALL, WIDE, Finished, fill, finish
from sealing.conftest import Forge, read_members
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.planning.plan import plan
from stepstone.planning.rehearse import rehearse
from stepstone.sealing.planned import plan_content, read_plan
from stepstone.sealing.seal import seal
from stepstone.sealing.verify import Request, verify
from stepstone.store.failures import Failure
from stepstone.store.store import Store

pytestmark = pytest.mark.slow


def test_sealing_twice_gives_the_same_bytes(small: Finished, archive: Path, tmp_path: Path) -> None:
    again = seal(small.plan, Store(small.store.root), small.file, tmp_path / "again.zip")
    assert again.path.read_bytes() == archive.read_bytes()
    assert (again.num_records, again.num_evaluations, again.gaps, again.withheld) == (17, 10, (), ())
    with_identity = verify(again.path, Request(identity=again.identity, num_reruns=0))
    assert with_identity.is_verified and with_identity.identity == again.identity


def test_an_archive_holds_what_the_table_rests_on_and_no_weights(small: Finished, archive: Path) -> None:
    members = read_members(archive)
    assert members["study.toml"].decode() == SMALL
    assert {name.partition("/")[0] for name in members} == {
        *(
            "study.toml",
            "plan.json",
            "lock.json",
            "failures.json",
            "comparisons.jsonl",
            "composite.jsonl",
            "REMAKE.md",
            "manifest.json",
        ),
        *("records", "predictions"),
    }
    for key, stage in small.plan.stages.items():
        record = small.store.record(key)
        assert members[f"records/{key}.json"] == (small.store.root / f"records/{key[:2]}/{key}.json").read_bytes()
        if stage.kind == "evaluate":
            kept = small.store.root / record.folder / "predictions.jsonl"
            assert members[f"predictions/{key}.jsonl"] == kept.read_bytes()
            assert len(members[f"predictions/{key}.lines"].split()) == 8
    lock = json.loads(members["lock.json"])
    assert lock["models"]["lab-nano"]["kind"] == "pretrain" and "lab" in lock["models"]["lab-nano"]["identity"]
    assert {"data": "xnli test ja", "identity": lock["data"][-1]["identity"]} == lock["data"][-1]
    assert len(lock["weights"]) == 7 and lock["versions"][0]["stages"] == 17
    rows = [json.loads(line) for line in members["comparisons.jsonl"].splitlines()]
    assert len(rows) == 20 and any(row["comparison"] == "gain" and row["value"] is not None for row in rows)
    assert b"stepstone run study.toml" in members["REMAKE.md"] and b"--data" not in members["REMAKE.md"]


def test_a_study_of_every_kind_of_stage_is_verified_where_there_is_no_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = finish(tmp_path / "there", WIDE)
    kinds = {"pretrain", "finetune", "mixture", "merge", "translate", "evaluate", "mlm_probe", "layer_probe"}
    assert set(wide.plan.num_stages) == {*kinds, "text_vector"}
    families = {wide.plan.catalogue.task(name).family for name in wide.plan.study.target}
    assert families == {"classification", "span", "tagging", "choice", "retrieval", "mining", "ranking"}
    found = seal(wide.plan, wide.store, wide.file, tmp_path / "elsewhere" / "wide.zip")
    monkeypatch.chdir(tmp_path / "elsewhere")
    (tmp_path / "there").rename(tmp_path / "away")
    report = verify(Path("wide.zip"), Request(num_reruns=0))
    assert report.is_verified and not report.not_checked
    assert report.checked == {
        "members": 8 - 1 + found.num_records + 2 * found.num_evaluations,
        "records": len(wide.plan.stages),
        "evaluations": wide.plan.num_stages["evaluate"],
        "predictions": report.checked["predictions"],
        "rows": found.num_rows,
    }
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["wide.zip"]


def test_what_is_not_complete_is_a_gap_with_its_reason(tmp_path: Path) -> None:
    done = finish(tmp_path, SMALL, skip=lambda stage: stage.label.startswith("lab-nano/nli.en/xnli/s2"))
    failed = done.plan.labels["lab-nano/nli.en/xnli/s2"]
    done.store.note_failure(failed, Failure("lab-nano/nli.en/xnli/s2", "the disk is full", "/somewhere/log"))
    found = seal(done.plan, done.store, done.file, tmp_path / "part.zip")
    names = ("", "/en", "/ja")
    assert found.gaps == tuple(f"lab-nano/nli.en/xnli/s2{name}" for name in names)
    assert verify(found.path, Request(num_reruns=0)).is_verified
    assert b"somewhere" not in read_members(found.path)["failures.json"]
    assert b"the disk is full" in read_members(found.path)["failures.json"]


def test_a_score_without_its_predictions_or_its_checkpoint_is_a_gap(tmp_path: Path) -> None:
    done = finish(tmp_path, SMALL)
    bare = "lab-nano/none/xnli/s1/ja"
    done.store.release(done.plan.labels[bare], ("predictions.jsonl",))
    done.store.remove(done.plan.labels["lab-nano/nli.en/xnli/s2"])
    found = seal(done.plan, done.store, done.file, tmp_path / "part.zip")
    lost = [f"lab-nano/nli.en/xnli/s2{name}" for name in ("", "/en", "/ja")]
    assert sorted(found.gaps) == sorted([bare, *lost])
    assert verify(found.path, Request(num_reruns=0)).is_verified


def test_nothing_to_seal_and_another_study_are_one_message_each(small: Finished, tmp_path: Path) -> None:
    to = tmp_path / "file.zip"
    with pytest.raises(UserError, match=r"holds no evaluation of study small\n.*run the study first"):
        seal(small.plan, Store(tmp_path / "empty"), small.file, to)
    other = tmp_path / "other.toml"
    other.write_text(SMALL.replace("seeds = [1, 2]", "seeds = [1, 3]"))
    with pytest.raises(UserError, match=r"other\.toml: is not the study that was planned"):
        seal(small.plan, small.store, other, to)
    assert not to.exists()


@pytest.fixture
def real(place: Place, store: Store, tmp_path: Path) -> Finished:
    """The invented study on files: MultiNLI's golds may not be passed on, those of XNLI and XQuAD may."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in STUDY.items() if not isinstance(value, dict)]
    lines += ['[model.alpha]\nhub = "someone/alpha"\nrevision = "0a1b2c"\nnum_parameters = 1000']
    lines += ['[intermediate.nli]\ntasks = { en = "mnli", ja = "jnli" }\nnum_examples = 100\nat_most = true']
    lines += ["[target.xnli]\n[target.xquad]\n[target.tatoeba]"]
    file = tmp_path / "invented.toml"
    file.write_text("\n".join(lines))
    return fill(file, plan(Study.load(file), place), store, golds=_as_in_the_files)


def _as_in_the_files(task: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if task != "mnli":
        return rows
    labels = {"0": "entailment", "1": "neutral", "2": "contradiction"}
    return [{**row, "id": name, "gold": gold} for row, (name, gold) in zip(rows, labels.items(), strict=False)]


def test_golds_that_may_not_be_passed_on_stay_out_and_come_from_the_data(
    real: Finished, data: Path, tmp_path: Path
) -> None:
    found = seal(real.plan, real.store, real.file, tmp_path / "real.zip")
    assert found.withheld == ("mnli",)
    members = read_members(found.path)
    own = real.plan.labels["alpha/nli.en/own/s1/en"]
    rows = [json.loads(line) for line in members[f"predictions/{own}.jsonl"].splitlines()]
    assert len(rows) == 3 and {row["gold"] for row in rows} == {None}
    assert own in json.loads(members["manifest.json"])["withheld"]
    assert b"--data DATA" in members["REMAKE.md"]
    with pytest.raises(UserError, match=r"gold answers of mnli may not be passed on.*\n.*--data DATA"):
        verify(found.path)
    report = verify(found.path, Request(data=(data,)))
    assert report.is_verified and "its encoder is on the hub" in report.not_checked[0]


def test_golds_of_other_data_are_refused(real: Finished, data: Path, tmp_path: Path) -> None:
    found = seal(real.plan, real.store, real.file, tmp_path / "real.zip")
    dev = data / "multinli_1.0_dev_matched.jsonl"
    dev.write_text(dev.read_text().replace("The ferry left.", "The ferry sank."))
    with pytest.raises(UserError, match=r"mnli dev, language en: is other data than that of the study"):
        verify(found.path, Request(data=(data,)))


def test_a_changed_prediction_without_its_gold_is_found(
    real: Finished, data: Path, tmp_path: Path, forge: Forge
) -> None:
    found = seal(real.plan, real.store, real.file, tmp_path / "real.zip")
    own = real.plan.labels["alpha/nli.en/own/s1/en"]
    name = f"predictions/{own}.jsonl"

    def change(content: bytes) -> bytes:
        first, *others = content.decode().splitlines()
        row = json.loads(first)
        wrong = "neutral" if row["prediction"] == "entailment" else "entailment"
        return "\n".join([json.dumps({**row, "prediction": wrong}), *others, ""]).encode()

    report = verify(forge(found.path, {name: change}, manifest=True), Request(data=(data,)))
    assert not report.is_verified
    (line,) = (one for one in report.findings if one.what == "prediction")
    assert line.where == f'{name}, line 1, example "0" (alpha/nli.en/own/s1/en)'
    assert any(one.what == "score" for one in report.findings)


def test_a_study_with_declarations_of_its_own_runs_no_code_that_was_not_named(
    small: Finished, archive: Path, forge: Forge, tmp_path: Path
) -> None:
    evil = tmp_path / "evil"
    (evil / "tasks").mkdir(parents=True)
    (evil / "tasks" / "bad.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")

    def change(content: bytes) -> bytes:
        return content.replace(b"[lab]\n", f"catalogue = [{json.dumps(str(evil))}]\n[lab]\n".encode(), 1)

    assert verify(forge(archive, {"study.toml": change}, manifest=True), Request(num_reruns=0)).is_verified
    assert not (tmp_path / "ran").exists()

    def named(content: bytes) -> bytes:
        return json.dumps({**json.loads(content), "catalogue": ["mine"]}).encode()

    with pytest.raises(UserError, match=r"needs declarations of mine\n.*--catalogue FOLDER"):
        verify(forge(archive, {"manifest.json": named}))


def test_a_rehearsal_is_sealed_as_one(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    file.write_text(SMALL.replace("[lab]\n", "").replace("lab-nano", "xlm-roberta-base"))
    planned = plan(rehearse(Study.load(file)), Place(cache=tmp_path / "cache"))
    found = seal(planned, fill(file, planned, Store(tmp_path / "store")).store, file, tmp_path / "file.zip")
    report = verify(found.path, Request(num_reruns=0))
    assert report.is_verified and report.study == "small-rehearsal"


def test_a_sealed_plan_has_its_own_audits_not_those_that_are_planned_again(tmp_path: Path) -> None:
    asked = Study.parse(tomllib.loads(f"{SMALL}\n[selection_audit]\ntargets = ['xnli']\n"))
    planned = plan(asked, Place(cache=tmp_path))
    assert planned.audit_cells
    # Where data is real, a plan that is made again does not know its contents, so that its keys are others.
    again = replace(planned, audit_cells=tuple(replace(cell, key="0" * 64) for cell in planned.audit_cells))
    assert read_plan(plan_content(planned), again).audit_cells == planned.audit_cells
