"""Tagged sentences in the layouts of UDPOS, WikiAnn/PAN-X, Universal Dependencies and of CCG supertags."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from itertools import count, islice

from stepstone.lab.draw import Draw
from stepstone.lab.files.twin import SplitRequest, Twin
from stepstone.lab.grammar import Word
from stepstone.lab.openness import NEW, draw_open_fact
from stepstone.lab.syntax import Token, heads, name_tags, supertags, tokens
from stepstone.lab.telling import sentence_text
from stepstone.lab.world import Fact

TRAIN, DEV = 4000, 500
_TREEBANKS = {"en": "EWT", "fi": "TDT", "tr": "IMST"}  # the names of the files; "GSD" for all others


def draw_sentence(draw: Draw, new: float | None = None) -> Fact:
    """A fact of the kind that tagged sentences tell; `new` is the share of words held out among its open ones."""
    return draw_open_fact(draw, new)


def draw_sentences(request: SplitRequest) -> Iterator[list[Word]]:
    """The told sentences of a split: none is in another split, and only dev and test have the words held out."""
    # Japanese UD goes by two names and has one file.
    key = ("ud", *request.own_key[1:]) if request.task == "ud_ja_gsd" else request.own_key
    new = 0.0 if request.split == "train" else NEW
    told = (request.grammar.statement(draw_sentence(Draw("tagging", *key, i), new)) for i in count())
    return islice((words for words in told if _split_of(words) == request.split), request.num_rows)


def _split_of(words: list[Word]) -> str:
    """The split that a sentence belongs to, by its letters: of ten sentences eight are for training."""
    letters = "".join(sign for word in words for sign in word.text.casefold() if sign.isalnum())
    return {0: "dev", 1: "test"}.get(sha256(letters.encode()).digest()[0] % 10, "train")


def _sentences(request: SplitRequest) -> list[tuple[list[Word], list[Token]]]:
    return [(words, tokens(request.grammar, words)) for words in draw_sentences(request)]


def _columns(rows: list[list[tuple[str, str]]]) -> str:
    """A word, a tab and its tag a line; an empty line ends a sentence."""
    return "".join("".join(f"{word}\t{tag}\n" for word, tag in row) + "\n" for row in rows)


def _udpos(request: SplitRequest) -> dict[str, str]:
    rows = [[(token.text, token.tag) for token in sentence] for _, sentence in _sentences(request)]
    return {f"{request.task}/{request.split}-{request.language}.tsv": _columns(rows)}


def _panx(request: SplitRequest) -> dict[str, str]:
    """Where nothing is spaced a word is one character, as in WikiAnn."""
    rows = []
    for _, sentence in _sentences(request):
        tags = name_tags(sentence)
        rows.append([pair for token, tag in zip(sentence, tags, strict=True) for pair in _split(request, token, tag)])
    return {f"panx/{request.split}-{request.language}.tsv": _columns(rows)}


def _split(request: SplitRequest, token: Token, tag: str) -> list[tuple[str, str]]:
    if request.grammar.profile.spaced:
        return [(token.text, tag)]
    return [(sign, tag if i == 0 else tag.replace("B-", "I-")) for i, sign in enumerate(token.text)]


def _ud(request: SplitRequest) -> dict[str, str]:
    """CoNLL-U with heads and relations; lemmas, features and the language's own tags are left open."""
    parts = []
    for i, (words, sentence) in enumerate(_sentences(request)):
        lines = [f"# sent_id = lab-{request.split}-{i}", f"# text = {sentence_text(request.grammar, words)}"]
        for place, (token, (head, relation)) in enumerate(zip(sentence, heads(sentence), strict=True), 1):
            last = "_" if token.spaced else "SpaceAfter=No"
            lines.append("\t".join([str(place), token.text, "_", token.tag, "_", "_", str(head), relation, "_", last]))
        parts.append("\n".join(lines) + "\n\n")
    bank = _TREEBANKS.get(request.language, "GSD")
    name = request.grammar.profile.name.capitalize()
    return {f"UD_{name}-{bank}/{request.language}_{bank.lower()}-ud-{request.split}.conllu": "".join(parts)}


def _ccg(request: SplitRequest) -> dict[str, str]:
    rows = [
        [(token.text, tag) for token, tag in zip(sentence, supertags(sentence), strict=True)]
        for _, sentence in _sentences(request)
    ]
    return {f"ccg/{request.split}.tsv": _columns(rows)}


_SIZES = {"train": TRAIN, "dev": DEV, "test": DEV}
TWINS = {
    "udpos": Twin(_SIZES, _udpos),
    "udpos_r": Twin(_SIZES, _udpos),
    "panx": Twin(_SIZES, _panx),
    "ud": Twin(_SIZES, _ud),
    "ud_ja_gsd": Twin(_SIZES, _ud, only=("ja",)),
    "ccg": Twin({"train": TRAIN, "dev": DEV}, _ccg, only=("en",)),
}
