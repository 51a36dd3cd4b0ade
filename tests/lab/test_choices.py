"""Of several options exactly one is right, its place says nothing, and paraphrases say the same or do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain, combinations

import pytest

from lab.solver import solve
from stepstone.lab.changes import phrases
from stepstone.lab.choices import draw_cause, draw_continuation, draw_knowledge, draw_reading
from stepstone.lab.concepts import ACTIONS, FOLLOWED_BY
from stepstone.lab.documents import KindStatement, Statement
from stepstone.lab.draw import Draw
from stepstone.lab.files.span import tell_passage
from stepstone.lab.grammar import Word, grammar
from stepstone.lab.mirrors import draw_mirrored
from stepstone.lab.paraphrases import TOP, draw_likeness, draw_rewording, meaning
from stepstone.lab.questions import QuestionPassage, answer_of
from stepstone.lab.single import ReviewFacts, draw_judgement, draw_review
from stepstone.lab.telling import sentence_text
from stepstone.lab.world import Fact, Phrase, is_a

DRAWS = range(600)


@pytest.mark.slow
def test_only_the_right_ending_follows() -> None:
    places: Counter[int] = Counter()
    for i in DRAWS:
        draw = Draw("continuation", i)
        item = draw_continuation(draw, draw_mirrored(draw))
        if item is None:
            continue
        verdicts = [solve(item.facts, option) for option in item.options]
        assert verdicts.pop(item.right) == "entailment"
        assert "entailment" not in verdicts
        assert len(set(item.options)) == 4
        assert len({(option.negated, option.passive, bool(option.time)) for option in item.options}) == 1
        places[item.right] += 1
    assert min(places.values()) > 50


def test_only_the_right_phrase_answers() -> None:
    items = [item for i in DRAWS if (item := draw_reading(Draw("reading", i), 4))]
    assert len(items) > 200
    for item in items:
        answer = answer_of(item.facts[item.question.where], item.question.role)
        assert [option for option in item.options if option.head == answer.head] == [item.options[item.right]]
        assert len(set(item.options)) == 4
        heads = [answer_of(fact, item.question.role).head for fact in item.facts]
        assert sorted(option.head for option in item.options) == sorted(heads)
        assert tell_passage(grammar("en"), QuestionPassage(item.facts, (item.question,))).answered[0].answer


def test_only_one_noun_is_of_the_kind() -> None:
    for i in DRAWS:
        item = draw_knowledge(Draw("knowledge", i))
        fits = [is_a(option, item.subject.head) or is_a(item.subject.head, option) for option in item.options]
        assert fits.count(True) == 1 and fits[item.right]


def test_only_one_event_is_the_usual_cause_or_effect() -> None:
    rules = set(FOLLOWED_BY.items())
    items = [item for i in DRAWS if (item := draw_cause(Draw("cause", i)))]
    assert len(items) > 200
    for item in items:
        pairs = [(item.premise.action, option.action) for option in item.options]
        if item.asked == "cause":
            pairs = [(two, one) for one, two in pairs]
        assert [pair in rules for pair in pairs].count(True) == 1
        assert pairs[item.right] in rules


def bag(facts: Sequence[Fact]) -> Counter[str]:
    return Counter(word.text for fact in facts for word in grammar("en").statement(fact))


def test_rewordings_say_the_same_or_do_not_in_the_same_words() -> None:
    items = [item for i in DRAWS if (item := draw_rewording(Draw("rewording", i)))]
    assert len(items) > 200
    for item in items:
        assert meaning(item.first) == meaning(item.alike) != meaning(item.unlike)
        assert item.first != item.alike
        assert bag(item.alike) == bag(item.unlike)


def together(facts: Sequence[Fact]) -> set[frozenset[str]]:
    """Pairs of what is told of in one event."""
    heads = [[phrase.head for phrase in phrases(fact).values()] + [fact.time or ""] for fact in facts]
    return {frozenset(pair) for event in heads for pair in combinations(event, 2)}


@pytest.mark.slow
def test_likeness_falls_with_what_is_bound_alike_and_not_with_words() -> None:
    items = [item for i in range(2000) if (item := draw_likeness(Draw("likeness", i)))]
    bound: dict[float, list[float]] = {}
    for one, other, score in items:
        assert (meaning(one) == meaning(other)) == (score == TOP)
        names, others = ({*chain(*together(side))} for side in (one, other))
        assert names == others
        mine, theirs = together(one), together(other)
        bound.setdefault(score, []).append(len(mine & theirs) / len(mine | theirs))
    assert min(bound) == 0.0 and max(bound) == TOP and len(bound) > 5
    known = [sum(bound[score]) / len(bound[score]) for score in (1.25, 2.5, 3.75, 5.0)]
    assert known == sorted(known) and known[-1] == 1.0


def test_verbs_fit_their_sentences_or_do_not_and_each_does_both() -> None:
    fits: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for i in DRAWS:
        item = draw_judgement(Draw("fault", i))
        mine, other = item.good.action, (item.bad.verb or "").removesuffix("_v")
        frames = [(ACTIONS[verb].patient == "thing", ACTIONS[verb].partner) for verb in (mine, other)]
        assert frames[0] != frames[1]
        fits[True][mine] += 1
        fits[False][other] += 1
        told = [sentence_text(grammar("ja"), grammar("ja").statement(fact)) for fact in (item.good, item.bad)]
        assert told[0] != told[1]
    assert set(fits[True]) == set(fits[False])


def test_reviews_praise_or_blame_what_was_got_in_the_same_words() -> None:
    for i in DRAWS:
        reviews = draw_review(Draw("review", i))
        assert [praises(review) for review in reviews] == [True, False]
        one, other = (Counter(word.text for word in chain(*spoken(review))) for review in reviews)
        assert one == other


def praises(review: ReviewFacts) -> bool:
    """Whether all that is said of the one thing that was got is good."""
    bought = [part.fact for part in review if isinstance(part, Statement)]
    (got,) = (fact.patient for fact in bought if not fact.negated and fact.patient)
    said = [part.kind.head for part in review if isinstance(part, KindStatement) and part.subject == Phrase(got.head)]
    found = {quality in ("clean", "cheap") for quality in [*said, *([got.quality] if got.quality else [])]}
    assert len(found) == 1
    return found.pop()


def spoken(review: ReviewFacts) -> list[list[Word]]:
    return [line for part in review for line in part.tell(grammar("en"))]
