"""Chunk F1 of tag sequences by the rules of two seqeval releases, and token accuracy.

POS tags go through the same rules in XTREME, quirks included; `corrected` takes them as whole labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Literal, NamedTuple

import numpy as np

from stepstone.core.entities import split_entity
from stepstone.core.errors import UserError
from stepstone.scoring.errors import Definition, OfficialFailure

ChunkRule = Literal["seqeval-1.2.2", "seqeval-0.0.12", "corrected", "entities"]
# Rules of our own: unequal lengths are a user's mistake, and a missing prediction is wrong.
CHECKED = ("corrected", "entities")
OUTSIDE = "O"
Sentences = Sequence[Sequence[str]]

_OUTSIDE = ("O", ".")


class Chunk(NamedTuple):
    """A stretch of tokens of one type; positions count all sentences and one end mark after each."""

    type: str
    begin: int
    end: int


class ChunkScore(NamedTuple):
    """Micro-averaged F1, precision and recall in percent."""

    f1: float
    precision: float
    recall: float


def split_tag(tag: str, rule: ChunkRule = "seqeval-1.2.2") -> tuple[str, str]:
    """The prefix (first character; in `entities` the one of B, I, E, S, O that it means) and the type of a tag.

    >>> split_tag("B-PER"), split_tag("SCONJ"), split_tag("SCONJ", "corrected")
    (('B', 'PER'), ('S', 'CONJ'), ('I', 'SCONJ'))
    """
    if not tag:
        raise UserError("a tag is empty", remedy="give every token a tag; use O outside of chunks")
    if rule == "seqeval-0.0.12":
        return tag[0], tag.rsplit("-", 1)[-1]
    if rule == "seqeval-1.2.2":
        return tag[0], tag[1:].split("-", 1)[-1] or "_"
    if rule == "entities":
        return split_entity(tag) or ("I", tag)
    if tag == OUTSIDE or tag[1:2] == "-":
        return tag[0], tag[2:]
    return "I", tag  # a whole label: maximal runs of it are the chunks


def find_chunks(sentences: Sentences, rule: ChunkRule = "seqeval-1.2.2") -> list[Chunk]:
    """All chunks of the concatenated sentences, in order of their ends (`get_entities`)."""
    flat = [tag for sentence in sentences for tag in (*sentence, "O")]
    chunks: list[Chunk] = []
    prefix, kind, begin = "O", "", 0
    for position, tag in enumerate([*flat, "O"]):
        new_prefix, new_kind = split_tag(tag, rule)
        if _ends(prefix, kind, new_prefix, new_kind):
            chunks.append(Chunk(kind, begin, position - 1))
        if _starts(prefix, kind, new_prefix, new_kind):
            begin = position
        prefix, kind = new_prefix, new_kind
    return chunks


def _ends(prefix: str, kind: str, new_prefix: str, new_kind: str) -> bool:
    if prefix in ("E", "S") or (prefix in ("B", "I") and new_prefix in ("B", "S", "O")):
        return True
    return prefix not in _OUTSIDE and kind != new_kind


def _starts(prefix: str, kind: str, new_prefix: str, new_kind: str) -> bool:
    if new_prefix in ("B", "S") or (prefix in ("E", "S", "O") and new_prefix in ("E", "I")):
        return True
    return new_prefix not in _OUTSIDE and kind != new_kind


def chunk_counts(gold: Sentences, prediction: Sentences, rule: ChunkRule = "seqeval-1.2.2") -> np.ndarray:
    """Right, predicted and gold chunks of each sentence, `[num_sentences, 3]`.

    A chunk belongs to the sentence in which it ends (a stale chunk of seqeval 1.2.2 may begin earlier);
    a right one to its gold sentence. Their sums are the counts of the whole file.

    Raises:
        OfficialFailure: where seqeval 1.2.2 or XTREME's driver stops at unequal lengths.
        UserError: in `corrected` and `entities`, at unequal lengths.
    """
    check_lengths(gold, prediction, rule)
    num_sentences = max(len(gold), len(prediction))
    gold_chunks, predicted_chunks = find_chunks(gold, rule), find_chunks(prediction, rule)
    right = set(gold_chunks) & set(predicted_chunks)
    counts = np.zeros((num_sentences, 3), dtype=np.int64)
    np.add.at(counts[:, 0], _owners([chunk for chunk in gold_chunks if chunk in right], gold), 1)
    np.add.at(counts[:, 1], _owners(predicted_chunks, prediction), 1)
    np.add.at(counts[:, 2], _owners(gold_chunks, gold), 1)
    return counts


def _owners(chunks: Sequence[Chunk], sentences: Sentences) -> np.ndarray:
    ends = np.fromiter(accumulate(len(sentence) + 1 for sentence in sentences), dtype=np.int64)
    return np.searchsorted(ends, [chunk.end for chunk in chunks], side="right")


def check_lengths(gold: Sentences, prediction: Sentences, rule: ChunkRule = "seqeval-1.2.2") -> None:
    """Refuse sentences of unequal number or length; seqeval 0.0.12 alone never looks.

    Raises:
        OfficialFailure: as XTREME's driver (number of sentences) and seqeval 1.2.2 (their lengths) do.
        UserError: in `corrected` and `entities`.
    """
    if rule == "seqeval-0.0.12":
        return
    if len(gold) != len(prediction):
        message = f"{len(prediction)} predicted sentences for {len(gold)} gold sentences"
        raise UserError(message) if rule in CHECKED else OfficialFailure("AssertionError", message)
    for number, (golds, tags) in enumerate(zip(gold, prediction, strict=True), start=1):
        check_num_tags(golds, tags, rule, f"sentence {number}")


def check_num_tags(gold: Sequence[str], prediction: Sequence[str], rule: ChunkRule, where: str) -> None:
    """Refuse a sentence with more or fewer predicted tags than gold ones; seqeval 0.0.12 never looks.

    Raises:
        OfficialFailure: as seqeval 1.2.2 does.
        UserError: in `corrected` and `entities`.
    """
    if rule == "seqeval-0.0.12" or len(gold) == len(prediction):
        return
    message = f"{len(prediction)} predicted tags for {len(gold)} gold tags"
    remedy = "give exactly one tag for each token of the gold file"
    if rule in CHECKED:
        raise UserError(message, where=where, remedy=remedy)
    raise OfficialFailure("ValueError", message, where=where, remedy=remedy)


def chunk_f1(gold: Sentences, prediction: Sentences, rule: ChunkRule = "seqeval-1.2.2") -> ChunkScore:
    """Micro F1 over the chunks of a file, percent; 0 where nothing is predicted or nothing is gold.

    Raises:
        OfficialFailure: for unequal lengths under seqeval 1.2.2.
        UserError: for unequal lengths under `corrected`, and for an empty tag.
    """
    right, predicted, num_gold = chunk_counts(gold, prediction, rule).sum(axis=0)
    return ratio_score(int(right), int(predicted), int(num_gold))


def ratio_score(right: int, predicted: int, num_gold: int) -> ChunkScore:
    """F1, precision and recall in percent from three counts; 0 where a denominator is 0."""
    precision = right / predicted if predicted else 0.0
    recall = right / num_gold if num_gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return ChunkScore(100 * f1, 100 * precision, 100 * recall)


def token_counts(gold: Sentences, prediction: Sentences, definition: Definition = "xtreme-2020") -> np.ndarray:
    """Equal tags and gold tags of each gold sentence, `[num_sentences, 2]`.

    `xtreme-2020` compares the flattened sequences by position, so one missing tag shifts all that follow
    (seqeval's `accuracy_score`); `corrected` refuses unequal lengths.

    Raises:
        OfficialFailure: if there is no gold tag at all.
        UserError: in `corrected`, at unequal lengths.
    """
    if definition == "corrected":
        check_lengths(gold, prediction, "corrected")
    flat = [tag for sentence in prediction for tag in sentence]
    lengths = [len(sentence) for sentence in gold]
    if not sum(lengths):
        raise OfficialFailure("ZeroDivisionError", "there is no gold tag to score")
    counts = np.zeros((len(gold), 2), dtype=np.int64)
    begin = 0
    for index, (tags, length) in enumerate(zip(gold, lengths, strict=True)):
        same = zip(tags, flat[begin : begin + length], strict=False)
        counts[index] = sum(left == right for left, right in same), length
        begin += length
    return counts
