"""Treebanks of the lab: every sentence is a tree over its text, names are marked, supertags fit their verbs."""

from __future__ import annotations

import pytest

from stepstone.lab.draw import Draw
from stepstone.lab.grammar import grammar
from stepstone.lab.lexicon import lexicon
from stepstone.lab.profiles import PROFILES
from stepstone.lab.syntax import heads, name_tags, supertags, tokens
from stepstone.lab.telling import tell
from stepstone.lab.world import Fact, Phrase, draw_fact

FACTS = [draw_fact(Draw("syntax", i), quality=0.5, count=0.4, place=0.6, time=0.6) for i in range(60)]


@pytest.mark.parametrize("language", PROFILES)
def test_every_sentence_is_a_tree_over_its_text(language: str) -> None:
    speech = grammar(language)
    for fact in FACTS:
        words = speech.statement(fact)
        sentence = tokens(speech, words)
        assert "".join(token.text + " " * token.spaced for token in sentence).strip() == tell(speech, words)
        arcs = heads(sentence)
        assert [head for head, _ in arcs].count(0) == 1
        for place in range(1, len(arcs) + 1):
            seen: set[int] = set()
            while place:
                assert place not in seen
                seen.add(place)
                place = arcs[place - 1][0]


def test_persons_and_cities_are_names() -> None:
    words = lexicon("de")
    fact = Fact("help", Phrase("name03"), Phrase("dog"), place=Phrase("city02"))
    sentence = tokens(grammar("de"), grammar("de").statement(fact))
    tags = name_tags(sentence, {words["name03"]: "PER", words["city02"]: "LOC"})
    assert [tag for tag in tags if tag != "O"] == ["B-PER", "B-LOC"]


def test_supertags_say_what_a_verb_looks_for() -> None:
    speech = grammar("en")
    told = [tokens(speech, speech.statement(fact)) for fact in FACTS]
    for fact, sentence in zip(FACTS, told, strict=True):
        tags = supertags(sentence)
        verb = next(tag for token, tag in zip(sentence, tags, strict=True) if token.tag == "VERB")
        assert verb == ("(S[dcl]\\NP)/NP" if fact.patient else "S[dcl]\\NP")
