"""The page is whole, says what was found, and needs nothing from outside."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pandas as pd
import pytest

from framed import misfits
from stepstone.core.errors import UserError
from stepstone.core.model import FolderModel
from stepstone.core.result import PretrainedResult
from stepstone.evidence.attached import attach, attached
from stepstone.evidence.compare import compare
from stepstone.evidence.ran import Run
from stepstone.report.holes import unread
from stepstone.report.labels import MINUS, WATERMARK
from stepstone.report.method import num_parameters
from stepstone.report.notes import caption
from stepstone.report.page import report

pytestmark = pytest.mark.slow

VOID = {"meta", "br", "link", "img", "hr", "input"}


class Reader(HTMLParser):
    """Checks that tags are balanced and gathers references and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.ids: list[str] = []
        self.scripts = 0
        self.policy = ""
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        if ("http-equiv", "Content-Security-Policy") in attrs:
            self.policy = dict(attrs)["content"] or ""
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "data", "action", "poster", "srcset"):
                self.references.append(value or "")
            if name == "id":
                self.ids.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.handle_starttag(tag, attrs)
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def folder(lab_case: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lab")
    assert report(lab_case.plan, lab_case.frame, path, lab_case.comparison) == path / "report.html"
    return path


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


def test_the_page_parses_and_every_tag_is_closed(page: str) -> None:
    reader = Reader(page)
    assert reader.open == [] and reader.scripts == 1
    assert len(reader.ids) == len(set(reader.ids))


def test_the_page_asks_for_nothing_from_outside_and_links_to_what_is_there(page: str, folder: Path) -> None:
    reader = Reader(page)
    within = {reference[1:] for reference in reader.references if reference.startswith("#")}
    beside = {unquote(reference) for reference in reader.references if not reference.startswith("#")}
    assert within <= set(reader.ids) and beside <= {path.name for path in folder.iterdir()}
    assert {path.name for path in folder.iterdir() if path.suffix in (".svg", ".csv", ".tex", ".bib")} <= beside
    assert not re.search(r"@import|url\((?!#)|@font-face", page)
    assert not re.findall(r"https?://[^\s\"'<>)]+", page)


def test_the_page_s_own_script_is_the_only_one_that_may_run(page: str) -> None:
    (script,) = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert Reader(page).policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    assert " on" not in "".join(re.findall(r"<[a-z]+( on[a-z]+)=", page))


def test_the_page_says_what_was_found_and_what_is_undecided(page: str) -> None:
    text = Reader(page).text
    assert "Does Japanese intermediate training help languages that are built like Japanese?" in text
    assert "24 comparisons against no intermediate task (model, intermediate task, target, languages): " in text
    assert "The study declares no primary comparison, so what is decided here is exploratory." in text
    assert re.search(r"Over no intermediate task: higher: [^;]*mnli in ja-like for far on small, \+", text)
    assert re.search(r"; lower: [^.]*mnli in ja-like for near on small, −", text)
    assert "tatoeba Over no intermediate task: nothing is decided." in text
    assert "Between groups of languages: higher: mnli in ja-like for far minus near on small, +" in text


def test_a_number_of_the_answer_stands_beside_what_it_is_of(page: str) -> None:
    """A narrow window breaks lines at blanks: not within "p = 0.01"."""
    (answer,) = re.findall(r'<p class="answer">(.*?)</p>', page, re.DOTALL)
    assert "\u00a0=\u00a0" in answer and " = " not in answer


def test_no_sentence_ranks_what_is_not_tested(page: str, real_case: Any, tmp_path: Path) -> None:
    one_seed = report(real_case.plan, real_case.frame, tmp_path, real_case.comparison).read_text(encoding="utf-8")
    for text in (Reader(page).text, Reader(one_seed).text):
        found = text.split("What was found", 2)[2].rpartition("How it was run")[0]
        # Who can be the best is itself tested, of all pairs of arms.
        before, _, after = found.partition("Which arm is best?")
        assert not re.search(
            r"\b(best|most from|largest estimate|gained)\b", before + after.partition("A composite")[2]
        )
    assert "Which arm is best?" not in Reader(one_seed).text
    assert (
        "not tested, for one seed says nothing of another run" in Reader(one_seed).text
        and "*" not in Reader(one_seed).text
    )


def test_what_several_seeds_leave_untested_has_its_own_reason(make_case: Callable[..., Any], tmp_path: Path) -> None:
    def alike(_: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "prediction": "entailment"} for row in rows]

    case = make_case(num_examples=40, rewrite=alike)
    page = report(case.plan, case.frame, tmp_path / "report", case.comparison).read_text(encoding="utf-8")
    text = Reader(page).text
    assert "one seed" not in text.partition("How it was run")[0]
    assert re.search(r"and \d+ not tested \(neither seeds nor examples vary\)\.", text)
    assert "Over no intermediate task: not tested, for neither seeds nor examples vary." in text


def test_encoders_without_an_intermediate_task_are_compared(make_case: Callable[..., Any], tmp_path: Path) -> None:
    def better(model: str, *_: str) -> float:
        return 0.3 if model == "c" else 0.0

    models = {"a": 1_000_000, "b": 2_000_000, "c": 3_000_000}
    case = make_case(models=models, intermediates={}, num_examples=80, effect=better)
    path = report(case.plan, case.frame, tmp_path / "three", case.comparison)
    text = Reader(path.read_text(encoding="utf-8")).text
    value = case.comparison.scores.query("model == 'c' and level == 'all'")["value"].item()
    assert (
        f"Of 3 encoders c scores highest on xnli ({value:.1f}), and is shown to score higher than every other." in text
    )
    assert "9 comparisons of one encoder with another (target, languages):" in text
    assert (
        "Which encoder is best?" in text and f"c scores highest of 3 encoders ({value:.1f}), and is the best." in text
    )
    assert f"b {MINUS} a" in text and f"c {MINUS} b" in text and "9 tests, and 12 of single languages" in text
    rows = pd.read_csv(path.with_name("comparisons.csv"))
    assert len(rows[rows["comparison"] == "encoder"]) == 3 * 7
    ranks, said = pd.read_csv(path.with_name("ranks.csv")), pd.read_csv(path.with_name("dictionary.csv"))
    allowed = said.set_index(["file", "column"])["values"].to_dict()
    assert set(rows["comparison"]) <= set(allowed["comparisons.csv", "comparison"].split("; "))
    assert set(ranks["ranked"]) == {"encoders"} <= set(allowed["ranks.csv", "ranked"].split("; "))
    assert misfits("encoders", case.comparison.encoders) == misfits("ranks", case.comparison.ranks) == []


def test_what_is_said_of_two_encoders_is_their_difference(make_case: Callable[..., Any], tmp_path: Path) -> None:
    for seeds, said in (
        ((1, 2, 3), r"b minus a is .* points \(.*\), \w+ \(p = "),
        ((1,), r"not tested \(one seed says"),
    ):
        case = make_case(models={"a": 1_000_000, "b": 2_000_000}, intermediates={}, num_examples=40, seeds=seeds)
        page = report(case.plan, case.frame, tmp_path / str(len(seeds)), case.comparison).read_text(encoding="utf-8")
        assert re.search(said, Reader(page).text)
        assert re.search(r"and is not shown to score higher than [ab]\.", Reader(page).text)
    alone = make_case(models={"a": 1_000_000}, intermediates={}, num_examples=40)
    page = report(alone.plan, alone.frame, tmp_path / "alone", alone.comparison).read_text(encoding="utf-8")
    assert "There is no comparison: the study has no intermediate task." in Reader(page).text
    assert "Encoders compared" not in Reader(page).text


def test_the_page_shows_gaps_and_flags_and_excludes_nothing(page: str) -> None:
    text = Reader(page).text
    assert "3 of 144 cells are missing" in text
    assert "large, mnli in ja-like, xnli 3 ko-like not computed yet" in text
    assert "1 of 2 missing" in text and "1 of 4 missing" in text
    assert "for every example" in text and "They are counted in the numbers above, whose cells are marked †." in text
    assert "Again without degenerate runs The stated rule: a run is left out where" in text


@pytest.mark.slow
def test_a_caution_is_no_degenerate_run(make_case: Callable[..., Any], tmp_path: Path) -> None:
    found = make_case(seeds=(1, 2), num_examples=40)
    others = ("rescored", "unknown-pieces", "no-predictions", "not-additive", "unknown-pieces@small/mnli.en/s1")
    frame = found.frame.copy()
    frame["flags"] = [others] * len(frame)
    comparison = compare(frame, found.plan.study, found.comparison.settings)
    text = report(found.plan, frame, tmp_path / "cautions", comparison).read_text(encoding="utf-8")
    assert comparison.without is None and "†" not in text and "No run looks degenerate" in text
    told = Reader(text).text
    assert f"the record's score differs from what its predictions give today {len(frame)} small/none/" in told
    assert "(small/mnli.en/s1)" in told and "for which nothing is marked" in told
    for flag in ("majority-class", "constant-prediction", "diverged@small/mnli.en/s1", "plateau@small/mnli.en/s1"):
        frame["flags"] = [(*others, flag), *[others] * (len(frame) - 1)]
        comparison = compare(frame, found.plan.study, found.comparison.settings)
        text = report(found.plan, frame, tmp_path / flag.partition("@")[0], comparison).read_text(encoding="utf-8")
        assert comparison.without is not None and "†" in text and "Some runs look degenerate" in text, flag


def test_the_page_says_how_it_was_run(page: str) -> None:
    text = Reader(page).text
    for said in ("1.1 M", "learning rate 1e-05", "torch 2.9.0", "files:mnli-train-ja", "accuracy (xtreme-2020)"):
        assert said in text


def test_every_part_of_a_lab_report_carries_the_watermark(folder: Path, page: str) -> None:
    sections = re.split(r"<section ", page)
    assert WATERMARK in sections[0]
    for name in ("gains", "contrasts", "scores", "method", "reading"):
        assert WATERMARK in next(part for part in sections if part.startswith(f'id="{name}"'))
    for path in folder.iterdir():
        assert WATERMARK.encode() in path.read_bytes(), path.name
    figures = re.findall(r"<figure\b.*?</figure>", page, flags=re.DOTALL)
    assert len(figures) == len(list(folder.glob("*.svg"))) and all(WATERMARK in figure for figure in figures)


def test_lab_languages_are_never_shown_as_real_ones(page: str) -> None:
    text = Reader(page).text
    assert not re.search(r"\bin (en|de|ja|ko)\b(?!-like)", text)


def test_a_report_on_real_data_has_no_watermark(real_case: Any, tmp_path: Path) -> None:
    report(real_case.plan, real_case.frame, tmp_path, real_case.comparison)
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert WATERMARK.encode() not in content and b"-like" not in content
    assert "There is one seed" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert pd.read_csv(tmp_path / "scores.csv")["lab"].isna().all()


def test_a_rehearsal_names_what_it_stands_for(real_case: Any, tmp_path: Path) -> None:
    study = real_case.plan.study.model_copy(update={"rehearsal_of": "the_large_one"})
    plan = replace(real_case.plan, study=study)
    page = report(plan, real_case.frame, tmp_path, real_case.comparison).read_text(encoding="utf-8")
    assert f"{WATERMARK} (rehearsal of the_large_one)" in page


def test_figures_are_svg_with_text(folder: Path) -> None:
    paths = sorted(folder.glob("*.svg"))
    assert {path.name for path in paths} == {
        "forest_small.svg",
        "forest_large.svg",
        "gain_small_mnli.svg",
        "gain_large_mnli.svg",
        "contrast_ja_en_xnli.svg",
        "contrast_ja_en_tatoeba.svg",
        "gains_by_condition_and_target.svg",
        "gain_by_distance_small.svg",
        "gain_by_distance_large.svg",
    }
    for path in paths:
        words = " ".join(ElementTree.parse(path).getroot().itertext())
        assert "xnli" in words or "minus" in words or "gain, points" in words


def test_the_same_evidence_gives_the_same_page(folder: Path, page: str, lab_case: Any, tmp_path: Path) -> None:
    report(lab_case.plan, lab_case.frame, tmp_path, lab_case.comparison)
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page


def test_the_same_evidence_is_not_drawn_twice_but_what_is_gone_or_changed_is(lab_case: Any, tmp_path: Path) -> None:
    def written(frame: pd.DataFrame) -> int:
        return report(lab_case.plan, frame, tmp_path, lab_case.comparison).stat().st_mtime_ns

    first = written(lab_case.frame)
    assert written(lab_case.frame) == first
    figure = min(tmp_path.glob("*.svg"))
    figure.unlink()
    second = written(lab_case.frame)
    assert second > first and figure.is_file()
    changed = lab_case.frame.assign(num_cut=lab_case.frame["num_cut"] + 1)
    changed.attrs = lab_case.frame.attrs
    assert written(changed) > second


def test_what_an_encoder_cannot_read_stands_first_and_its_weights_account_beside_the_model(
    lab_case: Any, tmp_path: Path
) -> None:
    frame = lab_case.frame.copy()
    frame["unknown"] = [60.0 if code == "ja" else 0.4 for code in frame["language"]]
    frame["flags"] = [(*flags, "unknown-pieces@small/nli.ja/s1") for flags in frame["flags"]]
    taken = PretrainedResult(num_parameters=1, weights={"unwrapped": ["module."], "tied": ["decoder.weight"]})
    encoder = next(key for key, stage in lab_case.plan.stages.items() if not stage.parents)
    run: Run | None = attached(frame, "run", None)
    assert run is not None
    attach(frame, run=replace(run, results={encoder: taken}))
    path = report(lab_case.plan, frame, tmp_path, lab_case.comparison)
    first, *_, last = path.read_text(encoding="utf-8").split('id="gains"')
    assert "&#34;module.&#34; taken off the names of its weights; embeddings read from &#34;decoder.weight&#34;" in last
    assert (
        first.count("that the tokenizer of small, large does not know, of all that were evaluated: ja-like 60.0 %.")
        == 1
    )
    assert "unknown word pieces: small/nli.ja/s1." in first
    assert not list(unread(lab_case.frame, lab_case.plan.study)), "older records do not say"


@pytest.mark.parametrize(
    ("declared", "counted", "shown"), [(None, 94_800, 94_800), (91_700, 94_800, 91_700), (None, None, None)]
)
def test_a_model_s_size_is_as_declared_else_as_counted(
    declared: int | None, counted: int | None, shown: int | None
) -> None:
    model = FolderModel(name="own", folder="own", num_parameters=declared)
    result = None if counted is None else PretrainedResult(num_parameters=counted)
    assert num_parameters(model, result) == shown


def test_names_from_a_study_cannot_become_markup(make_case: Callable[..., Any], tmp_path: Path) -> None:
    case = make_case(seeds=(1,), num_examples=40, groups={"<b>near": ("en", "de"), "far & wide": ("ja", "ko")})
    text = report(case.plan, case.frame, tmp_path, case.comparison).read_text(encoding="utf-8")
    assert "<b>near" not in text and "&lt;b&gt;near" in text
    assert Reader(text).open == []


def test_a_study_with_nothing_computed_still_gets_a_page(make_case: Callable[..., Any], tmp_path: Path) -> None:
    case = make_case(lambda cell: True, seeds=(1,))
    text = Reader(report(case.plan, case.frame, tmp_path, case.comparison).read_text(encoding="utf-8")).text
    assert "Nothing can be said yet: all 6 comparisons have gaps." in text
    assert "12 of 12 cells are missing" in text
    told = text.split("Gaps and flags")[-1]
    assert (
        told.count("not computed yet") == 1
        and "small, no intermediate task, mnli in en, mnli in ja, xnli 12 en de ja ko not" in told
    )


def test_a_study_without_intermediate_tasks_gets_its_scores(make_case: Callable[..., Any], tmp_path: Path) -> None:
    case = make_case(seeds=(1,), intermediates={})
    text = Reader(report(case.plan, case.frame, tmp_path, case.comparison).read_text(encoding="utf-8")).text
    assert "There is no comparison: the study has no intermediate task." in text and "Zero-shot gap" in text
    lines = caption(case.comparison, case.plan.study)
    assert lines[0].startswith("Rows: what chance") and "points over" not in lines[0]


def test_a_folder_that_cannot_be_written_is_told(real_case: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UserError, match="name another folder"):
        report(real_case.plan, real_case.frame, tmp_path / "file" / "report", real_case.comparison)
