"""Anyone can redo the inference from the data files, and the dictionary says what every column holds."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.analysis import Primary
from stepstone.core.benchmark import Benchmark, BenchmarkTask
from stepstone.core.study import Study
from stepstone.core.visible import cell
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.compare import Comparison, compare
from stepstone.report import files
from stepstone.report.files import ALL_RUNS, ARM_GAP, SCORE, WITHOUT, data_files
from stepstone.report.labels import WATERMARK

pytestmark = pytest.mark.slow

MARGIN = 12.0
ONE = Benchmark(
    name="one",
    title="One",
    parts=(BenchmarkTask(task="xnli", groups=("only",), languages=("en", "de", "ja", "ko"), metrics=("accuracy",)),),
)
Told = tuple[pd.DataFrame, Comparison, Study, dict[str, bytes]]


def stick(cell: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One run gives one answer throughout, which is seen as degenerate."""
    stuck = (cell.model, cell.condition, cell.target, cell.seed) == ("small", "mnli.en", "tatoeba", 2)
    return [{**row, "prediction": "neutral"} for row in rows] if stuck else rows


@pytest.fixture(scope="module")
def told(make_case: Callable[..., Any]) -> Iterator[Told]:
    """A lab study with all there can be: two models, a control, a primary comparison, a benchmark of one task."""
    models = {"small": 1_100_000, "large": 17_000_000}
    missing = ("large", "mnli.ja", "tatoeba", "ko")
    case = make_case(
        lambda cell: (cell.model, cell.condition, cell.target, cell.language) == missing,
        models=models,
        targets=("xnli", "tatoeba"),
        lab=True,
        rewrite=stick,
        control=True,
        num_examples=200,
        seed_sd=0.01,
    )
    primary = Primary(intermediate="mnli", language="ja", against="en", target="xnli", part="far")
    study = case.plan.study.model_copy(update={"margin": MARGIN, "primary": primary, "benchmarks": ("one",)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Catalogue, "benchmark", lambda catalogue, name: ONE)
        comparison = compare(case.frame, study, Settings(num_resamples=200, num_permutations=99))
        yield case.frame, comparison, study, data_files(case.frame, comparison, study)


def read(told: Told, name: str) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(told[3][name]))


def tail(row: Any, beyond: Any) -> Any:
    """The share above `beyond` of a mean whose variance is (seeds) and (others): by drawing."""
    rng = np.random.default_rng(0)
    parts = ((row.var_seeds, row.df_seeds), (row.var_others, row.df_others))
    squares = [part * min(df, 1e6) / rng.chisquare(min(df, 1e6), 40_000) for part, df in parts if part > 0]
    return norm.sf(np.asarray(beyond)[..., None] / np.sqrt(np.sum(squares, axis=0))).mean(axis=-1)


def test_interval_and_p_follow_from_value_and_the_parts_of_its_variance(told: Told) -> None:
    rows = read(told, "comparisons.csv").query("value.notna() and se.notna()")
    np.testing.assert_allclose(rows["se"] ** 2, rows["var_seeds"].fillna(0) + rows["var_others"])
    for row in rows.query("se > 0")[::5].itertuples():
        low, high = (row.value - row.low, row.high - row.value)
        is_cut = row.comparison == SCORE and (row.low == 0 or row.high == 100)
        np.testing.assert_allclose(tail(row, [max(low, high) if is_cut else low]), 0.025, atol=0.003)
        if not math.isnan(row.p):
            np.testing.assert_allclose(row.p, 2 * tail(row, abs(row.value)), atol=0.006)
            np.testing.assert_allclose(row.p_equivalence, tail(row, row.margin - abs(row.value)), atol=0.006)
    tested = rows[rows["p"].notna() & rows["se"].gt(0)]
    assert set(tested["comparison"]) == set(rows["comparison"]) - {SCORE, ARM_GAP}


def test_what_examples_add_follows_from_their_part_and_what_it_shares(told: Told) -> None:
    rows = read(told, "comparisons.csv").query("se.notna()")
    shared = rows["var_shared"].where(rows["var_seeds"].gt(0), 0)
    np.testing.assert_allclose(rows["var_others"], (rows["var_examples"] - shared).clip(lower=0), atol=1e-9)


def holm(p: pd.Series) -> pd.Series:
    """Holm's (1979) step-down values, with nothing but their definition."""
    order = p.sort_values(kind="stable")
    steps = order * np.arange(len(order), 0, -1)
    return steps.cummax().clip(upper=1).reindex(p.index)


@pytest.mark.parametrize("name", ["p", "p_equivalence"])
def test_holm_within_each_family_counts_each_test_once(told: Told, name: str) -> None:
    rows = read(told, "comparisons.csv")
    families = rows[rows["p"].notna()].groupby(["runs", "family"])
    assert len(families) == 2 * 8  # a table and single languages by model, three kinds of interactions, the primary
    for _, family in families:
        tests = family.drop_duplicates("test").set_index("test")[name]
        assert set(family["family_size"]) == {len(tests)}
        np.testing.assert_allclose(family[f"{name}_holm"], family["test"].map(holm(tests)), rtol=1e-6)


def test_verdicts_follow_from_the_corrected_p(told: Told) -> None:
    rows = read(told, "comparisons.csv").query("family.notna()")
    signed = np.where(rows["value"] > 0, "higher", "lower")
    same = np.where(rows["p_equivalence_holm"] < 0.05, "equivalent", "undecided")
    wanted = np.where(rows["p_holm"] < 0.05, signed, same)
    wanted = np.where(rows["value"].isna(), "gap", np.where(rows["p"].isna(), "not tested", wanted))
    assert (rows["verdict"] == wanted).all()
    assert {"higher", "lower", "equivalent", "undecided", "gap"} <= set(wanted)


def test_the_value_is_the_mean_of_its_values_by_seed(told: Told) -> None:
    rows = read(told, "comparisons.csv").set_index("row")
    long = read(told, "by_seed.csv")
    np.testing.assert_allclose(long.groupby("row")["value"].mean(), rows["value"].dropna(), atol=1e-7)
    assert (long.groupby("row").size() == rows["num_seeds"][rows["num_seeds"] > 0]).all()
    for row, own in long.groupby("row"):
        assert json.loads(rows.loc[row, "by_seed"]) == pytest.approx(
            dict(zip(own["seed"].astype(str), own["value"], strict=True))
        )


def test_every_row_of_the_evidence_is_there_with_all_runs_and_without_degenerate_ones(told: Told) -> None:
    rows, comparison = read(told, "comparisons.csv"), told[1]
    assert comparison.without is not None
    for runs, body in ((ALL_RUNS, comparison), (WITHOUT, comparison.without)):
        differences = pd.concat([body.primary, body.gains, body.contrasts, body.interactions])["comparison"]
        wanted = {**differences.value_counts(), SCORE: len(body.scores), ARM_GAP: len(body.gaps)}
        assert rows[rows["runs"] == runs]["comparison"].value_counts().to_dict() == wanted
    assert {"primary", "gain", "language", "control", "between models", "between groups"} < set(rows["comparison"])
    assert rows["row"].tolist() == list(range(1, len(rows) + 1))


def test_a_benchmark_of_one_task_and_that_task_are_one_test(told: Told) -> None:
    rows = read(told, "comparisons.csv").query("runs == 'all' and comparison == 'gain' and model == 'small'")
    numbers = rows.set_index(["target", "part", "condition"])["test"]
    for condition in rows["condition"].unique():
        assert numbers["one", "all tasks", condition] == numbers["xnli", "all", condition]
    others = rows[rows["level"] != "benchmark"]["test"].dropna()
    assert others.is_unique


def test_a_text_that_a_column_repeats_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(files, "cell", lambda text: seen.append(text) or cell(text))
    table = pd.DataFrame(
        {"name": pd.Series(["=A1", "xnli", None, "=A1"] * 50, dtype="string"), "num": [1.5, math.nan] * 100}
    )
    assert files._csv(table).decode().splitlines()[:5] == ["name,num", "'=A1,1.5", "xnli,", ",1.5", "'=A1,"]
    assert seen == ["=A1", "xnli"]


def test_the_scores_are_every_cell_by_seed(told: Told) -> None:
    scores, frame = read(told, "scores.csv"), told[0]
    assert len(scores) == len(frame) and (scores["status"] == "missing").sum() == scores["value"].isna().sum() == 3
    np.testing.assert_allclose(scores["value"], frame["value"], rtol=1e-9)
    assert "predictions" not in scores.columns and set(scores["unit"]) == {"percent"}
    korean = scores[(scores["language"] == "ko") & (scores["status"] == "done")].iloc[0]
    assert (korean["family"], korean["script"]) == ("Koreanic", "Hangul")
    assert json.loads(korean["trivial"])["chance"] == pytest.approx(100 / 3)


@pytest.mark.parametrize("name", ["scores", "comparisons"])
def test_parquet_says_the_same_as_csv_in_types_that_do_not_depend_on_the_data(told: Told, name: str) -> None:
    text, table = read(told, f"{name}.csv"), pd.read_parquet(io.BytesIO(told[3][f"{name}.parquet"]))
    assert list(text.columns) == list(table.columns)
    for column in table.columns:
        if table[column].dtype == "string":
            assert (table[column].fillna("") == text[column].fillna("")).all(), column
        else:
            np.testing.assert_allclose(text[column], table[column].astype("float64"), rtol=1e-9)


def test_the_dictionary_names_every_column_of_every_file(told: Told) -> None:
    known = read(told, "dictionary.csv")
    for name, content in told[3].items():
        make = pd.read_parquet if name.endswith(".parquet") else pd.read_csv
        assert list(known.loc[known["file"] == name, "column"]) == list(make(io.BytesIO(content)).columns), name
    assert set(known["file"]) == set(told[3])
    assert known["meaning"].str.len().gt(5).all() and known["values"].notna().all()


def test_values_that_the_dictionary_lists_are_all_that_stand_there(told: Told) -> None:
    known = read(told, "dictionary.csv").set_index(["file", "column"])["values"]
    for file, column in (
        *(("comparisons.csv", name) for name in ("runs", "comparison", "level", "unit", "verdict")),
        ("scores.csv", "status"),
    ):
        found = set(read(told, file)[column].dropna())
        assert found <= set(known[file, column].split("; ")), column


def test_every_row_of_every_file_of_the_lab_is_marked(told: Told) -> None:
    for name, content in told[3].items():
        make = pd.read_parquet if name.endswith(".parquet") else pd.read_csv
        assert set(make(io.BytesIO(content))["lab"]) == {WATERMARK}, name


def test_a_study_without_intermediate_tasks_has_its_scores(make_case: Callable[..., Any], tmp_path: Path) -> None:
    case = make_case(seeds=(1,), intermediates={}, num_examples=40)
    files = data_files(case.frame, case.comparison, case.plan.study)
    rows = pd.read_csv(io.BytesIO(files["comparisons.csv"]))
    assert set(rows["comparison"]) == {SCORE, ARM_GAP} and rows["lab"].isna().all()
    assert set(rows["runs"]) == {ALL_RUNS}
