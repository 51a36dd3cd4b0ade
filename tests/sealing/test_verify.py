"""What is not as it was sealed is FALSIFIED with its place: forgeries of every member, one by one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sealed import SMALL, Finished, fill, finish, scored, write_rows
from sealing.conftest import Forge, key_of, of_json, of_record, read_members, write_members
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.planning.plan import plan
from stepstone.sealing.findings import VerificationReport
from stepstone.sealing.seal import seal
from stepstone.sealing.verify import Request, verify
from stepstone.store.store import Store

pytestmark = pytest.mark.slow

ONLY_READ = Request(num_reruns=0)
LABEL = "lab-nano/none/xnli/s1/ja"


def _found(report: VerificationReport, what: str) -> list[str]:
    assert not report.is_verified and report.verdict == "FALSIFIED"
    return [str(one) for one in report.findings if one.what == what]


def _wrong(content: bytes, line: int = 2) -> bytes:
    """The same predictions, one of them turned from right to wrong."""
    rows = [json.loads(one) for one in content.splitlines()]
    place = next(n for n, row in enumerate(rows) if n >= line and row["prediction"] == row["gold"])
    rows[place]["prediction"] = "unheard of"
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def test_a_whole_seal_is_verified_and_its_report_is_json(archive: Path) -> None:
    report = verify(archive)
    table = json.loads(json.dumps(report.table()))
    assert table["verdict"] == "VERIFIED" and table["findings"] == [] and table["format"] == 1
    assert table["checked"] == {"members": 44, "records": 17, "evaluations": 10, "predictions": 80, "rows": 20}
    assert table["not_checked"] == [
        "no re-run: lab-nano/none/xnli/s1/en: it ran under other versions or on another processor; "
        "ask for it nevertheless: --rerun 1"
    ]
    assert set(table) == set(VerificationReport.model_fields)


@pytest.mark.parametrize("manifest", [False, True])
def test_one_changed_prediction_is_named_with_the_score_that_it_changes(
    manifest: bool, small: Finished, archive: Path, forge: Forge
) -> None:
    key = key_of(small, LABEL)
    name = f"predictions/{key}.jsonl"
    before = read_members(archive)[name].splitlines()
    path = forge(archive, {name: _wrong}, manifest=manifest)
    after = read_members(path)[name].splitlines()
    (place,) = (n for n in range(8) if before[n] != after[n])
    report = verify(path, ONLY_READ)
    (line,) = _found(report, "prediction")
    example = json.loads(before[place])["id"]
    assert f'{name}, line {place + 1}, example "{example}" ({LABEL})' in line and "unheard of" in line
    scores = _found(report, "score")
    old = small.store.record(key).result.scores.value
    assert any(f"found {old}" in one and f"expected {old - 12.5}, as its predictions give" in one for one in scores)
    assert any("score lab-nano none xnli language ja" in one for one in _found(report, "table"))
    assert bool(_found(report, "member")) is not manifest


def test_a_forger_who_also_updates_lines_and_record_is_found_by_the_score(
    small: Finished, archive: Path, forge: Forge
) -> None:
    key = key_of(small, LABEL)
    new = _wrong(read_members(archive)[f"predictions/{key}.jsonl"])
    path = forge(archive, {f"predictions/{key}.jsonl": lambda old: new, **_following(key, new)}, manifest=True)
    report = verify(path, ONLY_READ)
    assert _found(report, "score") and not _found(report, "prediction") and not _found(report, "member")


def _following(key: str, new: bytes) -> dict[str, Callable[[bytes], bytes]]:
    from stepstone.sealing.format import line_digests, stamp

    def stamped(record: dict[str, Any]) -> None:
        record["files"]["predictions.jsonl"] = stamp(new)

    lines = "".join(f"{one}\n" for one in line_digests(new)).encode()
    return {f"predictions/{key}.lines": lambda old: lines, f"records/{key}.json": of_record(stamped)}


@pytest.mark.parametrize("manifest", [False, True])
def test_a_changed_score_is_found(manifest: bool, small: Finished, archive: Path, forge: Forge) -> None:
    def better(record: dict[str, Any]) -> None:
        record["result"]["scores"]["values"]["accuracy"] += 1.0

    name = f"records/{key_of(small, LABEL)}.json"
    report = verify(forge(archive, {name: of_record(better)}, manifest=manifest), ONLY_READ)
    (score,) = _found(report, "score")
    assert f"{name} ({LABEL}), accuracy (xtreme-2020)" in score


def test_another_definitions_score_and_the_number_of_examples_are_checked_too(
    small: Finished, archive: Path, forge: Forge
) -> None:
    def change(record: dict[str, Any]) -> None:
        record["result"]["other_scores"][0]["values"]["accuracy"] = 0.0
        record["result"]["scores"]["num_examples"] = 9

    path = forge(archive, {f"records/{key_of(small, LABEL)}.json": of_record(change)}, manifest=True)
    found = _found(verify(path, ONLY_READ), "score")
    assert len(found) == 2 and "num_examples" in found[0]


def test_whoever_makes_everything_again_is_found_by_the_published_identity_alone(
    small: Finished, archive: Path, tmp_path: Path
) -> None:
    def better(task: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "prediction": row["gold"]} for row in rows]

    other = fill(small.file, small.plan, Store(tmp_path / "store"), golds=better)
    forged = seal(other.plan, other.store, other.file, tmp_path / "forged.zip")
    assert verify(forged.path, ONLY_READ).is_verified
    report = verify(forged.path, Request(num_reruns=0, identity=verify(archive, ONLY_READ).identity))
    assert _found(report, "identity") == [str(one) for one in report.findings]


def test_members_removed_added_and_cut_are_named(small: Finished, archive: Path, forge: Forge) -> None:
    key = key_of(small, LABEL)
    removed = forge(archive, {f"records/{key}.json": None})
    assert f"records/{key}.json: expected sha256" in _found(verify(removed, ONLY_READ), "member")[0]
    added = forge(archive, {"notes.txt": lambda old: b"hello"})
    assert "notes.txt" in _found(verify(added, ONLY_READ), "member")[0]
    stray = forge(archive, {f"records/{'0' * 64}.json": lambda old: b"{}"}, manifest=True)
    assert "none has it" in _found(verify(stray, ONLY_READ), "member")[0]
    cut = forge(archive, {"lock.json": lambda old: old[:-40]})
    assert "lock.json" in _found(verify(cut, ONLY_READ), "member")[0] and _found(verify(cut, ONLY_READ), "lock")


@pytest.mark.parametrize("name", ["study.toml", "plan.json"])
def test_without_study_or_plan_nothing_else_is_checked(name: str, archive: Path, forge: Forge) -> None:
    for change in (None, lambda old: old + b"\n"):
        report = verify(forge(archive, {name: change}), ONLY_READ)
        assert len(_found(report, "member")) == 1 and "all else" in report.not_checked[0]


def test_a_record_of_another_key_or_without_its_parents_is_found(small: Finished, archive: Path, forge: Forge) -> None:
    def other(record: dict[str, Any]) -> None:
        record["payload"]["spec"]["definition"] = "corrected"

    name = f"records/{key_of(small, LABEL)}.json"
    report = verify(forge(archive, {name: of_record(other)}, manifest=True), ONLY_READ)
    assert "belongs to another key" in _found(report, "key")[0]
    parent = f"records/{key_of(small, 'lab-nano/none/xnli/s1')}.json"
    report = verify(forge(archive, {parent: None}, manifest=True), ONLY_READ)
    assert [f"its parent, {parent}" in one for one in _found(report, "key")] == [True, True]

    def renamed(record: dict[str, Any]) -> None:
        record["label"] = "lab-nano/nli.en/xnli/s1/ja"

    report = verify(forge(archive, {name: of_record(renamed)}, manifest=True), ONLY_READ)
    assert "the record of lab-nano/none/xnli/s1/ja" in _found(report, "key")[0]


def test_a_plan_that_the_study_does_not_ask_for_is_found(small: Finished, archive: Path, forge: Forge) -> None:
    def swapped(table: dict[str, Any]) -> None:
        first, *others = table["cells"]
        other = next(cell for cell in others if cell["condition"] == "nli.en" and cell["language"] == first["language"])
        first["key"], other["key"] = other["key"], first["key"]

    found = _found(verify(forge(archive, {"plan.json": of_json(swapped)}, manifest=True), ONLY_READ), "plan")
    assert len(found) == 2 and "score lab-nano/none/xnli/en/1" in found[0]

    def fewer(table: dict[str, Any]) -> None:
        table["cells"].pop()

    found = _found(verify(forge(archive, {"plan.json": of_json(fewer)}, manifest=True), ONLY_READ), "plan")
    assert "no such cell" in found[0]

    def own(table: dict[str, Any]) -> None:
        first, second = (cell for cell in table["own_cells"] if cell["condition"] == "nli.en")
        first["key"] = table["cells"][0]["key"]
        second["condition"] = "nli.ja"

    found = _found(verify(forge(archive, {"plan.json": of_json(own)}, manifest=True), ONLY_READ), "plan")
    assert ["score on its own task lab-nano/nli.en/mnli/en/1" in found[0], "has no such cell" in found[1]] == [True] * 2

    def more(content: bytes) -> bytes:
        return content.replace(b"seeds = [1, 2]", b"seeds = [1, 2, 3]")

    found = _found(verify(forge(archive, {"study.toml": more}, manifest=True), ONLY_READ), "plan")
    assert len(found) == 4 and all("/3" in one for one in found)


def test_lock_table_and_tolerance_are_held_against_what_gives_them(archive: Path, forge: Forge) -> None:
    def lock(table: dict[str, Any]) -> None:
        table["versions"][0]["versions"]["torch"] = "3.0"

    found = _found(verify(forge(archive, {"lock.json": of_json(lock)}, manifest=True), ONLY_READ), "lock")
    assert len(found) == 1 and "lock.json, versions" in found[0]

    def table(content: bytes) -> bytes:
        first, *others = content.splitlines(keepends=True)
        row = json.loads(first)
        return b"".join([json.dumps({**row, "value": row["value"] + 1e-6}).encode() + b"\n", *others])

    found = _found(verify(forge(archive, {"comparisons.jsonl": table}, manifest=True), ONLY_READ), "table")
    assert len(found) == 1 and "comparisons.jsonl, line 1 (gain lab-nano nli.en none xnli" in found[0]
    report = verify(forge(archive, {"manifest.json": of_json(lambda one: one.update(tolerance=99.0))}), ONLY_READ)
    assert "tolerance 1e-09" in _found(report, "member")[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda old: b"[" * 200_000,
        lambda old: b"\xff\xfe",
        lambda old: b"{}\n",
        lambda old: b'{"id": 1, "prediction": {"a": NaN}, "gold": []}\n',
        lambda old: b'{"id": "en-0", "prediction": 1' + b"0" * 5000 + b', "gold": 1}\n',
        lambda old: old + old,
        lambda old: b"",
    ],
)
def test_predictions_of_any_kind_are_a_finding_and_no_crash(
    change: Callable[[bytes], bytes], small: Finished, archive: Path, forge: Forge
) -> None:
    path = forge(archive, {f"predictions/{key_of(small, LABEL)}.jsonl": change}, manifest=True)
    assert _found(verify(path, ONLY_READ), "prediction")


@pytest.mark.parametrize("content", [b"[]", b"{}", b'{"stages": [{"kind": "evaluate"}]}', b"[" * 200_000, b"\xff"])
def test_a_plan_of_any_kind_is_a_finding_and_no_crash(content: bytes, archive: Path, forge: Forge) -> None:
    report = verify(forge(archive, {"plan.json": lambda old: content}, manifest=True), ONLY_READ)
    assert "plan.json is not as a seal writes it" in _found(report, "plan")[0]


@pytest.mark.parametrize(
    "content", [b"a = " + b"9" * 5000, b"a = " + b"[" * 5000 + b"]" * 5000, b".".join([b"a"] * 1000) + b" = 1", b"\xff"]
)
def test_a_study_of_any_kind_is_one_message_and_no_crash(content: bytes, archive: Path, forge: Forge) -> None:
    with pytest.raises(UserError, match=r"study\.toml"):
        verify(forge(archive, {"study.toml": lambda old: content}, manifest=True), ONLY_READ)


def test_a_study_that_this_version_does_not_know_is_one_message(archive: Path, forge: Forge) -> None:
    path = forge(archive, {"study.toml": lambda old: old.replace(b"[target.xnli]", b"[target.xnly]")}, manifest=True)
    with pytest.raises(UserError, match=r"forged\.zip: its study is none that this version plans: (.|\n)*xnly"):
        verify(path, ONLY_READ)


def test_a_table_that_is_read_off_other_weights_says_so(small: Finished, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    done = fill(small.file, small.plan, store)
    stage = done.plan.stages[key_of(done, LABEL)]
    attempt = store.start(stage.key)
    kept = store.folder(stage.key) / "predictions.jsonl"
    rows = [json.loads(line) for line in kept.read_text().splitlines()]
    write_rows(attempt.folder / "predictions.jsonl", rows)
    result = store.record(stage.key).result.model_copy(update={"read_off": {"model.safetensors": "0" * 64}})
    assert scored(stage.spec, rows)["scores"]["values"] == result.scores.values
    store.commit(stage, attempt, result, 1.0, {"torch": "2.9.0"})
    report = verify(seal(done.plan, store, done.file, tmp_path / "file.zip").path, ONLY_READ)
    assert report.is_verified and report.not_checked == (
        f"{LABEL} was read off weights that its checkpoint had before it was trained again",
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(where=st.floats(0, 1, exclude_max=True), place=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_a_byte_flipped_in_any_member_is_never_verified(
    archive: Path, tmp_path: Path, where: float, place: float, mask: int
) -> None:
    members = read_members(archive)
    # An empty file has no byte.
    names = sorted(name for name, content in members.items() if content)
    name = names[int(where * len(names))]
    content = bytearray(members[name])
    content[int(place * len(content))] ^= mask
    path = write_members(tmp_path / "flipped.zip", {**members, name: bytes(content)})
    if name == "manifest.json":
        import zipfile

        with zipfile.ZipFile(archive) as whole, zipfile.ZipFile(path, "a") as flipped:
            flipped.comment = whole.comment
    try:
        report = verify(path, ONLY_READ)
    except UserError:
        return
    assert not report.is_verified and any(name in one.where for one in report.findings)


OWN_CLAIMS = """
title = "Of our own"
[[claim]]
id = "helps"
statement = "English NLI helps."
place = "a talk"
test = { kind = "comparison", arm = "nli.en", target = "xnli" }
"""


def test_claims_are_sealed_and_their_verdicts_made_again_where_their_file_is_not(tmp_path: Path, forge: Forge) -> None:
    own = tmp_path / "own.toml"
    own.write_text(OWN_CLAIMS, encoding="utf-8")
    done = finish(tmp_path, f'claims = ["phang2020", "{own}"]\n{SMALL}')
    path = seal(done.plan, done.store, done.file, tmp_path / "claims.zip").path
    own.unlink()
    found = verify(path, Request(num_reruns=0))
    assert found.is_verified, found.findings
    assert not found.not_checked or all("re-run" in line for line in found.not_checked)
    rows = [json.loads(line) for line in read_members(path)["claims.jsonl"].splitlines()]
    (row,) = [row for row in rows if row["list"] == str(own)]
    assert row["claim"] == "helps" and len({row["list"] for row in rows}) == 2
    turned = forge(
        path, {"claims.jsonl": lambda old: old.replace(b'"family_size": ', b'"family_size": 1')}, manifest=True
    )
    findings = verify(turned, Request(num_reruns=0)).findings
    assert findings and {one.where.partition(",")[0] for one in findings} == {"claims.jsonl"}
    other = forge(path, {"claims-2.toml": lambda old: old.replace(b"nli.en", b"nli.xx")}, manifest=False)
    assert not verify(other, Request(num_reruns=0)).is_verified
    spoilt = forge(path, {"claims-2.toml": lambda old: b"title = "}, manifest=True)
    with pytest.raises(
        UserError, match=r"forged\.zip: its study is none that this version plans: claims-2\.toml: is not"
    ):
        verify(spoilt, Request(num_reruns=0))


REAL = """
name = "real"
models = ["xlm-roberta-large"]
seeds = [1, 2]
languages = ["en", "de"]
claims = ["CLAIMS"]
[intermediate.nli]
num_examples = 20
[intermediate.nli.arms]
en = "xnli:en"
de = "xnli:de"
[target.xnli]
"""
SCORE = """
[[score]]
model = "xlm-roberta-large"
target = "xnli"
metric = "accuracy"
value = 79.2
read = "a talk"
"""


@pytest.mark.parametrize("member", ["published.jsonl", "composite.jsonl"])
def test_published_scores_and_the_best_arms_are_sealed_and_made_again(
    tmp_path: Path, forge: Forge, member: str
) -> None:
    own, file = tmp_path / "own.toml", tmp_path / "real.toml"
    own.write_text(OWN_CLAIMS + SCORE, encoding="utf-8")
    file.write_text(REAL.replace("CLAIMS", str(own)), encoding="utf-8")
    done = fill(file, plan(Study.load(file), Place(with_data=False)), Store(tmp_path / "store"))
    path = seal(done.plan, done.store, done.file, tmp_path / "real.zip").path
    assert verify(path, ONLY_READ).is_verified
    rows = [json.loads(line) for line in read_members(path)[member].splitlines()]
    if member == "published.jsonl":
        assert [(row["list"], row["published"]) for row in rows] == [(str(own), 79.2)]
    else:
        assert {(row["target"], row["chosen_on"]) for row in rows} >= {("xnli", "test"), ("composite", "test")}
    for change in (lambda old: old.replace(b'"xlm-roberta-large"', b'"other"', 1), lambda old: old + b"{}\n"):
        findings = verify(forge(path, {member: change}, manifest=True), ONLY_READ).findings
        assert findings and {one.where.partition(",")[0] for one in findings} == {member}
