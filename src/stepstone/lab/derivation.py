"""The open part of a lexicon: words made from other words by endings, rare names, and words that change class."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from stepstone.lab.concepts import ACTIONS
from stepstone.lab.draw import Draw
from stepstone.lab.lexicon import AFFIXES, CONTENT, PARTICLES, coin, lexicon, name_sounds, phonemes
from stepstone.lab.profiles import profile_of
from stepstone.lab.scripts import CONSONANTS, LOGOGRAPHIC, VOWELS, logograph, write_word
from stepstone.lab.world import leaves

NUM_RARE = 240
HELD_OUT = 0.4  # share of the open words that no training split has
RARE_NAMES = tuple(f"rare{i:03d}" for i in range(NUM_RARE))
_ENDINGS = ("nas", "dor", "mil", "bur", "gad")  # of rare names, in every language

# Nouns that may tell an action ("to hammer") and verbs that may name a thing ("a call"), in the same form.
CONVERTED_NOUNS = (*leaves("tool"), *leaves("clothing"), *leaves("vehicle"))
CONVERTED_VERBS = tuple(f"{action}_v" for action in ACTIONS)[::2]

_THINGS, _VERBS = (*leaves("thing"), *leaves("nature")), tuple(f"{action}_v" for action in ACTIONS)
DERIVED = {  # by ending: a doer, what comes of doing, to make or use a thing, like a thing
    ending: tuple(f"{stem}+{ending}" for stem in stems)
    for ending, stems in zip(AFFIXES, (_VERBS, _VERBS, _THINGS, _THINGS), strict=True)
}


@cache
def held_out(concept: str) -> bool:
    """Whether no training split has the word."""
    return int.from_bytes(sha256(concept.encode()).digest()[:4], "big") < HELD_OUT * 2**32


@cache
def _rare_sounds() -> dict[str, str]:
    sounds, taken = {}, set(name_sounds().values())
    for concept in RARE_NAMES:
        draw = Draw("names", concept)
        word = coin(draw, 2, 0.0) + draw.pick(_ENDINGS)
        while word in taken:
            word = coin(draw, 2, 0.0) + draw.pick(_ENDINGS)
        sounds[concept] = word
        taken.add(word)
    return sounds


@cache
def endings(language: str) -> dict[str, str]:
    """How the language writes each ending, all different."""
    script, found = profile_of(language).script, dict[str, str]()
    for place, ending in enumerate(AFFIXES):
        if script == "han":
            found[ending] = logograph(len(PARTICLES) + len(CONTENT) + place, script)
            continue
        sound, draw = phonemes(language, ending), Draw("clash", language, ending)
        while write_word(sound, script) in found.values():
            sound += draw.pick(CONSONANTS) + draw.pick(VOWELS)
        found[ending] = write_word(sound, script)
    return found


@cache
def open_words(language: str) -> dict[str, str]:
    """Concept to written word for derived words and rare names; none is written as another word of the language."""
    script, words = profile_of(language).script, lexicon(language)
    found = {concept: write_word(sound, script, name=True) for concept, sound in _rare_sounds().items()}
    taken = {word.lower() for word in (*words.values(), *found.values())}
    for concept in (concept for concepts in DERIVED.values() for concept in concepts):
        stem, _, ending = concept.partition("+")
        text, draw = words[stem] + endings(language)[ending], Draw("clash", language, concept)
        while text.lower() in taken:
            text = words[stem] + _between(draw, script) + endings(language)[ending]
        found[concept] = text
        taken.add(text.lower())
    return found


def _between(draw: Draw, script: str) -> str:
    """Sounds between stem and ending that mend a clash; one more sign where words are signs."""
    sound = draw.pick(CONSONANTS) + draw.pick(VOWELS)
    return write_word(sound, script, name=script in LOGOGRAPHIC)
