"""A page begins with the answer and one figure; targets come in a row, all languages first, folded where many."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stepstone.report.answer import answer_paragraph, answer_sentences
from stepstone.report.content import render_page
from stepstone.report.drawing import Figure
from stepstone.report.inline import inline
from stepstone.report.notes import caption, commands
from stepstone.report.opening import gallery, lead, target_lines
from stepstone.report.page import report
from stepstone.report.summary import findings
from stepstone.report.tables import markdown

BARE = '<svg xmlns="http://www.w3.org/2000/svg" aria-label="all">{}</svg>'


def figure(*subject: str) -> Figure:
    return Figure(subject, "", {}, "")


def test_the_figure_beside_the_answer_is_that_of_the_whole() -> None:
    forest, heat, scaling = figure("forest", "m"), figure("gains_by_condition_and_target"), figure("scaling", "l", "t")
    assert lead([forest, heat, scaling]) is scaling and lead([forest, heat]) is heat and lead([forest]) is forest
    assert lead([]) is None and lead([figure("learning", "m", "t")]) is None


def test_figures_are_folded_by_kind() -> None:
    found = gallery([figure("gain", "a"), figure("forest", "a"), figure("gain", "b")], {"forest"})
    assert [(title, len(own)) for title, own in found] == [
        ("Gains by language", 2),
        ("Every comparison over all languages, an encoder each, of single encoders", 1),
    ]


def test_a_mark_says_what_it_is_of_where_a_pointer_rests_and_nothing_else_speaks() -> None:
    drawn = BARE.format(
        '<g class="mark" role="graphics-object" aria-roledescription="group mark container" aria-label="axis">'
        '<path aria-label="a &amp; &quot;b&quot;: +1" aria-roledescription="point" d="M0.123456,2h1" fill="#000000"/>'
        '<path class="background" d="M0,0h0"/><line stroke="#000000" opacity="1"/></g>'
        '<clipPath id="c"><rect width="3"/></clipPath><g clip-path="url(#c)"><text fill="#000000">class="x"</text></g>'
    )
    found = inline(drawn, "one", {"#000000": "currentColor"})
    assert '<path d="M0.12,2h1" fill="currentColor"><title>a &amp; "b": +1</title></path>' in found
    assert found.count("aria-") == 1 and 'aria-label="all"' in found and 'role="img"' in found
    assert "background" not in found and "opacity" not in found and '>class="x"</text>' in found
    assert '<clipPath id="one-c"><rect width="3" /></clipPath>' in found and 'clip-path="url(#one-c)"' in found


@pytest.mark.slow
def test_targets_come_in_a_row_with_what_is_decided_of_them(lab_case: Any) -> None:
    xnli, tatoeba = target_lines(lab_case.comparison, lab_case.plan.study)
    gains = lab_case.comparison.gains
    own = gains[gains["target"].eq("xnli") & gains["level"].isin(["group", "all"])]
    counts = own["verdict"].value_counts()
    assert xnli.gains.startswith(f"{counts.get('higher', 0)} higher, {counts.get('lower', 0)} lower")
    assert xnli.metric == "accuracy (xtreme-2020)" and xnli.baseline.endswith("on 2 encoders")
    assert tatoeba.gains.startswith("0 higher, 0 lower")


@pytest.mark.slow
def test_all_languages_come_first_on_the_page(lab_case: Any) -> None:
    page = render_page(lab_case.plan, lab_case.frame, lab_case.comparison, [])
    gains = page[page.index('id="gains"') : page.index('id="contrasts"')]
    heads = re.findall(r"<thead>(.*?)</thead>", gains)
    assert heads and all(re.findall(r'<th scope="col">([^<]*)<', head)[0] == "all languages" for head in heads)


@pytest.mark.slow
def test_many_targets_are_folded_and_listed_in_the_contents(make_case: Callable[..., Any]) -> None:
    targets = ("xnli", "pawsx", "tatoeba", "xquad")
    case = make_case(targets=targets, languages=("en", "de"), seeds=(1,), num_examples=20)
    page = render_page(case.plan, case.frame, case.comparison, [])
    contents = page[page.index("<nav") : page.index("</nav>")]
    for place, name in enumerate(targets, start=1):
        assert f'<a href="#gains-{place}">{name}</a>' in contents
    assert re.findall(r'<details data-target="(\w+)" id="gains-\d"( open)?>', page) == [
        ("xnli", " open"),
        *((name, "") for name in targets[1:]),
    ]


@pytest.mark.slow
def test_training_data_that_is_read_twice_is_no_gain_of_another_task(make_case: Callable[..., Any]) -> None:
    case = make_case(targets=("xnli", "mnli"), seeds=(1, 2), num_examples=40)
    comparison, study = case.comparison, case.plan.study
    assert {place: one.data.task for place, one in comparison.used.rereads.items()} == {("mnli.en", "mnli"): "mnli"}
    said = "§ mnli is trained on mnli in en, which mnli in en had read before"
    assert any(line.startswith(said) for line in caption(comparison, study))
    rows = [line for line in markdown(comparison, study).splitlines() if "§" in line and line.startswith("| ")]
    assert len(rows) == 1 and rows[0].startswith("| mnli in en |") and rows[0].count("§") == 3
    comparison = replace(comparison, gains=comparison.gains.assign(verdict="higher"))
    xnli, mnli = findings(comparison, study)
    assert "read twice" in mnli.sentences[0] and "read twice" not in xnli.sentences[0]
    only = comparison.gains[comparison.gains["target"].eq("mnli") & comparison.gains["arm"].eq("en")]
    alone = replace(comparison, gains=only, contrasts=comparison.contrasts[:0])
    assert "own training data is read twice" in answer_paragraph(alone, study)


@pytest.mark.slow
def test_before_any_run_a_report_says_what_to_run(make_case: Callable[..., Any], tmp_path: Path) -> None:
    case = make_case(lambda cell: True, seeds=(1,))
    page = report(case.plan, case.frame, tmp_path, case.comparison).read_text(encoding="utf-8")
    lines = caption(case.comparison, case.plan.study)
    assert lines == ["No score is there yet."]
    assert "<code>stepstone run synthetic</code>" in page
    assert "intervals:" not in page and "Behrens" not in page and "No run looks degenerate" not in page


def test_commands_name_the_file_that_was_named(make_case: Callable[..., Any]) -> None:
    study = make_case(lambda cell: True, seeds=(1,)).plan.study
    assert commands(study, "my mails.toml")["report_command"] == "stepstone report 'my mails.toml'"
    twin = study.model_copy(update={"name": "synthetic-rehearsal", "rehearsal_of": "synthetic"})
    assert set(commands(twin, None).values()) == {"stepstone rehearse synthetic"}


@pytest.mark.slow
def test_the_answer_is_one_sentence_with_its_interval(lab_case: Any) -> None:
    first, *_ = answer_sentences(lab_case.comparison, lab_case.plan.study)
    assert re.search(r"is [+−][\d.]+ points \([−\d.]+ to [−\d.]+\) on xnli, \w+ \(p = [\d.e-]+\)\.$", first)


@pytest.mark.slow
def test_of_several_intermediate_tasks_the_first_sentence_counts_those_that_help(make_case: Callable[..., Any]) -> None:
    case = make_case(targets=("xnli", "mnli"), seeds=(1, 2), num_examples=40)
    made, study = case.comparison, case.plan.study
    assert made.primary.empty and "rather than" in answer_sentences(made, study)[0]
    gains = made.gains[made.gains["target"].eq("xnli")]
    other = gains.assign(intermediate="span", intermediate_base="span", value=gains["value"] + 50, verdict="higher")
    several = replace(made, gains=pd.concat([gains.assign(verdict="undecided"), other]))
    num = 2 * len(gains[gains["level"].eq("all") & gains["model"].eq(gains["model"].iloc[0])])
    first = answer_sentences(several, study)[0]
    assert (
        first.startswith(f"Of {num} trainings before xnli on ") and f" {num // 2} shown to give more than no" in first
    )
    assert "the largest gain, what " in first and " training with span gives over none, is +" in first
    none = replace(several, gains=several.gains.assign(verdict="undecided"))
    assert "none is shown to give more or less than no intermediate task" in answer_sentences(none, study)[0]
    compared = replace(several, contrasts=pd.concat([made.contrasts, made.contrasts.assign(intermediate_base="span")]))
    assert "rather than" in answer_sentences(compared, study)[0]
    unknown = replace(several, gains=several.gains.assign(value=float("nan"), verdict="gap", reason="2 of 2 missing"))
    assert "rather than" in answer_sentences(unknown, study)[0]
