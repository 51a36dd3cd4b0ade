"""Every case of the label, tagging and correlation kits agrees: ours by hand, and the official scorers' results."""

from __future__ import annotations

import pytest

from scoring.driver import score_files
from stepstone.core.errors import UserError
from stepstone.scoring.definitions import scorer
from stepstone.scoring.labels import correlate
from stepstone.scoring.submission import read_tags
from stepstone.scoring.tagging import chunk_f1, find_chunks, token_counts


@pytest.mark.parametrize("name", ["panx-f1", "udpos-f1-xtreme"])
def test_chunk_f1_in_both_releases(kit, name):
    kit = kit(name)
    for case in kit["cases"]:
        gold, prediction = case["gold"], case["prediction"]
        new = kit.outcome(lambda gold=gold, prediction=prediction: chunk_f1(gold, prediction)._asdict())
        old = chunk_f1(gold, prediction, "seqeval-0.0.12")._asdict()
        kit.check(case["id"], new, case["expected"])
        kit.check(f"{case['id']} (0.0.12)", old, case["expected_seqeval_0_0_12"])
        for side, chunks in case.get("entities", case.get("chunks", {})).items():
            found = [list(chunk) for chunk in find_chunks(case[side])]
            kit.check(f"{case['id']} {side} chunks", sorted(found), sorted(chunks))
    kit.finish()


def test_token_accuracy(kit):
    kit = kit("udpos-accuracy")
    for case in kit["cases"]:
        right, total = token_counts(case["gold"], case["prediction"]).sum(axis=0)
        kit.check(case["id"], {"accuracy": 100 * right / total}, case["expected"])
    kit.finish()


def test_tag_files(kit):
    kit = kit("tag-file-reader")
    for case in kit["cases"]:
        kit.check(case["note"], read_tags(case["file_text"]), case["expected_sequences"])
    kit.finish()


@pytest.mark.parametrize(("name", "task"), [("accuracy-xtreme", None), ("bucc-f1-xtreme", "bucc2018")])
def test_submission_files(kit, name, task):
    kit = kit(name)
    for case in kit["cases"]:
        texts = case["label_file"], case["prediction_file"]
        ours = kit.outcome(score_files, task or case["task"], case.get("language", "en"), *texts)
        kit.check(case["note"], ours, case["expected"])
    kit.finish()


def test_jcola(kit):
    kit = kit("jcola")

    def score(case):
        rows = [
            {"id": str(row), "gold": gold, "prediction": prediction}
            for row, (gold, prediction) in enumerate(zip(case["gold"], case["prediction"], strict=True))
        ]
        try:
            found = scorer("mcc", "jcola").score(rows, "ja")
        except UserError:  # there is no row
            return {"error": "ValueError"}
        return {"matthews_correlation": found["mcc"] / 100, "accuracy": found["accuracy"] / 100}

    for case in kit["cases"]:
        kit.check(case["note"], kit.outcome(score, case), case["expected"])
    kit.finish()


def test_jsts(kit):
    kit = kit("jsts")
    for case in kit["cases"]:
        sides = [[float(value) for value in case[side]] for side in ("gold", "prediction")]
        ours = kit.outcome(lambda sides=sides: correlate(*sides)._asdict())
        kit.check(case["note"], ours, case["expected"])
        kit.check(f"{case['note']} in float32", ours, case["expected_float32_inputs"])
        if "combined_score" in case:
            kit.check(f"{case['note']} combined", ours["combined_score"], case["combined_score"])
    kit.finish()
