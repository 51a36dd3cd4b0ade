import csv
import json

import pytest

from results import invented_result
from stepstone.core.errors import UserError
from stepstone.pipeline.rescore import rescore, write_rows


@pytest.fixture
def planned(make_plan, fill):
    planned = make_plan(languages=["de"], seeds=[1], target={"xnli": {}})
    for stage in planned.stages.values():
        fill(stage)
    return planned


def test_kept_predictions_are_scored_by_another_definition_and_records_stay(planned, store) -> None:
    before = {key: store.record(key) for key in planned.stages}
    rows = rescore(planned, store, "jiant")
    assert [(row["label"], row["recorded"], row["score"]) for row in rows] == [
        ("alpha/none/xnli/s1/de", 50.0, 50.0),
        ("alpha/nli.en/own/s1/en", 50.0, 50.0),
        ("alpha/nli.en/xnli/s1/de", 50.0, 50.0),
        ("alpha/nli.ja/own/s1/ja", 50.0, 50.0),
        ("alpha/nli.ja/xnli/s1/de", 50.0, 50.0),
    ]
    assert rows[0]["recorded_definition"] == "xtreme-2020" and rows[0]["definition"] == "jiant"
    assert {key: store.record(key) for key in planned.stages} == before


def test_where_an_official_script_stops_the_others_are_scored(make_plan, fill, store) -> None:
    planned = make_plan(languages=["de"], seeds=[1], target={"xnli": {}})
    for stage in planned.stages.values():
        if stage.label != "alpha/nli.ja/xnli/s1/de":
            fill(stage)
            continue
        attempt = store.start(stage.key)
        row = {"id": "1", "prediction": None, "gold": "neutral"}
        (attempt.folder / "predictions.jsonl").write_text(json.dumps(row) + "\n")
        scores = {"metric": "accuracy", "definition": "corrected", "main": "accuracy", "values": {"accuracy": 0.0}}
        store.commit(
            stage, attempt, invented_result(stage, {"scores": {**scores, "num_examples": 1}}), 1.0, {"host": "here"}
        )
    rows = {row["label"].split("/")[1]: row for row in rescore(planned, store, "jiant")}
    assert rows["none"]["score"] == 50.0 and rows["none"]["stops"] == ""
    assert rows["nli.ja"]["score"] is None and "AssertionError" in rows["nli.ja"]["stops"]


def test_rows_are_written_as_csv_or_json(planned, store, tmp_path) -> None:
    rows = rescore(planned, store, "jiant")
    write_rows(tmp_path / "new" / "rows.csv", rows)
    with (tmp_path / "new" / "rows.csv").open(encoding="utf-8") as file:
        assert [row["score"] for row in csv.DictReader(file)] == ["50.0"] * 5
    write_rows(tmp_path / "rows.json", rows)
    assert json.loads((tmp_path / "rows.json").read_text()) == rows


def test_an_unknown_definition_is_answered_with_the_nearest(planned, store) -> None:
    with pytest.raises(UserError, match='did you mean "jiant"'):
        rescore(planned, store, "jint")


def test_nothing_to_rescore_is_an_error(make_plan, store) -> None:
    with pytest.raises(UserError, match="run the study first"):
        rescore(make_plan(), store, "jiant")
