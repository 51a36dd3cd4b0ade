"""The words of each language: proto-words, replaced and shifted by regular sound changes down the family tree."""

from __future__ import annotations

import re
from functools import cache

from stepstone.lab.concepts import ACTIONS, CITIES, MEMBERS, NAMES, QUALITIES, TIMES
from stepstone.lab.draw import Draw
from stepstone.lab.profiles import profile_of
from stepstone.lab.scripts import CONSONANTS, LOGOGRAPHIC, VOWELS, logograph, write_word

_PARTICLES = "the not not2 is by at to from on acc nom ask passive unit class0 class1 yes no who what where when many"
PARTICLES = tuple(_PARTICLES.split())
AFFIXES = ("doer", "outcome", "using", "alike")  # endings that make words from words
CONTENT = (
    *dict.fromkeys([*MEMBERS, *(word for words in MEMBERS.values() for word in words)]),
    *(word for words in QUALITIES.values() for word in words),
    *(word for words in TIMES.values() for word in words),
    *(f"{action}_v" for action in ACTIONS),  # apart from nouns of the same gloss
)
REPLACED = 0.12  # share of the words that each branch of the tree coins anew
BORROWED = 0.25  # share of the words that a language with a donor takes from it

_CHANGES = (
    ("^p", "f"), ("ti", "si"), ("ke", "se"), ("di", "zi"), ("e$", ""), ("o$", "u"), ("^h(?=.{3})", ""),
    ("^v", "b"), ("ge", "ye"), ("w", "v"), ("s(?=u)", "h"), ("u$", "o"), ("^r", "l"), ("i$", "e"),
    ("(?<=a)b", "v"), ("n$", ""), ("fo", "ho"), ("(?<=o)t", "d"), ("(?<=e)k", "g"), ("ya", "ye"),
)  # fmt: skip


def coin(draw: Draw, num_syllables: int, coda: float) -> str:
    """A new word of so many syllables; `coda` is the chance that it ends in a consonant."""
    word = "".join(draw.pick(CONSONANTS) + draw.pick(VOWELS) for _ in range(num_syllables))
    return word + (draw.pick("nsrl") if draw.chance(coda) else "")


def _fresh(node: str, concept: str) -> str:
    draw = Draw("lexicon", node, concept)
    if concept in PARTICLES:
        return coin(draw, 1, 0.2)
    if concept in AFFIXES:
        return coin(draw, 1, 1.0)
    return coin(draw, 3 if draw.chance(0.2) else 2, 0.3)


@cache
def _shifts(node: str) -> tuple[tuple[str, str], ...]:
    draw = Draw("sound changes", node)
    return tuple(draw.sample(_CHANGES, 2))


def _shift(word: str, node: str) -> str:
    for pattern, result in _shifts(node):
        changed = re.sub(pattern, result, word)
        word = changed if len(changed) > 1 else word
    return word


@cache
def phonemes(language: str, concept: str) -> str:
    """The word as it sounds, before any clash with another word of the language is mended."""
    profile = profile_of(language)
    own = Draw("loans", language, concept)
    if profile.donor and concept in CONTENT and own.chance(BORROWED):
        return _shift(phonemes(profile.donor, concept), language)
    path = [".".join(profile.lineage[:depth]) for depth in range(1, len(profile.lineage) + 1)] + [language]
    word = _fresh(path[0], concept)
    for node in path[1:]:
        coined = Draw("replaced", node, concept).chance(REPLACED)
        word = _fresh(node, concept) if coined else _shift(word, node)
    return word


@cache
def name_sounds() -> dict[str, str]:
    """Names of persons and cities sound the same in every language; each differs from all others."""
    sounds: dict[str, str] = {}
    for concept in (*NAMES, *CITIES):
        draw = Draw("names", concept)
        word = coin(draw, 2, 0.0)
        while word in sounds.values():
            word = coin(draw, 3, 0.0)
        sounds[concept] = word
    return sounds


@cache
def lexicon(language: str) -> dict[str, str]:
    """Concept to written word; no two concepts of a language are written alike."""
    script = profile_of(language).script
    words = {concept: write_word(sound, script, name=True) for concept, sound in name_sounds().items()}
    taken = {word.lower() for word in words.values()}
    for rank, concept in enumerate((*PARTICLES, *CONTENT)):
        if script in LOGOGRAPHIC and (concept in CONTENT or script == "han"):
            words[concept] = logograph(rank, script)
            continue
        sound, draw = phonemes(language, concept), Draw("clash", language, concept)
        while write_word(sound, script).lower() in taken:
            sound += draw.pick(CONSONANTS) + draw.pick(VOWELS)
        words[concept] = write_word(sound, script)
        taken.add(words[concept].lower())
    return words
