"""Every case of the question-answering kits agrees: ours by hand, and the official scorers' results."""

from __future__ import annotations

import pytest

from scoring.driver import evaluate_with_zero_probabilities
from stepstone.core.benchmark import BenchmarkTask
from stepstone.scoring.aggregate import score_task
from stepstone.scoring.spans import GoldQuestion, evaluate_spans
from stepstone.scoring.squad2 import evaluate_squad2, raw_scores
from stepstone.scoring.text import JSQUAD, SQUAD, mlqa_rule, normalize_jsquad, normalize_mlqa


def corpus_cases(kit, corpus):
    if isinstance(corpus["case_ids"], str):  # "every case", in the order of the file
        return kit["cases"]
    by_id = {case["id"]: case for case in kit["cases"]}
    cases = [by_id[key] for key in corpus["case_ids"]]
    if "override_prediction" in corpus:
        cases = [case | {"prediction": corpus["override_prediction"]} for case in cases]
    return cases


def questions_of(cases):
    return [GoldQuestion(case["id"], tuple(case["gold"])) for case in cases]


def predictions_of(cases):
    return {case["id"]: case["prediction"] for case in cases if case["prediction"] is not None}


def spans(kit, cases, rule=SQUAD):
    def score():
        return evaluate_spans(questions_of(cases), predictions_of(cases), rule)._asdict()

    return kit.outcome(score)


def average(scores, languages):
    task = score_task(
        scores, BenchmarkTask(task="squad", groups=(), languages=tuple(languages), metrics=("exact_match", "f1"))
    )
    return {"avg_metric": task.score} | {f"avg_{metric}": value for metric, value in task.means.items()}


def averages_in(expected):
    return {key: value for key, value in expected.items() if key.startswith("avg_")}


def check_squad_1(kit):
    for case in kit["cases"]:
        kit.check(case["id"], spans(kit, [case]), case["expected"])
    for corpus in kit["corpora"]:
        kit.check(corpus["name"], spans(kit, corpus_cases(kit, corpus)), corpus["expected"])


def test_squad_1_1(kit):
    kit = kit("squad-1.1")
    check_squad_1(kit)
    for case in kit["error_cases"]:
        kit.check(case["note"], kit.outcome(score_error_case, case), case["expected"])
    kit.finish()


def score_error_case(case):
    golds = case.get("gold_by_question", [case["gold"]] if "gold" in case else [])
    questions = [GoldQuestion("q", tuple(gold)) for gold in golds]
    predictions = {"q": case.get("prediction")} | case.get("extra_predictions", {})
    if case.get("prediction") is None and not case.get("prediction_json_null"):
        del predictions["q"]
    return evaluate_spans(questions, predictions)._asdict()


@pytest.mark.parametrize("name", ["xtreme-2020_xquad", "xtreme-2020_tydiqa"])
def test_question_answering_of_xtreme(kit, name):
    kit = kit(name)
    check_squad_1(kit)
    scores = {corpus["language"]: spans(kit, corpus_cases(kit, corpus)) for corpus in kit["corpora"]}
    languages = kit["average"]["languages"]
    kit.check("average", average(scores, languages), averages_in(kit["average"]))
    if "tydiqa_repository_rule" in kit.data:
        others = [language for language in languages if language != "en"]
        kit.check("not en", average(scores, others), averages_in(kit["tydiqa_repository_rule"]))
    kit.finish()


def test_mlqa(kit):
    kit = kit("mlqa")
    for case in kit["cases"]:
        language = case["language"]
        kit.check(case["id"], spans(kit, [case], mlqa_rule(language)), case["expected"])
        if case["prediction"] is not None and "normalized" in case:
            texts = {
                "gold": [normalize_mlqa(gold, language) for gold in case["gold"]],
                "prediction": normalize_mlqa(case["prediction"], language),
            }
            kit.check(f"{case['id']} normalised", texts, case["normalized"])
    scores = {}
    for corpus in kit["corpora"]:
        language, cases = corpus["language"], corpus_cases(kit, corpus)
        scores[language] = spans(kit, cases, mlqa_rule(language))
        kit.check(corpus["name"], scores[language], corpus["expected"])
        kit.check(f"{language} by 1.1", spans(kit, cases), kit["squad_1_1_on_the_same_data"][language])
    kit.check("average", average(scores, scores), kit["average"])
    check_other_languages(kit)
    kit.finish()


def check_other_languages(kit):
    by_id = {case["id"]: case for case in kit["cases"]}
    for case in kit["scored_with_another_answer_language"]:
        ours = spans(kit, [by_id[case["case_id"]]], mlqa_rule(case["answer_language"]))
        kit.check(f"{case['case_id']} as {case['answer_language']}", ours, case["expected"])


def test_squad_2_0(kit):
    kit = kit("squad-2.0")
    for case in kit["cases"]:
        raw = raw_scores(questions_of([case]), predictions_of([case]))
        expected = case["expected"] | {key: case["expected"][key] / 100 for key in ("exact", "f1")}
        ours = {name: values[case["id"]] for name, values in raw._asdict().items()}
        kit.check(case["id"], ours, expected)
    for corpus in kit["corpora"]:
        cases = corpus_cases(kit, corpus)
        ours = kit.outcome(squad_2, cases, corpus)
        kit.check(corpus["name"], ours, corpus["expected"])
        kit.check(f"{corpus['name']}: keys", set(ours) == set(corpus["expected"]), True)
        if "expected_reversed_file_order" in corpus:
            ours = kit.outcome(squad_2, cases[::-1], corpus)
            kit.check(f"{corpus['name']} reversed", ours, corpus["expected_reversed_file_order"])
    kit.finish()


def squad_2(cases, corpus):
    options, given = corpus["options"], corpus.get("override_no_answer_probability")
    no_answer = {case["id"]: case["no_answer_probability"] if given is None else given for case in cases}
    predictions = predictions_of(cases)
    for key in corpus.get("missing", []):
        del predictions[key]
    return evaluate_squad2(
        questions_of(cases),
        predictions,
        no_answer=no_answer if options.get("use_na", True) else None,
        threshold=options.get("thr", 1.0),
        with_precision_recall=options.get("pr", False),
    )


def check_zero_probabilities(kit, rule):
    def score(cases):
        result = evaluate_with_zero_probabilities(questions_of(cases), predictions_of(cases), rule)
        return result | {"exact_match": result["exact"], "major": (result["exact"] + result["f1"]) / 2}

    for case in kit["cases"]:
        kit.check(case["id"], kit.outcome(score, [case]), case["expected"])
    for corpus in kit["corpora"]:
        ours = kit.outcome(score, corpus_cases(kit, corpus))
        kit.check(corpus["name"], ours, corpus["expected"])
        if "major" in corpus:
            kit.check(f"{corpus['name']} major", ours["major"], corpus["major"])


@pytest.mark.parametrize("name", ["jiant_xquad", "jiant_tydiqa"])
def test_question_answering_of_jiant(kit, name):
    kit = kit(name)
    check_zero_probabilities(kit, SQUAD)
    kit.finish()


def test_jsquad(kit):
    kit = kit("jsquad")
    check_zero_probabilities(kit, JSQUAD)
    for case in kit["cases"]:
        golds = [normalize_jsquad(gold) for gold in case["gold"]]
        kit.check(f"{case['id']} normalised", golds, case["normalized"]["gold"])
        kit.check(f"{case['id']} by 1.1", spans(kit, [case]), case["squad_1_1"])
    kit.finish()
