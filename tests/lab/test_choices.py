"""Of several options exactly one is right, its place says nothing, and paraphrases say the same or do not."""

from __future__ import annotations

from collections import Counter

from lab.solver import solve
from stepstone.lab.choices import draw_cause, draw_continuation, draw_knowledge, draw_reading
from stepstone.lab.concepts import FOLLOWED_BY
from stepstone.lab.draw import Draw
from stepstone.lab.files.span import tell_passage
from stepstone.lab.grammar import grammar
from stepstone.lab.paraphrases import draw_likeness, draw_rewording, meaning
from stepstone.lab.questions import Passage, answer_of
from stepstone.lab.single import draw_judgement, draw_review
from stepstone.lab.telling import tell
from stepstone.lab.world import is_a

DRAWS = range(600)


def test_only_the_right_ending_follows() -> None:
    places: Counter[int] = Counter()
    for i in DRAWS:
        item = draw_continuation(Draw("continuation", i))
        verdicts = [solve(item.facts, option) for option in item.options]
        assert verdicts.pop(item.right) == "entailment"
        assert set(verdicts) == {"contradiction"}
        assert len(set(item.options)) == 4
        places[item.right] += 1
    assert min(places.values()) > 100


def test_only_the_right_phrase_answers() -> None:
    for i in DRAWS:
        item = draw_reading(Draw("reading", i), 4, 4)
        answer = answer_of(item.facts[item.question.where], item.question.role)
        assert [option for option in item.options if option.head == answer.head] == [item.options[item.right]]
        assert len(set(item.options)) == 4
        assert tell_passage(grammar("en"), Passage(item.facts, (item.question,))).answered[0].answer


def test_only_one_noun_is_of_the_kind() -> None:
    for i in DRAWS:
        item = draw_knowledge(Draw("knowledge", i))
        if item.fact is not None:
            fits = [is_a(option, "food") for option in item.options]
        else:
            assert item.subject is not None
            fits = [is_a(option, item.subject.head) or is_a(item.subject.head, option) for option in item.options]
        assert fits.count(True) == 1 and fits[item.right]


def test_only_one_event_is_the_usual_cause_or_effect() -> None:
    rules = set(FOLLOWED_BY.items())
    for i in DRAWS:
        item = draw_cause(Draw("cause", i))
        pairs = [(item.premise.action, option.action) for option in item.options]
        if item.asked == "cause":
            pairs = [(two, one) for one, two in pairs]
        assert [pair in rules for pair in pairs].count(True) == 1
        assert pairs[item.right] in rules


def test_rewordings_say_the_same_or_do_not_in_nearly_the_same_words() -> None:
    kept, speech = [], grammar("en")
    for i in DRAWS:
        pair = draw_rewording(Draw("rewording", i), same=i % 2 == 0)
        assert (meaning(pair.first) == meaning(pair.second)) == pair.same
        one, other = (
            {word.text for fact in side for word in speech.statement(fact)} for side in (pair.first, pair.second)
        )
        kept.append(len(one & other) / len(one | other))
    alike, unlike = sum(kept[::2]) / len(kept[::2]), sum(kept[1::2]) / len(kept[1::2])
    assert min(alike, unlike) > 0.7
    assert abs(alike - unlike) < 0.1


def test_likeness_falls_with_what_is_shared() -> None:
    scores = [draw_likeness(Draw("likeness", i)) for i in DRAWS]
    assert {score for *_, score in scores} == {0.0, 1.0, 3.0, 4.0, 5.0}
    assert all((meaning([one]) == meaning([other])) == (score == 5.0) for one, other, score in scores)


def test_faults_of_grammar_change_the_sentence() -> None:
    for i in DRAWS[:200]:
        speech = grammar("ja")
        told = {tell(speech, draw_judgement(Draw("fault", i), speech, good)) for good in (True, False)}
        assert len(told) == 2


def test_reviews_praise_or_blame() -> None:
    words = {True: {"clean", "cheap", "happy"}, False: {"dirty", "costly", "sad"}}
    for i in DRAWS[:200]:
        good = i % 2 == 0
        said = [line.kind.head for line in draw_review(Draw("review", i), good)[1:]]
        assert sum(word in words[good] for word in said) > sum(word in words[not good] for word in said)
