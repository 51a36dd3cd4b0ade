"""Tags of a study's own for the lab's sentences: parts of speech, entities, or any other set."""

from __future__ import annotations

from collections.abc import Sequence

from stepstone.lab.syntax import Token

_SPEECH = ("NOUN", "VERB", "PROPN", "ADJ", "ADP", "NUM", "DET", "AUX", "PART", "PRON", "PUNCT")
_ROLES = ("", "agent", "patient", "partner", "place", "time", "count")
_LEAST_SPEECH = {"NOUN", "VERB", "ADJ", "ADP"}


def tags_of(sentence: Sequence[Token], labels: Sequence[str]) -> list[str]:
    """One of `labels` for each word.

    Universal parts of speech are what they are. Of entity types (B-, I-, O) the first stand for persons, places,
    organisations, times, numbers, things and verbs, as many as there are. Other sets follow parts of speech and roles
    in turn.
    """
    if set(labels) >= _LEAST_SPEECH:
        spare = "X" if "X" in labels else labels[0]
        return [token.tag if token.tag in labels else spare for token in sentence]
    if all(label == "O" or label[:2] in ("B-", "I-") for label in labels):
        return _entities(sentence, labels)
    return [labels[_number(token, len(labels)) % len(labels)] for token in sentence]


def _number(token: Token, num: int) -> int:
    speech = _SPEECH.index(token.tag) if token.tag in _SPEECH else len(_SPEECH)
    if num <= len(_SPEECH):
        return speech
    role = _ROLES.index(token.role) if token.role in _ROLES else 0
    return speech * len(_ROLES) + role


def _entities(sentence: Sequence[Token], labels: Sequence[str]) -> list[str]:
    types = list(dict.fromkeys(label[2:] for label in labels if label != "O"))
    found: list[str] = []
    last = -1
    for token in sentence:
        kind = _kind(token)
        inside = token.entity[:2] == "I-" if token.entity else kind == last
        known = 0 <= kind < len(types)
        tags = [f"{mark}-{types[kind]}" for mark in ("IB" if inside else "BI")] if known else []
        found.append(next((tag for tag in (*tags, "O") if tag in labels), labels[0]))
        last = kind
    return found


def _kind(token: Token) -> int:
    """Which kind of entity a word is: the smaller the number, the more sets of types have it; -1 for none."""
    if token.entity:
        return ("PER", "LOC", "ORG").index(token.entity[2:])
    if token.role == "time" and token.tag in ("NOUN", "PROPN"):
        return 3
    return {"NUM": 4, "VERB": 6}.get(token.tag, 5 if (token.tag, token.role) == ("NOUN", "patient") else -1)
