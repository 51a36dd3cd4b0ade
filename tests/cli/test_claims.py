"""`stepstone claims`: a study's claims, a paper's passages, proposals, and what is bad input."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from invented import STUDY
from stepstone.cli import main
from stepstone.core.claim import Claims

Cli = Callable[..., tuple[int, str, str]]
PAPER = "Some lines.\n\nMNLI and SQuAD improve Tatoeba by 5.0 points on XNLI.\n"
CLAIM = """
title = "A paper"
[[claim]]
id = "gains"
statement = "MNLI and SQuAD improve XNLI by 5.0 points."
place = "abstract"
test = { kind = "comparison", arm = "nli.ja", target = "xnli" }
[[claim]]
id = "other"
statement = "Merging does not help in any of the languages."
place = "abstract"
untested = "nothing is merged"
"""


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    """Run a command line in this process; returns exit status, output and errors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "paper.txt").write_text(PAPER, encoding="utf-8")
    (tmp_path / "own.toml").write_text(CLAIM, encoding="utf-8")
    top = "\n".join(f"{name} = {json.dumps(STUDY[name])}" for name in ("name", "models", "seeds"))
    tables = '[model.alpha]\nhub = "someone/alpha"\nrevision = "0a1b2c"\n[target.xnli]\n[intermediate.nli]\n'
    nli = 'tasks = { en = "mnli", ja = "jnli" }\nnum_examples = 100\nat_most = true\n'
    (tmp_path / "study.toml").write_text(f'claims = "own.toml"\n{top}\n{tables}{nli}', encoding="utf-8")
    (tmp_path / "plain.toml").write_text(f"{top}\n{tables}{nli}", encoding="utf-8")

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["stepstone", *map(str, words)])
        with pytest.raises(SystemExit) as exit_:
            main()
        shown = capsys.readouterr()
        return int(exit_.value.code or 0), shown.out, shown.err

    return call


@pytest.mark.slow
@pytest.mark.parametrize("words", [("claims", "study.toml"), ("claims", "show", "study.toml")])
def test_a_study_that_was_not_run_has_claims_without_a_test(cli: Cli, data: Path, words: tuple[str, ...]) -> None:
    status, out, _ = cli(*words, "--data", data, "--no-hub", "--json")
    rows = json.loads(out)
    assert status == 0 and [row["verdict"] for row in rows] == ["not tested", "not tested"]
    assert "missing" in rows[0]["reason"] and rows[1]["reason"] == "nothing is merged"


def test_a_study_without_claims_is_told_how_to_name_some(cli: Cli, data: Path) -> None:
    status, _, err = cli("claims", "plain.toml", "--data", data, "--no-hub")
    assert status == 2 and "the study has no claims" in err and 'claims = ["phang2020"]' in err


def test_a_claim_of_an_unknown_arm_is_refused(cli: Cli, data: Path, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(CLAIM.replace("nli.ja", "nli.jp"), encoding="utf-8")
    for verb in ("claims", "plan", "run"):
        status, _, err = cli(verb, "study.toml", "--data", data, "--no-hub")
        assert status == 2 and 'own.toml: claim gains: test.arm: no arm "nli.jp"; did you mean "nli.ja"?' in err


def test_a_paper_is_quoted_with_place_and_score_and_what_it_lacks_is_not_found(cli: Cli) -> None:
    status, out, _ = cli("claims", "check", "paper.txt", "--claims", "own.toml")
    assert status == 1 and "line 3, characters 13 to 66, score" in out and "MNLI and SQuAD improve Tatoeba" in out
    assert "own.toml other: Merging" in out and "no passage found (the nearest scores" in out and "verified" not in out
    status, out, _ = cli("claims", "check", "paper.txt", "--claims", "own.toml", "--json")
    first, other = json.loads(out)["claims"]
    assert status == 1 and (first["passage"]["line"], other["passage"]) == (3, None)


def test_a_pdf_is_refused_with_a_remedy(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7")
    for verb in ("check", "extract"):
        status, _, err = cli("claims", verb, "paper.pdf")
        assert status == 2 and "pdftotext paper.pdf paper.txt" in err


def test_a_proposal_is_written_once(cli: Cli, tmp_path: Path) -> None:
    status, out, _ = cli("claims", "extract", "paper.txt", "--to", "proposed.toml")
    assert status == 0 and "claims to edit: proposed.toml" in out
    assert Claims.load(tmp_path / "proposed.toml").claim[0].place == "line 3, characters 13 to 66"
    status, _, err = cli("claims", "extract", "paper.txt", "--to", "proposed.toml")
    assert status == 2 and "is there already" in err


@pytest.mark.slow
def test_a_review_is_ten_points_with_their_evidence(cli: Cli, data: Path) -> None:
    status, out, _ = cli("review", "study.toml", "--data", data, "--no-hub", "--json")
    found = json.loads(out)
    assert status == 0 and found["most"] == 10 and len(found["items"]) == 8
    assert found["points"] == pytest.approx(sum(item["points"] for item in found["items"]))
    status, out, _ = cli("claims", "plain.toml", "--rehearsal")
    assert status == 2
    status, out, _ = cli("review", "plain.toml", "--rehearsal")
    assert status == 0 and "rehearsal of invented" in out
