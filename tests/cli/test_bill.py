import json
import sys

import pytest

from stepstone.cli import main

STUDY = """
name = "billed"
models = ["xlm-roberta-base"]
seeds = [1]
languages = ["en", "de"]
[target.xnli]
"""


@pytest.fixture
def cli(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("STEPSTONE_STORE", "STEPSTONE_DATA", "STEPSTONE_CATALOGUE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    (tmp_path / "billed.toml").write_text(STUDY)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["stepstone", "plan", "billed.toml", "--bill", *words])
        with pytest.raises(SystemExit) as exit_:
            main()
        shown = capsys.readouterr()
        return int(exit_.value.code or 0), shown.out, shown.err

    return call


def test_without_its_data_a_study_is_billed_for_disk_and_transfer(cli) -> None:
    status, out, err = cli("--no-hub", "--workers", "1")
    assert status == 0 and "so nothing is measured" in err and "mnli" in err
    assert "not measured, and in no figure: finetune xlm-roberta-base" in out
    assert "transfer: 1.1 GB of weights from the hub, by declared sizes: xlm-roberta-base" in out
    assert "disk: weights of 2 checkpoints 2.2 GB" in out


def test_json_of_a_bill_has_all_figures(cli) -> None:
    status, out, _ = cli("--without-data", "--json", "--watts", "100")
    table = json.loads(out)
    assert status == 0 and table["transfer"]["models"] == ["xlm-roberta-base"]
    assert table["seconds"] == {"seconds": 0.0, "low": 0.0, "high": 0.0} and table["kilowatt_hours"] == [0.0] * 3
    assert sum(one["num"] for one in table["kinds"]) == table["num_missing"]


@pytest.mark.parametrize(("words", "said"), [(("--device", "gpu"), "gpu"), (("--measure", "-1"), "--measure")])
def test_what_no_bill_can_be_made_of_is_refused(cli, words, said) -> None:
    status, _, err = cli(*words)
    assert status == 2 and said in err


def test_a_plan_until_a_time_says_what_is_there_by_then(cli) -> None:
    status, out, _ = cli("--without-data", "--until", "8h", "--workers", "2")
    assert status == 0 and "after 8 h 0 min with 2 workers: 0 of 4 stages, 0 of 2 scores" in out
    assert "not measured, so that nothing that needs it is counted on: " in out and "disk: weights of" in out


def test_json_has_the_bill_and_what_is_there_by_then(cli) -> None:
    status, out, _ = cli("--without-data", "--until", "1h30m", "--json")
    table = json.loads(out)
    assert status == 0 and table["num_missing"] == table["until"]["num_missing"] == 4
    assert table["until"]["seconds"] == 5400 and table["until"]["num_scores"] == 0
