"""What annotators would write beside the words: tokens with parts of speech, heads, names and supertags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stepstone.lab.grammar import Grammar, Word


class Token(NamedTuple):
    """A word as treebanks count it; `spaced` tells whether a space follows."""

    text: str
    tag: str
    role: str
    marker: bool
    spaced: bool
    entity: str = ""  # B- or I- and the kind of name
    part: int = 0  # which word of its name it is


def tokens(grammar: Grammar, words: Sequence[Word]) -> list[Token]:
    """The words of a sentence; what is glued on belongs to its word, except stops, and where nothing is spaced."""
    found: list[Token] = []
    for word in words:
        if not word.text:
            continue
        spaced = grammar.profile.spaced
        if found and word.glued:
            found[-1] = found[-1]._replace(spaced=False)
            if spaced and word.tag != "PUNCT":
                found[-1] = found[-1]._replace(text=found[-1].text + word.text, spaced=True)
                continue
        found.append(Token(word.text, word.tag, word.role, word.marker, spaced, word.entity, word.part))
    return found


def heads(sentence: Sequence[Token]) -> list[tuple[int, str]]:
    """Head (from 1, 0 for the root) and relation of each token: the verb rules nouns, nouns rule their phrases."""
    root = next((i for i, token in enumerate(sentence) if token.tag == "VERB"), None)
    if root is None:
        root = max(i for i, token in enumerate(sentence) if token.tag in _NOMINAL)
    ruler = {
        token.role: i for i, token in enumerate(sentence) if token.tag in _NOMINAL and token.role and not token.marker
    }
    return [_head(token, i, root, ruler) for i, token in enumerate(sentence)]


_NOMINAL = ("NOUN", "PROPN", "PRON", "ADJ")
_RELATIONS = {"ADP": "case", "DET": "det", "NUM": "nummod", "ADJ": "amod", "PUNCT": "punct", "PART": "advmod"} | {
    "PROPN": "compound"
}
_ARGUMENTS = {"agent": "nsubj", "patient": "obj"}


def _head(token: Token, place: int, root: int, ruler: dict[str, int]) -> tuple[int, str]:
    if place == root:
        return 0, "root"
    role = "patient" if token.role == "count" else token.role
    over = ruler.get(role)
    if over is not None and over not in (place, root):
        return over + 1, _RELATIONS.get(token.tag, "clf" if token.marker else "dep")
    if over == place:
        return root + 1, _ARGUMENTS.get(role, "obl")
    return root + 1, _RELATIONS.get(token.tag, "aux" if token.tag == "AUX" else "dep")


def name_tags(sentence: Sequence[Token]) -> list[str]:
    """PER, ORG and LOC for names, by what they name here; O for the rest."""
    return [token.entity or "O" for token in sentence]


def supertags(sentence: Sequence[Token]) -> list[str]:
    """CCG categories of English-like statements: what each word still looks for on its left and right."""
    object_ = any(token.role == "patient" and token.tag in ("NOUN", "PROPN") for token in sentence)
    verb = next(i for i, token in enumerate(sentence) if token.tag == "VERB")
    passive = any(token.tag == "AUX" for token in sentence)
    after = any(t.role == "patient" and t.tag in ("NOUN", "PROPN") for t in sentence[verb:])
    inside = [bool(follower and follower.entity[:2] == "I-") for follower in (*sentence[1:], None)]
    return [
        "N/N" if inside[i] else _category(token, object_ and after, passive, i > verb)
        for i, token in enumerate(sentence)
    ]


def _category(token: Token, transitive: bool, passive: bool, after: bool) -> str:
    clause = "S[pss]\\NP" if passive else "S[dcl]\\NP"
    if token.entity[:2] == "I-":
        return "N"
    if token.tag == "VERB":
        return f"({clause})/NP" if transitive else clause
    fixed = {
        "PUNCT": ".",
        "DET": "NP[nb]/N",
        "NUM": "N/N",
        "ADJ": "N/N",
        "NOUN": "N",
        "PROPN": "NP",
        "AUX": "(S[dcl]\\NP)/(S[pss]\\NP)",
        "PART": "(S\\NP)\\(S\\NP)" if after else "(S\\NP)/(S\\NP)",
        "ADP": "((S\\NP)\\(S\\NP))/NP",
    }
    return fixed[token.tag]
