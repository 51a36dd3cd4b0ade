"""Natural language inference in the layouts of MNLI, SNLI, ANLI, XNLI, JNLI and JSICK."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from stepstone.lab.draw import Draw
from stepstone.lab.files.twin import SplitRequest, Twin, json_lines, tab_lines
from stepstone.lab.grammar import Grammar, grammar
from stepstone.lab.inference import InferencePair, draw_told, draw_triple
from stepstone.lab.splits import draw_on
from stepstone.lab.telling import facts_text, sentence_text

TRAIN, DEV = 8000, 500


class PairText(NamedTuple):
    """A pair as text."""

    premise: str
    hypothesis: str
    label: str


@lru_cache(maxsize=4)
def draw_pairs(key: tuple[str | int, ...], split: str, num: int) -> list[InferencePair]:
    """As many pairs of the split, their labels balanced; those of one premise are scattered."""
    triples = draw_on(split, -(-num // 3), ("pair", *key), draw_told, draw_triple)
    pairs = [pair for triple in triples for pair in triple]
    return Draw("order", *key).shuffled(pairs[:num])


def tell_pair(grammar: Grammar, pair: InferencePair) -> PairText:
    """The pair in a language."""
    premise = facts_text(grammar, pair.premise)
    return PairText(premise, sentence_text(grammar, grammar.statement(pair.hypothesis)), pair.label)


def _told(request: SplitRequest) -> list[PairText]:
    return [
        tell_pair(request.grammar, pair) for pair in draw_pairs(request.parallel_key, request.split, request.num_rows)
    ]


def _prompted(pairs: list[PairText]) -> Iterator[tuple[int, PairText]]:
    """Each pair with the number of its premise, as the releases name pairs."""
    numbers: dict[str, int] = {}
    for pair in pairs:
        yield numbers.setdefault(pair.premise, len(numbers)), pair


def _mnli(request: SplitRequest) -> dict[str, str]:
    name = {"train": "train", "dev": "dev_matched"}[request.split]
    rows = [
        {
            "annotator_labels": [pair.label],
            "genre": "lab",
            "gold_label": pair.label,
            "pairID": f"{prompt}{pair.label[0]}",
            "promptID": f"{prompt}",
            "sentence1": pair.premise,
            "sentence2": pair.hypothesis,
        }
        for prompt, pair in _prompted(_told(request))
    ]
    return {f"multinli_1.0/multinli_1.0_{name}.jsonl": json_lines(rows)}


def _snli(request: SplitRequest) -> dict[str, str]:
    rows = [
        {
            "annotator_labels": [pair.label],
            "captionID": f"{prompt}#0",
            "gold_label": pair.label,
            "pairID": f"{prompt}#0r1{pair.label[0]}",
            "sentence1": pair.premise,
            "sentence2": pair.hypothesis,
        }
        for prompt, pair in _prompted(_told(request))
    ]
    return {f"snli_1.0/snli_1.0_{request.split}.jsonl": json_lines(rows)}


def _anli(request: SplitRequest) -> dict[str, str]:
    """One round, or all three: the same files either way."""
    rounds = (1, 2, 3) if request.task == "anli" else (int(request.task[-1]),)
    return {
        f"anli_v1.0/R{number}/{request.split}.jsonl": json_lines(
            _anli_round(request, number, request.num_rows // len(rounds))
        )
        for number in rounds
    }


def _anli_round(request: SplitRequest, number: int, num: int) -> list[dict[str, str]]:
    pairs = draw_pairs((f"anli {number}", request.split, request.seed), request.split, num)
    return [
        {"uid": f"lab-{number}-{i}", "context": told.premise, "hypothesis": told.hypothesis, "label": told.label[0]}
        for i, told in enumerate(tell_pair(request.grammar, pair) for pair in pairs)
    ]


def _anli_plus(request: SplitRequest) -> dict[str, str]:
    """The files of its parts: ANLI, MNLI and SNLI."""
    files: dict[str, str] = {}
    for name, render in (("anli", _anli), ("mnli", _mnli), ("snli", _snli)):
        files |= render(replace(request, task=name, num_rows=TWINS[name].sizes[request.split]))
    return files


def _xnli(request: SplitRequest) -> dict[str, str]:
    """Train is that of MNLI; the release of its translations calls one label unlike all others."""
    if request.split == "train":
        pairs = draw_pairs(("mnli", "train", request.seed), "train", request.num_rows)
        rows = [tuple(tell_pair(request.grammar, pair)) for pair in pairs]
        named = [(*row[:2], row[2].replace("contradiction", "contradictory")) for row in rows]
        path = f"XNLI-MT-1.0/multinli/multinli.train.{request.language}.tsv"
        return {path: tab_lines([("premise", "hypo", "label"), *named])}
    return {f"xnli/{request.split}-{request.language}.tsv": tab_lines([tuple(pair) for pair in _told(request)])}


def _jnli(request: SplitRequest) -> dict[str, str]:
    name = {"train": "train", "dev": "valid", "test": "test"}[request.split]
    rows = [
        {
            "sentence_pair_id": f"{i}",
            "yjcaptions_id": f"lab-{i}",
            "sentence1": pair.premise,
            "sentence2": pair.hypothesis,
            "label": pair.label,
        }
        for i, pair in enumerate(_told(request))
    ]
    return {f"jnli-v1.3/{name}-v1.3.json": json_lines(rows)}


def _jsick(request: SplitRequest) -> dict[str, str]:
    """Both languages side by side, so one file serves them both; the release has more columns."""
    pairs = draw_pairs(request.parallel_key, request.split, request.num_rows)
    head = ("pair_ID", "sentence_A_En", "sentence_B_En", "entailment_label_En")
    rows: list[tuple[str, ...]] = [(*head, "sentence_A_Ja", "sentence_B_Ja", "entailment_label_Ja")]
    for i, pair in enumerate(pairs):
        rows.append((str(i), *tell_pair(grammar("en"), pair), *tell_pair(grammar("ja"), pair)))
    return {f"jsick/{request.split}.tsv": tab_lines(rows)}


_ROUND = {"train": TRAIN // 3, "dev": DEV // 3, "test": DEV // 3}
TWINS = {
    "mnli": Twin({"train": TRAIN, "dev": DEV}, _mnli, only=("en",)),
    "snli": Twin({"train": TRAIN, "dev": DEV, "test": DEV}, _snli, only=("en",)),
    "anli": Twin({split: 3 * num for split, num in _ROUND.items()}, _anli, only=("en",)),
    "anli_plus": Twin(
        {"train": 2 * TRAIN + 3 * (TRAIN // 3), "dev": 2 * DEV + 3 * (DEV // 3)}, _anli_plus, only=("en",)
    ),
    **{f"anli_r{i}": Twin(_ROUND, _anli, only=("en",)) for i in (1, 2, 3)},
    "xnli": Twin({"train": TRAIN, "dev": DEV, "test": DEV}, _xnli),
    "jsick": Twin({"train": 4000, "test": DEV}, _jsick, only=("en", "ja")),
    "jnli": Twin({"train": TRAIN, "dev": DEV, "test": DEV}, _jnli, only=("ja",)),
}
