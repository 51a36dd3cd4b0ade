"""Two machines on one store that are not alike: one line each at the start, where the store shows it."""

from __future__ import annotations

import json
import logging

import pytest

from stepstone.core.version import __version__
from stepstone.pipeline.elsewhere import find_others
from stepstone.pipeline.lines import Lines
from stepstone.pipeline.run import run
from stepstone.store.record import write_record
from stepstone.store.working import ProgressWriter


def missing_of(planned, store) -> set[str]:
    return {key for key in planned.stages if not store.complete(key)}


@pytest.fixture
def planned(make_plan):
    return make_plan(seeds=[1], languages=["de"], target={"xnli": {}})


def test_machines_that_are_alike_are_not_spoken_of(planned, store, fill) -> None:
    for label in ("alpha", "alpha/none/xnli/s1"):
        fill(planned.stages[planned.labels[label]])
    other = planned.stages[planned.labels["alpha/none/xnli/s1/de"]]
    store.start(other.key)
    with ProgressWriter(store.root, other.key, other.label):
        assert list(find_others(planned, store, missing_of(planned, store))) == []


def test_stages_of_another_version_are_counted_whether_they_are_done_or_at_work(planned, store, fill) -> None:
    record = fill(planned.stages[planned.labels["alpha"]])
    other = planned.stages[planned.labels["alpha/none/xnli/s1"]]
    old = record.model_copy(update={"provenance": {"stepstone": "0.0.9"}})
    write_record(store.root / "records" / record.key[:2] / f"{record.key}.json", old)
    store.start(other.key)
    notice = ProgressWriter(store.root, other.key, other.label)
    notice.working.version = "0.0.9"
    with notice:
        (line,) = find_others(planned, store, missing_of(planned, store))
    assert line.startswith(f"of Stepstone 0.0.9, where this is {__version__}, are 2 stages of this study: have all")


def test_data_that_differs_from_that_of_the_records_is_one_line(planned, make_plan, data, store, fill) -> None:
    for stage in planned.stages.values():
        fill(stage)
    rows = (data / "multinli_1.0_train.jsonl").read_text().splitlines()
    (data / "multinli_1.0_train.jsonl").write_text("\n".join(reversed(rows)) + "\n")
    there = make_plan(seeds=[1], languages=["de"], target={"xnli": {}})
    (line,) = find_others(there, store, missing_of(there, store))
    assert (
        line.startswith("in the store with other data: 4 labels of this study, alpha/none/xnli/s1 among them (")
        and "`stepstone why`" in line
    )


def test_a_run_that_is_at_another_stage_of_the_same_label_is_named(planned, make_plan, store) -> None:
    other = make_plan(seeds=[1], languages=["de"], target={"xnli": {}}, recipe={"learning_rate": 3e-5})
    at = other.stages[other.labels["alpha/none/xnli/s1"]]
    store.start(at.key)
    with ProgressWriter(store.root, at.key, at.label):
        (line,) = find_others(planned, store, missing_of(planned, store))
    assert line.endswith("is at alpha/none/xnli/s1, another stage there: its study or data differ from these here")


def test_a_notice_of_an_older_version_says_none(planned, store) -> None:
    at = planned.stages[planned.labels["alpha/none/xnli/s1"]]
    store.start(at.key)
    notice = ProgressWriter(store.root, at.key, at.label)
    with notice:
        table = json.loads(notice.path.read_text())
        del table["version"]
        notice.path.write_text(json.dumps(table))
        assert list(find_others(planned, store, missing_of(planned, store))) == []


@pytest.mark.slow
def test_a_run_says_it_before_its_first_job(planned, store, fill, launcher) -> None:
    class Said(Lines):
        lines: list[str] = []

        def write(self, line: str, level: int = logging.INFO) -> None:
            self.lines.append(line)

    record = fill(planned.stages[planned.labels["alpha"]])
    old = record.model_copy(update={"provenance": {"stepstone": "0.0.9"}})
    write_record(store.root / "records" / record.key[:2] / f"{record.key}.json", old)
    run(planned, store, launcher, watch=Said())
    assert Said.lines[0].startswith("of Stepstone 0.0.9") and "start" in Said.lines[1]
