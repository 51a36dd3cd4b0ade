"""What is told in the English-like language can be read back: the parse of a sentence is the fact that was told."""

from __future__ import annotations

from stepstone.lab.concepts import ACTIONS, QUALITIES
from stepstone.lab.draw import Draw
from stepstone.lab.grammar import grammar
from stepstone.lab.lexicon import lexicon
from stepstone.lab.telling import join_sentences, sentence_text
from stepstone.lab.world import Fact, Phrase, draw_fact

WORDS = lexicon("en")
CONCEPTS = {word: concept for concept, word in WORDS.items()}
SHADES = {shade for group in QUALITIES.values() for shade in group}
SIGNS = {"by": "agent", "to": "partner", "from": "partner", "at": "place", "on": "time"}


def read_phrase(words: list[str]) -> Phrase:
    names = [word if word.isdigit() else CONCEPTS[word] for word in words if CONCEPTS.get(word) != "the"]
    count = int(names.pop(0)) if names[0].isdigit() else None
    quality = names.pop(0) if names[0] in SHADES else None
    (head,) = names
    return Phrase(head, quality, count)


def read(sentence: str) -> Fact:
    """The fact of an English-like statement: subject, (not,) verb, object, then phrases behind prepositions."""
    words = sentence.rstrip(".").split()
    verb = next(place for place, word in enumerate(words) if CONCEPTS.get(word, "").endswith("_v"))
    before = words[:verb]
    passive, negated = WORDS["passive"] in before, WORDS["not"] in before
    subject = [word for word in before if word not in (WORDS["passive"], WORDS["not"])]
    parts: list[list[str]] = [[""]]
    for word in words[verb + 1 :]:
        if CONCEPTS.get(word) in SIGNS:
            parts.append([word])
        else:
            parts[-1].append(word)
    roles: dict[str, Phrase] = {"patient" if passive else "agent": read_phrase(subject)}
    for sign, *phrase in parts:
        if phrase:
            roles[SIGNS[CONCEPTS[sign]] if sign else "patient"] = read_phrase(phrase)
    time = roles.pop("time").head if "time" in roles else None
    return Fact(CONCEPTS[words[verb]].removesuffix("_v"), time=time, negated=negated, passive=passive, **roles)


def test_a_sentence_reads_back_as_the_fact_it_tells() -> None:
    for i in range(1500):
        draw = Draw("round trip", i)
        fact = draw_fact(draw, quality=0.5, count=0.4, partner=0.6, place=0.6, time=0.6)
        fact = fact._replace(negated=draw.chance(0.3), passive=fact.patient is not None and draw.chance(0.3))
        assert read(sentence_text(grammar("en"), grammar("en").statement(fact))) == fact


def test_every_verb_is_drawn_within_its_frame() -> None:
    for name, action in ACTIONS.items():
        fact = draw_fact(Draw("frames", name), actions=(name,))
        assert (fact.patient is not None) == (action.patient is not None)
        assert fact.partner is None or action.partner


def test_spans_hold_their_phrase_without_particles_and_articles() -> None:
    fact = Fact("buy", Phrase("doctor"), Phrase("bread", "red", 3), Phrase("name02"), Phrase("park"), "monday")
    for language in ("en", "ja", "ko", "zh", "th", "hi"):
        told, words = join_sentences(grammar(language), [grammar(language).statement(fact)]), lexicon(language)
        spans = {role: told.text[start:end] for role, (start, end) in told.spans[0].items()}
        expected = {"agent": words["doctor"], "partner": words["name02"], "place": words["park"], "count": "3"}
        assert {role: spans[role] for role in expected} == expected
        assert spans["time"] == words["monday"]
