"""Predictions of other programs get the scores of the official scorers, and every mistake in them one message."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.example_sides import RankingExample
from stepstone.core.place import Place
from stepstone.data.load import load_examples
from stepstone.pipeline.score import FileScores, score_file
from stepstone.scoring.errors import LabelsMissing, OfficialFailure

GOLDEN = Path(__file__).parents[1] / "scoring" / "golden"
# A task of each metric; labels of the cases, which are invented, by labels that it has.
TASKS = {
    "accuracy": ("xnli", {"yes": "entailment", "no": "neutral"}),
    "mcc": ("jcola", {1: "1", 0: "0"}),
    "pearson": ("jsts", {}),
    "squad": ("xquad", {}),
    "pos": ("udpos", {}),
    "token_accuracy": ("ccg", {}),
    "nearest_neighbour": ("tatoeba", {}),
    "mining_f1": ("bucc2018", {}),
    "map@20": ("lareqa", {}),
    "mrr@20": ("mewslix", {}),
}
PREDICTED = [
    {"id": "1", "prediction": "neutral", "gold": "neutral"},
    {"id": "2", "prediction": "neutral", "gold": "entailment"},
]


@pytest.fixture
def score(tmp_path: Path) -> Callable[..., FileScores]:
    """Score rows, or the text of a file."""

    def call(task: str, rows: Any, place: Place | None = None, gold: Any = None, **options: Any) -> FileScores:
        paths = [tmp_path / "predictions.jsonl", tmp_path / "gold.jsonl"]
        for path, given in zip(paths, (rows, gold), strict=True):
            text = given if isinstance(given, str) else "".join(json.dumps(row) + "\n" for row in given or ())
            path.write_text(text, encoding="utf-8")
        place = place or Place(cache=tmp_path / "cache", use_hub=False)
        return score_file(BUILT_IN.task(task), paths[0], place, gold=paths[1] if gold else None, **options)

    return call


def _cases() -> list[Any]:
    cases = json.loads((GOLDEN / "rows.json").read_text(encoding="utf-8"))
    return [
        pytest.param(case, id=f"{case['metric']} {case['definition']}: {case['why']}")
        for case in cases
        if case["metric"] in TASKS and case["why"] != "labels are compared as values"  # which a task's texts are not
    ]


def _renamed(row: dict[str, Any], labels: dict[Any, str]) -> dict[str, Any]:
    both = {key: row[key] for key in ("prediction", "gold")}
    return row | {key: value if not labels or value is None else labels[value] for key, value in both.items()}


@pytest.mark.parametrize("case", _cases())
def test_rows_of_known_scores_get_these(case: dict[str, Any], score: Callable[..., FileScores]) -> None:
    task, labels = TASKS[case["metric"]]
    rows = [_renamed(row, labels) for row in case["rows"]]
    asked = {"language": case["language"], "definition": case["definition"]}
    if "error" in case:
        with pytest.raises(OfficialFailure) as failure:
            score(task, rows, **asked)
        assert failure.value.official == case["error"]
        return
    found = score(task, rows, **asked)
    assert {name: found.values[name] for name in case["scores"]} == pytest.approx(case["scores"], abs=1e-9)
    assert found.main in found.values and found.num_examples == len(rows)


def test_answers_get_the_scores_of_the_official_script_of_mlqa(score: Callable[..., FileScores]) -> None:
    cases = json.loads((GOLDEN / "kits" / "mlqa.json").read_text(encoding="utf-8"))["cases"]
    for case in cases:
        answer, gold = {"id": "q", "prediction": case["prediction"]}, {"id": "q", "gold": case["gold"]}
        found = score("mlqa", [answer], gold=[gold], language=case["language"])
        assert {name: found.values[name] for name in case["expected"]} == pytest.approx(case["expected"])
        assert found.definition == "mlqa" and found.golds.endswith("gold.jsonl")
    assert len(cases) == 7


def test_golds_come_from_the_data_of_the_task(place: Place, score: Callable[..., FileScores]) -> None:
    ids = [one.id for one in load_examples(BUILT_IN.task("xnli"), "test", "de", place)]
    rows = [{"id": name, "prediction": "neutral"} for name in reversed(ids)]
    found = score("xnli", rows, place, language="deu")
    assert found.values == {"accuracy": pytest.approx(100 / 3)} and found.num_examples == 3
    assert (found.golds, found.language, found.definition) == ("xnli test", "de", "xtreme-2020")
    found = score("xnli", [rows[0] | {"prediction": None}, *rows[1:]], place, language="de", definition="corrected")
    assert found.num_missing == 1 and found.values["accuracy"] in (0.0, pytest.approx(100 / 3))
    places = [{"id": one.id, "prediction": 0} for one in load_examples(BUILT_IN.task("tatoeba"), "test", "de", place)]
    assert score("tatoeba", places, place, language="de").values == {"accuracy": 50.0}


@pytest.mark.slow
def test_a_pool_of_all_languages_has_the_golds_of_each(lab_cache: Path, score: Callable[..., FileScores]) -> None:
    place, task = Place(cache=lab_cache, lab_seed=1), BUILT_IN.task("lareqa")
    golds: dict[str, list[str]] = {}
    for code in task.languages["test"]:
        for one in load_examples(task, "test", code, place):
            if isinstance(one, RankingExample) and one.is_asked:
                golds.setdefault(one.id, []).extend(one.gold or ())
    asked = [one.id for one in load_examples(task, "test", "de", place) if one.is_asked]
    found = score("lareqa", [{"id": name, "prediction": golds[name][::-1]} for name in asked], place, language="de")
    assert found.values == {"map@20": 100.0} and found.num_examples == len(asked) > 10


@pytest.mark.slow
def test_pairs_that_are_not_listed_were_not_extracted(lab_cache: Path, score: Callable[..., FileScores]) -> None:
    from stepstone.data.golds import golds_by_id

    place, task = Place(cache=lab_cache, lab_seed=1), BUILT_IN.task("bucc2018")
    examples = load_examples(task, "test", "de", place)
    pairs = [name for name, _ in golds_by_id(examples)]
    half = [{"id": name, "prediction": True} for name in pairs[: len(pairs) // 2]]
    found = score("bucc2018", half, place, language="de")
    assert found.values["precision"] == 100.0
    assert found.values["recall"] == pytest.approx(100 * len(half) / len(pairs)) and found.num_examples == len(pairs)
    with pytest.raises(UserError, match=r'jsonl:1: no example has the id "x"'):
        score("bucc2018", [{"id": f"x\t{pairs[0]}", "prediction": True}], place, language="de")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([*PREDICTED, PREDICTED[0]], r'predictions.jsonl:3: the id "1" is on line 1, too'),
        ([PREDICTED[0], {"id": "2", "prediction": "neutral"}], r"jsonl:2: has no gold"),
        (
            [{"id": "1", "prediction": "entails", "gold": "neutral"}],
            r'jsonl:1: the prediction "entails" is no label of',
        ),
        ([{"id": "1", "prediction": 1, "gold": "neutral"}], r'prediction 1 is no label of xnli\n.*"entailment", "neut'),
        ([{"id": "1", "prediction": "neutral", "gold": "-"}], r'jsonl:1: the gold "-" is no label of xnli'),
        ([{"prediction": "neutral"}], r"jsonl:1: is no row with an id"),
        ('{"id": 1}\n{', r"jsonl:2: is not JSON"),
        (
            [PREDICTED[0], {"id": "2", "predicton": "neutral", "gold": "neutral"}],
            r'jsonl:2: has no "prediction"\n.*null',
        ),
        ("\n", r"holds no predictions"),
        ([{"id": "1", "prediction": "neutral"}], r'xnli: no data of test in "de"'),
    ],
)
def test_a_mistake_is_named_with_its_line(rows: Any, message: str, score: Callable[..., FileScores]) -> None:
    with pytest.raises(UserError, match=message):
        score("xnli", rows, language="de")


@pytest.mark.parametrize("odd", [True, "1", [1], 10**400, 1e999], ids=["true", "text", "list", "long", "inf"])
def test_what_is_no_number_is_named_with_its_line(odd: Any, score: Callable[..., FileScores]) -> None:
    rows = [{"id": str(place), "prediction": place, "gold": place} for place in range(3)]
    assert score("jsts", rows).values["pearson"] == pytest.approx(100)
    text = "".join(json.dumps(row) + "\n" for row in [*rows, {"id": "3", "prediction": odd, "gold": 1}])
    with pytest.raises(UserError, match=r"predictions.jsonl:4: the prediction is .*\n  remedy: a number"):
        score("jsts", text.replace("Infinity", "1e999"))


def test_a_place_below_0_is_refused(score: Callable[..., FileScores]) -> None:
    with pytest.raises(UserError, match=r"jsonl:1: the prediction is -1\n.*place of an option, from 0"):
        score("xcopa", [{"id": "1", "prediction": -1, "gold": 1}], language="et")


@pytest.mark.slow
def test_a_place_beyond_the_options_is_refused(lab_cache: Path, score: Callable[..., FileScores]) -> None:
    place = Place(cache=lab_cache, lab_seed=1)
    ids = [one.id for one in load_examples(BUILT_IN.task("xcopa"), "test", "et", place)]
    rows = [{"id": name, "prediction": 1} for name in ids]
    assert score("xcopa", rows, place, language="et").num_examples == len(ids)
    with pytest.raises(UserError, match=r"jsonl:1: the prediction is 2\n.*option, 0 to 1"):
        score("xcopa", [{**rows[0], "prediction": 2}, *rows[1:]], place, language="et")


def test_ids_must_be_those_of_the_examples(place: Place, score: Callable[..., FileScores]) -> None:
    first, *others = (one.id for one in load_examples(BUILT_IN.task("xnli"), "test", "de", place))
    with pytest.raises(UserError, match=rf"2 of 3 examples have no row: {others[0]}, {others[1]}\n"):
        score("xnli", [{"id": first, "prediction": "neutral"}], place, language="de")
    with pytest.raises(UserError, match=r'jsonl:1: no example has the id "other"'):
        score("xnli", [{"id": "other", "prediction": "neutral"}], place, language="de")


def test_what_cannot_be_asked_is_said(score: Callable[..., FileScores]) -> None:
    for options, message in (
        ({}, r"task xnli: no language was given\n.*--language: .*de"),
        ({"language": "xx"}, r"--language: no language has the code"),
        ({"language": "de", "definition": "jint"}, r'did you mean "jiant"'),
    ):
        with pytest.raises(UserError, match=message):
            score("xnli", PREDICTED, **options)
    with pytest.raises(UserError, match="is running text"):
        score("text", PREDICTED, language="de")
    with pytest.raises(UserError, match=r'jsonl:1: the prediction is "1"\n.*place of an option'):
        score("xcopa", [{"id": "1", "prediction": "1", "gold": 1}], language="et")
    with pytest.raises(LabelsMissing):
        score("xnli", [{"id": "1", "prediction": "neutral", "gold": None}], language="de")
    assert score("jcola", [{"id": "1", "prediction": "1", "gold": "1"}]).language == "ja"
