"""Treebanks of the lab: every sentence is a tree over its text, names are marked, supertags fit their verbs."""

from __future__ import annotations

import pytest

from stepstone.lab.draw import Draw
from stepstone.lab.grammar import grammar
from stepstone.lab.lexicon import lexicon
from stepstone.lab.openness import draw_open_fact
from stepstone.lab.profiles import PROFILES
from stepstone.lab.syntax import heads, name_tags, supertags, tokens
from stepstone.lab.telling import sentence_text
from stepstone.lab.world import Fact, Phrase, draw_fact

FACTS = [draw_fact(Draw("syntax", i), quality=0.5, count=0.4, place=0.6, time=0.6) for i in range(60)]
OPEN = [draw_open_fact(Draw("syntax", i)) for i in range(60)]


@pytest.mark.parametrize("language", PROFILES)
def test_every_sentence_is_a_tree_over_its_text(language: str) -> None:
    speech = grammar(language)
    for fact in (*FACTS, *OPEN):
        words = speech.statement(fact)
        sentence = tokens(speech, words)
        assert "".join(token.text + " " * token.spaced for token in sentence).strip() == sentence_text(speech, words)
        arcs = heads(sentence)
        assert [head for head, _ in arcs].count(0) == 1
        for place in range(1, len(arcs) + 1):
            seen: set[int] = set()
            while place:
                assert place not in seen
                seen.add(place)
                place = arcs[place - 1][0]


def entities(language: str, fact: Fact) -> list[tuple[str, str]]:
    """The words of names with their tags."""
    sentence = tokens(grammar(language), grammar(language).statement(fact))
    return [(token.text, tag) for token, tag in zip(sentence, name_tags(sentence), strict=True) if tag != "O"]


def test_the_place_of_a_name_tells_what_it_names() -> None:
    words = lexicon("de")
    one, other = words["name03"], words["city02"]
    assert entities("de", Fact("help", Phrase("name03"), Phrase("dog"), place=Phrase("city02"))) == [
        (one, "B-PER"),
        (other, "B-LOC"),
    ]
    assert entities("de", Fact("help", Phrase("city02"), Phrase("dog"), place=Phrase("name03"))) == [
        (other, "B-PER"),
        (one, "B-LOC"),
    ]


@pytest.mark.parametrize(("language", "turned"), [("en", False), ("sw", True)])
def test_names_of_several_words_name_persons_organisations_and_places(language: str, turned: bool) -> None:
    words = lexicon(language)
    fact = Fact("help", Phrase("name03 school"), Phrase("name03 name04"), place=Phrase("name03 river"))
    texts, tags = zip(*entities(language, fact), strict=True)
    assert tags == ("B-ORG", "I-ORG", "B-PER", "I-PER", "B-LOC", "I-LOC")
    school, river = ([words["name03"], words[noun]] for noun in ("school", "river"))
    person = [words["name03"], words["name04"]]
    assert list(texts) == [*(school[::-1] if turned else school), *person, *(river[::-1] if turned else river)]


def test_supertags_say_what_a_verb_looks_for() -> None:
    speech = grammar("en")
    told = [tokens(speech, speech.statement(fact)) for fact in FACTS]
    for fact, sentence in zip(FACTS, told, strict=True):
        tags = supertags(sentence)
        verb = next(tag for token, tag in zip(sentence, tags, strict=True) if token.tag == "VERB")
        assert verb == ("(S[dcl]\\NP)/NP" if fact.patient else "S[dcl]\\NP")
