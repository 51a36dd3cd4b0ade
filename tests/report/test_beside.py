"""Others' scores beside ours: read from three kinds of files, matched by name, and every mistake with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from invented import commit, plan_in
from stepstone.core.errors import UserError
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.evidence.beside import ReportedScore, beside_rows
from stepstone.evidence.frame import collect, rows_of
from stepstone.planning.plan import Plan
from stepstone.report.claims import beside_table
from stepstone.report.content import render_page
from stepstone.report.files import data_files
from stepstone.report.results import write_results
from stepstone.report.theirs import read_theirs
from stepstone.store.store import Store

HEAD = "task,language,metric,score,model,source\n"
REPOSITORIES = {"alpha": "someone/alpha"}


class Filled(NamedTuple):
    plan: Plan
    frame: pd.DataFrame

    def beside(self, *theirs: ReportedScore, tolerance: float = 1.0) -> list[dict[str, Any]]:
        rows = rows_of(self.frame)
        return rows_of(beside_rows(rows, self.plan.study, theirs, tolerance, REPOSITORIES))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """XNLI in two languages: German is scored 40 and 60 under the two seeds, English 50 and 70."""
    folder = tmp_path_factory.mktemp("filled")
    planned, store = plan_in(folder, languages=["de", "en"], target={"xnli": {}}), Store(folder / "store")
    cells = {cell.key: cell for cell in planned.cells}
    for stage in planned.stages.values():
        spec = stage.spec
        if not isinstance(spec, EvaluateSpec):
            commit(store, stage)
            continue
        cell = cells.get(stage.key)
        score = 20.0 + 20.0 * cell.seed + 10.0 * (cell.language == "en") if cell else 1.0
        named = {"metric": spec.metric, "definition": spec.definition, "main": "accuracy", "num_examples": 2}
        commit(store, stage, scores=named | {"values": {"accuracy": score}})
    return Filled(planned, collect(planned, store))


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., list[ReportedScore]]:
    def read(content: Any, name: str = "paper.csv", model: str = "") -> list[ReportedScore]:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return read_theirs(f"{model}={path}" if model else str(path))

    return read


def test_a_csv_stands_beside_ours_with_difference_and_tolerance(filled: Filled, read) -> None:
    theirs = read(
        HEAD + 'xnli,deu_Latn,accuracy,49.5,alpha,"Doe 2030, table 1"\n'
        "XNLI,,,56.5,someone/alpha,Doe 2030\n"
        "xnli,en,accuracy,59,alpha__nli.ja,Doe 2030\n"
        "xnli,sw,accuracy,59,alpha,Doe 2030\n"
        "xquad,en,f1,59,alpha,Doe 2030\n"
        "xnli,en,accuracy,59,beta,Doe 2030\n"
    )
    german, whole, japanese = filled.beside(*theirs)
    assert (german["language"], german["ours"], german["difference"], german["within"]) == ("de", 50.0, 0.5, "yes")
    assert german["read"] == "Doe 2030, table 1" and german["file"].endswith("paper.csv, line 2")
    assert (whole["language"], whole["arm"], whole["ours"], whole["difference"]) == ("", "none", 55.0, -1.5)
    assert (whole["within"], whole["num_languages"], whole["num_seeds"], whole["metric"]) == ("no", 2, 2, "accuracy")
    assert (japanese["arm"], japanese["ours"], japanese["within"]) == ("nli.ja", 60.0, "yes")
    assert [row["within"] for row in filled.beside(*theirs, tolerance=1.5)] == ["yes", "yes", "yes"]
    assert filled.beside(*theirs, tolerance=0.25)[0]["within"] == "no"
    # 50 - 49.9 is more than 0.1 as binary numbers.
    near = read(HEAD + "xnli,de,,49.9,alpha,Doe 2030\n")
    assert [filled.beside(*near, tolerance=one)[0]["within"] for one in (0.1, 0.09)] == ["yes", "no"]


@pytest.mark.parametrize("name", ["mteb", "lm-eval"])
def test_what_we_write_for_other_programs_is_read_back_without_a_difference(
    filled: Filled, name: str, tmp_path: Path
) -> None:
    paths = write_results(filled.plan, filled.frame, tmp_path, [name])
    theirs = [
        row for path in paths for row in read_theirs(f"{path.parent.name}={path}" if name == "mteb" else str(path))
    ]
    rows = filled.beside(*theirs)
    assert {(row["arm"], row["language"]) for row in rows} == {
        (arm, code) for arm in ("none", "nli.en", "nli.ja") for code in ("de", "en")
    }
    assert all(row["difference"] == pytest.approx(0) and row["within"] == "yes" for row in rows)


def test_files_as_these_programs_write_them(filled: Filled, read) -> None:
    scores = [{"main_score": 0.4, "accuracy": 0.4, "hf_subset": "de", "languages": ["deu-Latn"]}]
    mteb = {"task_name": "XNLI", "mteb_version": "2.1.0", "scores": {"test": scores, "validation": []}}
    (row,) = filled.beside(*read(mteb, "XNLI.json", model="alpha"))
    assert (row["language"], row["published"], row["ours"], row["within"]) == ("de", 40.0, 50.0, "no")
    values = {"alias": "xnli_de", "acc,none": 0.5, "acc_stderr,none": 0.1, "acc_norm,none": 0.6, "sample_len": 4}
    harness = {"results": {"xnli_de": values}, "model_name": "someone/alpha"}
    (row,) = filled.beside(*read(harness, "results.json"))
    assert (row["metric"], row["published"], row["difference"]) == ("accuracy", 50.0, 0.0)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("task,score\nxnli,1\n", r"paper\.csv, line 1: has no column language, metric, model, source"),
        (HEAD + "xnli,de,,50,alpha,x\nxnli,de,,lots,alpha,x\n", r'paper\.csv, line 3: score: "lots" is no percentage'),
        (HEAD + "xnli,de,,179.2,alpha,x\n", r'line 2: score: "179\.2" is no percentage'),
        (HEAD + "xnli,de,,nan,alpha,x\n", r'line 2: score: "nan" is no percentage'),
        (HEAD + "xnli,de,,50,,x\n", r"line 2: model is empty"),
        (HEAD + "xnli,de,,50,alpha,x,y\n", r"line 2: has more cells than the 6 of the head"),
        (HEAD + 'xnli,de,,50,alpha,"x\n', r"line 2: is no CSV: "),
        (HEAD + "xnli,de,,0.5,alpha,x\n", r"every score is 1 or less, as shares are\n.*write percent"),
        (HEAD, r"paper\.csv: holds no score"),
    ],
)
def test_a_mistake_in_a_csv_is_reported_with_its_line(read, content: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        read(content)


@pytest.mark.parametrize(
    ("content", "model", "told"),
    [
        ('{"results":\n {,}}', "", r"r\.json, line 2: is not whole JSON"),
        ([], "", r"r\.json: has neither task_name and scores, nor results"),
        ({"task_name": "XNLI", "scores": {}}, "", r"does not say of which model it is\n.*--beside MODEL="),
        ({"task_name": "XNLI", "scores": {"a": [], "b": []}}, "m", r"scores: has the splits a, b, and no test"),
        ({"task_name": "XNLI", "scores": {"test": [{}]}}, "m", r"scores\.test\[0\]: has no main_score"),
        ({"task_name": "XNLI", "scores": {"test": 3}}, "m", r"scores\.test: is no list"),
        ({"task_name": "XNLI", "scores": {"test": [{"main_score": 79.2}]}}, "m", r"79\.2 is no share"),
        ({"results": {"xnli": {"acc,none": 0.5}}}, "", r"has no model_name"),
        ({"results": {"xnli": 3}, "model_name": "m"}, "", r"results\.xnli: is no table of scores"),
    ],
)
def test_a_mistake_in_a_result_file_is_reported_with_its_place(read, content: Any, model: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        read(content, "r.json", model)


def test_what_is_no_share_is_a_mistake_where_it_is_a_score_of_ours(filled: Filled, read) -> None:
    values = {"word_perplexity,none": 12.5, "acc,none": 0.5}
    (row,) = filled.beside(*read({"results": {"xnli_de": values}, "model_name": "alpha"}, "r.json"))
    assert row["published"] == 50.0
    wrong = {"results": {"xnli_de": {"acc,none": 50}}, "model_name": "alpha"}
    with pytest.raises(UserError, match=r"results\.xnli_de\.acc,none: 50 is no share"):
        filled.beside(*read(wrong, "r.json"))


def test_real_files_of_mteb_hold_nan_pairs_of_languages_and_main_scores_of_other_metrics(filled: Filled, read) -> None:
    """As `TaskResult.to_disk` writes them: Python's NaN, F1 for main score, an aggregate without a language."""
    languages = {"deu-eng": ["deu-Latn", "eng-Latn"], "default": ["deu-Latn", "fra-Latn", "eng-Latn"]}
    scores = [
        {"f1": 0.4, "accuracy": 0.45, "ap": float("nan"), "main_score": 0.4, "hf_subset": name, "languages": codes}
        for name, codes in languages.items()
    ]
    (row,) = filled.beside(*read({"task_name": "XNLI", "scores": {"test": scores}}, "XNLI.json", model="alpha"))
    assert (row["language"], row["metric"], row["published"]) == ("de", "accuracy", 45.0)
    other = [{"cosine_ap": 0.4, "main_score": 0.4, "hf_subset": "de", "languages": ["deu-Latn"]}]
    with pytest.raises(UserError, match="none of these scores is of a model, a target, a language and a metric"):
        filled.beside(*read({"task_name": "XNLI", "scores": {"test": other}}, "XNLI.json", model="alpha"))


def test_a_task_of_the_harness_may_name_its_language_as_its_benchmark_does(filled: Filled, read) -> None:
    tasks = {name: {"acc,none": 0.5} for name in ("xnli_deu_Latn", "xnli_ENG", "xnli_x", "xnlide")}
    rows = filled.beside(*read({"results": tasks, "model_name": "alpha"}, "r.json"))
    assert [row["language"] for row in rows] == ["de", "en"]


def test_a_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.csv: is not there\n.*columns task,language,metric"):
        read_theirs(str(tmp_path / "none.csv"))


def test_what_the_study_does_not_have_is_reported(filled: Filled, read, lab_case) -> None:
    with pytest.raises(UserError, match=r"none of these scores is of a model.*\n.*xnli \(alpha__nli\.en\)"):
        filled.beside(*read(HEAD + "xnli,de,,50,beta,x\n"))
    with pytest.raises(UserError, match=r'line 2: xnli has no score "acuracy"\n.*"accuracy"'):
        filled.beside(*read(HEAD + "xnli,de,acuracy,50,alpha,x\n"))
    with pytest.raises(UserError, match="line 2: language: "):
        filled.beside(*read(HEAD + "xnli,germanish,,50,alpha,x\n"))
    with pytest.raises(UserError, match="the lab's languages are generated"):
        beside_rows([], lab_case.plan.study, read(HEAD + "xnli,de,,50,alpha,x\n"), 1.0, {})


def test_a_gap_of_ours_has_no_difference(filled: Filled, read) -> None:
    frame = filled.frame.copy()
    frame.loc[(frame["language"] == "de") & (frame["seed"] == 1), "value"] = float("nan")
    (row,) = Filled(filled.plan, frame).beside(*read(HEAD + "xnli,de,,50,alpha,x\n"))
    assert row["difference"] != row["difference"] and row["within"] == ""


def test_the_table_is_on_the_page_s_rows_and_in_csv_and_parquet(filled: Filled, read, real_case, tmp_path) -> None:
    theirs = read(HEAD + "xnli,de,accuracy,49.5,alpha,Doe 2030\n")
    table = beside_rows(rows_of(filled.frame), filled.plan.study, theirs, 1.0, {})
    ((what, published, ours, difference, within, source),) = beside_table(table)
    assert (what, published, within) == ("alpha, none: xnli de (accuracy)", "49.5", "yes")
    assert ours.startswith("50.0 (") and difference == "+0.5" and source.startswith("Doe 2030 (")
    made = data_files(real_case.frame, real_case.comparison, real_case.plan.study, table)
    for name in ("beside.csv", "beside.parquet"):
        (tmp_path / name).write_bytes(made[name])
    for kept in (pd.read_csv(tmp_path / "beside.csv"), pd.read_parquet(tmp_path / "beside.parquet")):
        assert kept["difference"].tolist() == [0.5] and kept["within"].tolist() == ["yes"]
    described = made["dictionary.csv"].decode()
    assert all(f"beside.csv,{name}," in described for name in table.columns)
    page = render_page(real_case.plan, real_case.frame, real_case.comparison, [], beside=table)
    assert 'id="beside"' in page and "alpha, none: xnli de (accuracy)" in page and "beside.parquet" in page
    assert 'id="beside"' not in render_page(real_case.plan, real_case.frame, real_case.comparison, [])
