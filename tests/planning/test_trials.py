"""A definition that cannot score what a study plans is refused before anything is trained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stepstone.core.errors import UserError
from stepstone.core.language import LANGUAGES
from stepstone.core.place import Place
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.study import Study
from stepstone.planning.plan import Plan, plan
from stepstone.scoring.definitions import MEASURES, scorer
from stepstone.scoring.trial import able, find_fault, nearest_able

QUESTION = {"id": "1", "question": "When?", "answers": [{"text": "at nine", "answer_start": 0}]}
SQUAD = json.dumps({"data": [{"title": "t", "paragraphs": [{"context": "at nine it leaves", "qas": [QUESTION]}]}]})


def planned(folder: Path, languages: tuple[str, ...], target: dict[str, Any] | None = None, **table: Any) -> Plan:
    (folder / "q.json").write_text(SQUAD, encoding="utf-8")
    file = str(folder / "q.json")
    files = {"train": {"en": file}, "dev": {"en": file}, "test": dict.fromkeys(languages, file)}
    study = {
        "name": "s",
        "models": ["m"],
        "model": {"m": {"hub": "a/b", "revision": "0a1b2c"}},
        "task": {"manual": {"family": "span", "files": files, **table}},
        "target": {"manual": target or {}},
    }
    return plan(Study.parse(study), Place(cache=folder / "cache", use_hub=False))


@pytest.mark.parametrize("unanswerable", [False, True])
@pytest.mark.parametrize("languages", [("ja",), ("fi", "th"), ("en",), tuple(LANGUAGES)])
def test_own_span_tasks_are_scored_in_every_language(
    tmp_path: Path, languages: tuple[str, ...], unanswerable: bool
) -> None:
    found = planned(tmp_path, languages, unanswerable=unanswerable)
    specs = [stage.spec for stage in found.stages.values() if isinstance(stage.spec, EvaluateSpec)]
    assert {spec.definition for spec in specs} == {"language-aware"} and len(specs) == len(languages)


@pytest.mark.parametrize("definition", ["mlqa", "mlqa-corrected"])
def test_the_key_that_names_it_and_the_languages_are_stated(tmp_path: Path, definition: str) -> None:
    said = (
        rf'manual\.definition: "{definition}" cannot score "fi", "ja": MLQA has no rules for the answer language '
        r'.*; "language-aware" can score all its languages'
    )
    with pytest.raises(UserError, match=rf"task\.{said}"):
        planned(tmp_path, ("de", "ja", "fi"), definition=definition)
    with pytest.raises(UserError, match=rf"target\.{said}"):
        planned(tmp_path, ("de", "ja", "fi"), {"definition": definition})
    assert planned(tmp_path, ("de", "zh"), definition=definition).cells


@pytest.mark.parametrize("definition", ["squad-1.1", "corrected", "jsquad", "jiant", "mlqa"])
def test_unanswerable_questions_need_a_definition_that_knows_them(tmp_path: Path, definition: str) -> None:
    with pytest.raises(UserError, match="it knows no questions without an answer"):
        planned(tmp_path, ("en",), definition=definition, unanswerable=True)
    assert planned(tmp_path, ("en",), definition=definition).cells


def test_the_dev_score_that_chooses_a_step_is_tried_too(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'task\.manual\.definition: "squad-1.1" cannot score "en"'):
        planned(tmp_path, ("de",), {"definition": "squad-2.0"}, definition="squad-1.1", unanswerable=True)


def test_an_unknown_definition_is_answered_with_its_own_key(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'task\.manual\.definition: .* did you mean "language-aware"'):
        planned(tmp_path, ("de",), definition="langauge-aware")


def test_what_is_taken_in_a_trial_scores_rows_of_the_language() -> None:
    answers = [{"id": "1", "prediction": "九時に", "gold": ["九時"], "no_answer": -1.0}]
    for name in able("squad", "ja", unanswerable=True):
        assert scorer("squad", name).score(answers, "ja")["f1"] >= 0
    assert scorer("squad", "language-aware").score(answers, "ja")["f1"] == pytest.approx(80)


@pytest.mark.parametrize("metric", MEASURES)
def test_every_definition_of_a_metric_can_score_english(metric: str) -> None:
    assert set(able(metric, "en")) == set(MEASURES[metric])
    assert find_fault(metric, "nonsense", "en") == f'the metric {metric} has no definition "nonsense"'
    assert nearest_able(metric, "nonsense", ["en", "th"]) in MEASURES[metric]
