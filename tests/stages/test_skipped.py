"""Lines and rows that hold no example are counted on their way from the files to the page that a person reads."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from here import Here
from stepstone.core.place import Place
from stepstone.core.result import ReadAs
from stepstone.core.study import Study
from stepstone.evidence.compare import compare
from stepstone.evidence.frame import collect
from stepstone.pipeline.run import run
from stepstone.planning.plan import plan
from stepstone.planning.preflight import check_data
from stepstone.report.page import report
from stepstone.report.tables import StudyTable
from stepstone.store.store import Store

pytestmark = [pytest.mark.trains, pytest.mark.slow]

WORDS = "# one\nthe\tO\nheron\tB-BIRD\n\n# two\nmy\tO\nferry\tO\n\n"
PAIRS = [("entailment", "moved"), ("neutral", "sank"), ("-", "may"), ("contradiction", "stayed")]
NOTES = (
    "Left out of mnli train: rows that are no examples (en 1).",
    "Left out of mnli dev: rows that are no examples (en 1).",
    "Left out of birds train: comment lines (en 2).",
    "Left out of birds test: comment lines (de 3).",
)
READ = (("train", "en"), ("test", "de"))
PARTED = "columns are parted by tabs"


def test_what_is_left_out_of_files_stands_in_records_under_the_table_and_on_the_page(
    tiny: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    rows = [{"gold_label": label, "sentence1": "The ferry left.", "sentence2": f"It {verb}."} for label, verb in PAIRS]
    for name in ("multinli_1.0_train.jsonl", "multinli_1.0_dev_matched.jsonl"):
        (data / name).write_text("".join(json.dumps({**row, "pairID": row["sentence2"]}) + "\n" for row in rows))
    files = {split: {code: str(data / f"{split}.conll")} for split, code in (("train", "en"), ("test", "de"))}
    (data / "train.conll").write_text(WORDS)
    (data / "test.conll").write_text(f"# zero\n{WORDS}")
    table = {
        "name": "skipped",
        "models": ["own"],
        "languages": ["de"],
        "model": {"own": {"folder": str(tiny)}},
        "recipe": {"num_steps": 1, "batch_size": 2, "max_length": 32, "selection": "last"},
        "task": {"birds": {"family": "tagging", "labels": ["O", "B-BIRD", "I-BIRD"], "files": files}},
        "intermediate": {"nli": {"tasks": {"en": "mnli"}}},
        "target": {"birds": {}},
    }
    made = plan(Study.parse(table), Place(folders=(data,), cache=tmp_path / "cache", use_hub=False))
    store = Store(tmp_path / "store")
    outcome = run(made, store, Here())
    assert outcome.exit_status == 0, outcome.failures
    hop = store.record(made.labels["own/nli.en/s1"])
    assert hop is not None
    assert [one.counts for one in hop.result.skipped] == [{"rows that are no examples": 1}]
    assert check_data(made, made.stages).read_as == tuple(
        ReadAs(task="birds", split=split, language=code, said=(PARTED,)) for split, code in READ
    )
    read = {one for record in store.records() for one in record.result.read_as if one.task == "birds"}
    assert {(one.split, one.language, one.said) for one in read} == {(*place, (PARTED,)) for place in READ}
    frame = collect(made, store)
    comparison, out = compare(frame, made.study), io.StringIO()
    Console(file=out, width=2000).print(StudyTable(comparison))
    page = report(made, frame, tmp_path / "report", comparison).read_text(encoding="utf-8")
    first = page[: page.index('id="gains"', page.index("</nav>"))]
    assert [note for note in NOTES if note not in out.getvalue()] == []
    assert [note for note in NOTES if note not in first] == []
    assert f"<td>{PARTED}</td><td>birds train (en); birds test (de)</td>" in page and PARTED not in first
