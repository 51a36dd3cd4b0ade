"""Where sizes have several encoders, the page and the tables lead with means over these."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sealed import fill
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.evidence.compare import Comparison, compare
from stepstone.evidence.frame import collect
from stepstone.evidence.size.columns import AT_SIZE, PRIMARY
from stepstone.planning.plan import Plan, plan
from stepstone.report.answer import answer_sentences
from stepstone.report.content import render_page
from stepstone.report.encoders import pretraining_replicates, single, with_size_means
from stepstone.report.grid import grids
from stepstone.report.labels import points
from stepstone.report.summary import primary_lines
from stepstone.report.tables import latex, markdown
from stepstone.store.store import Store

pytestmark = pytest.mark.slow

STUDY = """
name = "sizes"
models = ["lab-nano", "lab-micro", "lab-mini"]
pretraining_seeds = [1, 2]
seeds = [1, 2]
languages = ["en", "de"]
[lab]
[primary]
intermediate = "nli"
language = "ja"
against = "en"
target = "xnli"
[intermediate.nli]
tasks = { en = "mnli", ja = "jnli" }
num_examples = 20
[target.xnli]
num_examples = 20
num_test = 8

"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Comparison, str]:
    folder = tmp_path_factory.mktemp("sizes")
    file = folder / "study.toml"
    file.write_text(STUDY, encoding="utf-8")
    planned = plan(Study.load(file), Place(cache=folder / "cache", with_data=False))
    done = fill(file, planned, Store(folder / "store"))
    frame = collect(done.plan, done.store)
    comparison = compare(frame, done.plan.study)
    return done.plan, comparison, render_page(done.plan, frame, comparison, [])


def test_tables_lead_with_means_over_the_encoders_of_a_size(found: tuple[Plan, Comparison, str]) -> None:
    planned, comparison, _ = found
    study = planned.study
    titles = [grid.title for grid in grids(with_size_means(comparison), study)]
    assert [title.partition(" (")[0] for title in titles] == ["lab-nano", "lab-micro", "lab-mini"]
    assert all("mean of 2 encoders" in title for title in titles)
    assert len(grids(single(comparison), study)) == len(pretraining_replicates(comparison)) == 6
    assert "mean of 2 encoders" in latex(comparison, study) and "pretraining seed" not in latex(comparison, study)
    text = markdown(comparison, study)
    assert text.index("mean of 2 encoders") < text.index("pretraining seed 2")


def test_means_are_those_of_the_encoders_and_a_gap_of_one_is_one_of_all(found: tuple[Plan, Comparison, str]) -> None:
    _, comparison, _ = found
    same = {"condition": "nli.ja", "reference": "nli.en", "part": "all"}

    def value(one: Comparison, **wanted: str) -> float:
        table = one.contrasts
        return float(table.loc[(table[list(wanted)] == list(wanted.values())).all(axis=1), "value"].mean())

    assert value(with_size_means(comparison), model="lab-micro", **same) == pytest.approx(
        value(comparison, size="lab-micro", **same)
    )
    scores = comparison.scores
    gap = scores.index[(scores["model"] == "lab-nano") & (scores["condition"] == "none") & (scores["part"] == "all")]
    holed = replace(comparison, scores=scores.assign(value=scores["value"].mask(scores.index.isin(gap))))
    means = with_size_means(holed).scores
    assert means[means["part"].eq("all") & means["condition"].eq("none")].set_index("model")[
        "value"
    ].isna().to_dict() == {
        "lab-nano": True,
        "lab-micro": False,
        "lab-mini": False,
    }


def test_the_primary_comparison_is_told_once_a_size_and_is_a_family_of_its_own(
    found: tuple[Plan, Comparison, str],
) -> None:
    planned, comparison, _ = found
    lines = primary_lines(with_size_means(comparison), planned.study)
    assert len(lines) == 3 and all("(mean of 2 encoders)" in line for line in lines)
    slopes = comparison.slopes
    own = slopes[slopes["comparison"].eq(AT_SIZE) & slopes["family"].str.startswith(PRIMARY)]
    assert set(own["family_size"]) == {3}


def test_single_encoders_are_on_the_page_behind_their_means(found: tuple[Plan, Comparison, str]) -> None:
    _, _, page = found
    gains = page[page.index("</form>") : page.index('id="contrasts"')]
    assert gains.index("mean of 2 encoders") < gains.index("<summary>Each of the 6 encoders</summary>")
    assert gains.index("<summary>Each of the 6 encoders</summary>") < gains.index("pretraining seed 2")


@pytest.mark.parametrize("model", ["", 'model = "lab-nano"\n'])
def test_one_size_of_several_encoders_is_answered_by_their_mean(tmp_path: Path, model: str) -> None:
    text = STUDY.replace('["lab-nano", "lab-micro", "lab-mini"]', '["lab-nano"]')
    file = tmp_path / "study.toml"
    file.write_text(text.replace("[primary]\n", f"[primary]\n{model}"), encoding="utf-8")
    planned = plan(Study.load(file), Place(cache=tmp_path / "cache", with_data=False))
    done = fill(file, planned, Store(tmp_path / "store"))
    means = with_size_means(compare(collect(done.plan, done.store), done.plan.study))
    first, second, *_ = answer_sentences(means, done.plan.study)
    assert first.startswith("On lab-nano, what Japanese-like rather than English-like training with nli gives is ")
    assert second == "It rests on 2 encoders of lab-nano; the interval allows for pretraining anew."
    assert set(means.primary["num_encoders"]) == {2}
    assert f"{points(means.primary['value'].iloc[0])} points" in first
