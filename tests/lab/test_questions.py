"""Every question has exactly one answer in its passage, and the answer stands at its offset in every language."""

from __future__ import annotations

from collections import Counter

import pytest

from lab.solver import ROLES, sides, within
from stepstone.lab.changes import phrases
from stepstone.lab.concepts import ACTIONS, NAMES
from stepstone.lab.draw import Draw
from stepstone.lab.files.span import draw_passages, tell_passage
from stepstone.lab.grammar import grammar
from stepstone.lab.paraphrases import meaning
from stepstone.lab.profiles import PROFILES
from stepstone.lab.questions import ASKED, QuestionPassage, RoleQuestion, draw_unanswerable, reworded_question
from stepstone.lab.world import Phrase

PASSAGES = draw_passages(("tests", 2), 1200)


def answers(passage: QuestionPassage, question: RoleQuestion) -> set[object]:
    """What fills the asked role of every event that is as the question says, from either side."""
    found: set[object] = set()
    wanted = question.fact
    for verb, roles, time in (side for fact in passage.facts for side in sides(fact)):
        if wanted.action not in (verb, ACTIONS[verb].wider) or wanted.time not in (None, time):
            continue
        asked = {role: getattr(wanted, role) for role in ROLES}
        if all(within(roles[role], asked[role]) for role in ROLES):
            patient = roles["patient"]
            known = {**roles, "time": time, "count": patient.count if patient else None}
            found.add(known[question.asked])
    return found


def test_an_independent_reader_finds_one_answer() -> None:
    for passage in PASSAGES:
        for question in passage.questions:
            assert len(answers(passage, question)) == 1, (passage.facts, question)
            assert None not in answers(passage, question)


def test_all_kinds_of_questions_are_asked() -> None:
    asked = [question.asked for passage in PASSAGES for question in passage.questions]
    assert min(asked.count(role) for role in ASKED) > len(asked) * 0.025


def test_passages_have_distractors() -> None:
    """In most passages a deed comes again, from either side; in almost all of them a person does."""
    deeds = [[min(verb for verb, _, _ in sides(fact)) for fact in passage.facts] for passage in PASSAGES]
    assert sum(len({*row}) < len(row) for row in deeds) > 0.9 * len(PASSAGES)
    people = [
        [phrase.head for fact in passage.facts for phrase in phrases(fact).values() if phrase.head in NAMES]
        for passage in PASSAGES
    ]
    assert sum(len({*row}) < len(row) for row in people) > 0.95 * len(PASSAGES)


@pytest.mark.parametrize("language", PROFILES)
def test_answers_stand_at_their_offsets(language: str) -> None:
    speech = grammar(language)
    for passage in PASSAGES[:60]:
        told = tell_passage(speech, passage)
        for question, row in zip(passage.questions, told.answered, strict=True):
            assert row.answer
            assert told.context.startswith(row.answer, row.start)
            answer = getattr(passage.facts[question.where], question.role, None)
            if question.role == "count":
                assert row.answer.isdigit()
            else:
                head = answer.head if isinstance(answer, Phrase) else answer
                assert speech.words[head] in row.answer


@pytest.mark.parametrize("language", ["en", "ja", "zh", "tr", "ar"])
def test_questions_have_a_question_word(language: str) -> None:
    speech = grammar(language)
    asking = {speech.words[word] for word in ("who", "what", "where", "when", "many")}
    for passage in PASSAGES[:100]:
        for question, row in zip(passage.questions, tell_passage(speech, passage).answered, strict=True):
            assert any(word in row.question for word in asking), question


def test_an_unanswerable_question_has_no_answer() -> None:
    found = 0
    for i, passage in enumerate(PASSAGES[:300]):
        if question := draw_unanswerable(Draw("none", i), passage.facts):
            found += 1
            assert not answers(passage, question)
    assert found > 60


def test_reworded_questions_differ_unless_they_are_the_same() -> None:
    for i in range(200):
        one, alike, unlike = reworded_question(Draw("reworded", i))
        assert (one.fact, one.asked) != (alike.fact, alike.asked)
        assert meaning([one.fact]) == meaning([alike.fact])
        assert event_asked(one) == event_asked(alike) != event_asked(unlike)
        assert Counter(spoken(alike)) == Counter(spoken(unlike))


def event_asked(question: RoleQuestion) -> tuple[str, ...]:
    """What is asked of which event, from the side that all tellings share."""
    (event,) = meaning([question.fact])
    held = getattr(question.fact, question.asked) if question.asked in ("agent", "patient", "partner") else None
    role = next((role for role, phrase in phrases(event).items() if phrase == held), question.asked)
    return (repr(event), role)


def spoken(question: RoleQuestion) -> list[str]:
    return [word.text for word in grammar("en").question(question.fact, question.asked)]
