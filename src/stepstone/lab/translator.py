"""The lab's translator: it reads what a text says, changes some of it where it is to be noisy, and tells the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from stepstone.core.marks import Span, mark_span, unmark
from stepstone.lab.changes import phrases
from stepstone.lab.concepts import ACTIONS, CITIES, COUNTS, MEMBERS, NAMES, QUALITIES, TIMES, Action
from stepstone.lab.derivation import RARE_NAMES
from stepstone.lab.draw import Draw
from stepstone.lab.grammar import Grammar, Word, grammar
from stepstone.lab.reading import Meaning, parse_sentence, split_sentences
from stepstone.lab.telling import join_sentences, sentence_text
from stepstone.lab.words import spell
from stepstone.lab.world import PARENT, QUALITY_GROUP, TIME_GROUP, Fact, Phrase, with_phrases

TRANSLATOR_VERSION = 1
T = TypeVar("T")
_LEAD = re.compile(r".*\[SEP\] ", re.DOTALL)  # JSQuAD's title before its context, which is no sentence


def translate(text: str, source: str, to: str, noise: float = 0.0) -> str | None:
    """The text in another lab language, its marked part marked; None where it is not of the source language.

    Args:
        text: sentences, or a phrase without a stop.
        source: code of the language that it is in.
        to: code of the language that it is told in.
        noise: how likely each name, noun, quality, count, time and verb is told as another of its kind.
    """
    lead = match.group() if (match := _LEAD.match(text)) else ""
    plain, span = unmark(text[len(lead) :])
    place, told = 0, list[str]()
    found: Span | None = None
    between = "" if grammar(to).stop == "。" else " "
    for sentence in split_sentences(plain, source):
        place = plain.index(sentence, place)
        inside = _within(span, place, len(sentence))
        words, where = _translate(sentence, source, to, noise, inside)
        if words is None:
            return None
        begin = sum(len(one) + len(between) for one in told)
        found = (begin + where[0], begin + where[1]) if where else found
        told.append(words)
        place += len(sentence)
    done = lead + between.join(told)
    return mark_span(done, (len(lead) + found[0], len(lead) + found[1])) if found else done


def _within(span: Span | None, place: int, length: int) -> Span | None:
    """The span as one of a sentence that begins at `place`; None where it is not inside."""
    if span is None or span[0] < place or span[1] > place + length:
        return None
    return span[0] - place, span[1] - place


def _translate(sentence: str, source: str, to: str, noise: float, span: Span | None) -> tuple[str | None, Span | None]:
    """One sentence, and where what the span tells is told in it; what no meaning is told by goes word by word."""
    both = translate_words(sentence, source, to, noise)
    if both is None:
        return _word_by_word(sentence, grammar(source), grammar(to)), None
    here, there = both
    role = _role(join_sentences(grammar(source), [here]).spans[0], span) if span else None
    text = join_sentences(grammar(to), [there])
    return text.text, text.spans[0].get(role) if role else None


def translate_words(sentence: str, source: str, to: str, noise: float) -> tuple[list[Word], list[Word]] | None:
    """The words of a sentence, and those that its translation tells it by; None where it has no meaning."""
    meaning = parse_sentence(sentence, source)
    if meaning is None:
        return None
    meant = _mistaken(meaning, noise, Draw("translation", source, to, sentence)) if noise else meaning
    return meaning.tell(grammar(source)), meant.tell(grammar(to))


def _role(spans: dict[str, Span], span: Span) -> str | None:
    """The role whose phrase is this part of the sentence, or the smallest one that holds it."""
    holding = [(end - start, role) for role, (start, end) in spans.items() if start <= span[0] and span[1] <= end]
    return min(holding)[1] if holding else None


def _word_by_word(sentence: str, source: Grammar, to: Grammar) -> str | None:
    body = sentence.rstrip(source.stop + source.question_mark)
    for concepts in spell(body, source):
        words = [Word(str(concept) if isinstance(concept, int) else to.words[concept], "X") for concept in concepts]
        stop = to.question_mark if sentence.endswith(source.question_mark) else to.stop
        return sentence_text(to, [*words, Word(stop, "PUNCT", glued=True)] if body != sentence else words)
    return None


def _mistaken(meaning: Meaning, noise: float, draw: Draw) -> Meaning:
    """The meaning with some of its words exchanged."""
    return meaning._replace(said=tuple(_changed(part, noise, draw) for part in meaning.said))


def _changed(part: Fact | Phrase | int | str | None, noise: float, draw: Draw) -> Fact | Phrase | int | str | None:
    if isinstance(part, Phrase):
        return _phrase(part, noise, draw)
    if not isinstance(part, Fact):
        return part
    changed = {role: _phrase(phrase, noise, draw) for role, phrase in phrases(part).items()}
    time = part.time and _other(part.time, TIMES[TIME_GROUP[part.time]], noise, draw)
    action = _other(part.action, _like(part.action), noise, draw)
    return with_phrases(part, {**changed}, time=time, action=action)


def _phrase(phrase: Phrase, noise: float, draw: Draw) -> Phrase:
    words = [_other(word, _siblings(word), noise, draw) for word in phrase.head.split()]
    shades = QUALITIES[QUALITY_GROUP[phrase.quality]] if phrase.quality in QUALITY_GROUP else ()
    quality = phrase.quality and _other(phrase.quality, shades, noise, draw)
    return Phrase(" ".join(words), quality, None if phrase.count is None else _other(phrase.count, COUNTS, noise, draw))


def _other(word: T, options: Sequence[T], noise: float, draw: Draw) -> T:
    """Another word in place of this one, at the rate of the noise."""
    others = [option for option in options if option != word]
    return draw.pick(others) if draw.chance(noise) and others else word


def _siblings(word: str) -> Sequence[str]:
    for names in (NAMES, CITIES, RARE_NAMES):
        if word in names:
            return names
    return MEMBERS[PARENT[word]] if word in PARENT else ()


def _like(action: str) -> list[str]:
    """The verbs that take the same roles."""
    frame = ACTIONS[action]
    return [name for name, other in ACTIONS.items() if _takes(other) == _takes(frame)]


def _takes(action: Action) -> tuple[str | None, ...]:
    return action.agent, action.patient, action.partner
