"""The reference page is what the declarations say, and every link on it leads to a section."""

from __future__ import annotations

import re
from pathlib import Path

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.facts import REMEMBERED
from stepstone.core.model import HubModel
from stepstone.core.task import Files, Task
from stepstone.report import reference
from stepstone.report.method import model_size

PAGE = Path(__file__).parents[2] / "docs" / "tasks.md"


def test_the_page_is_what_the_declarations_say() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == reference.page(), f"a declaration changed: run `{reference.COMMAND}`"


def test_every_link_leads_to_a_section_and_every_task_benchmark_and_ladder_has_one() -> None:
    text = reference.page()
    sections = set(re.findall("^## (.+)$", text, re.MULTILINE))
    assert sections == {*BUILT_IN.tasks(), *BUILT_IN.benchmarks(), *BUILT_IN.ladders()}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= sections


def test_languages_with_test_data_alone_and_unknown_counts_are_told() -> None:
    task = Task(
        name="xnli",
        title="Toy",
        family="classification",
        metric="accuracy",
        definition="corrected",
        languages={"train": ("de", "en"), "test": ("de", "en", "yo")},
        labels=("0", "1"),
        sources=(Files(reader="tsv", files={"test": ("a|b.tsv",)}, options={"beside": ["c.tsv"]}),),
        rows={"test": {"de": 1200, "en": 1200}},
    )
    told = reference.describe_task(task)
    assert "| train | 2: de en | not known |" in told
    assert "| test | 3: de en yo (test only: yo) | 1,200 (de en); not known (yo) |" in told
    assert "1. Files, read as tsv: test `a|b.tsv`; read with `c.tsv`" in told
    assert "- Licence: not known" in told and "- Citation: not known" in told
    assert "beside it `xtreme-2020`, `jiant`" in told
    assert "- Read in: not known" in told and REMEMBERED not in told


def test_what_was_read_nowhere_is_marked_wherever_it_is_shown() -> None:
    task = BUILT_IN.task("xnli").model_copy(
        update={"evidence": {"rows": REMEMBERED, "recipe": f"{REMEMBERED}, of a talk", "licence": "its README"}}
    )
    told = reference.describe_task(task)
    assert "392,702 each (remembered) |" in told and "`max_length = 256` (remembered)" in told
    assert "- Licence: CC BY-NC 4.0\n" in told
    assert "- Read in: rows: remembered; recipe: remembered, of a talk; licence: its README" in told


def test_the_method_section_marks_a_size_that_is_remembered() -> None:
    place = {"name": "a", "repository": "someone/a", "revision": "0a1b2c"}
    assert model_size(HubModel(**place, evidence={"architecture": REMEMBERED}), 1_500_000) == "1.5 M (remembered)"
    assert model_size(HubModel(**place), 1_500_000) == "1.5 M"
    assert model_size(HubModel(**place), None) == "unknown"
