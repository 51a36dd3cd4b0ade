"""From mined sentences to pairs of ids, the threshold that a development gold asks for, and BUCC's F1."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, product
from typing import Any, NamedTuple

from stepstone.core.errors import UserError
from stepstone.scoring.errors import OfficialFailure
from stepstone.scoring.mining import Candidate, Corpus, MiningDefinition
from stepstone.scoring.tagging import ChunkScore, ratio_score

SentencePair = tuple[str, str]


class MiningScore(NamedTuple):
    """The threshold used and what it gives; F1, precision and recall in percent."""

    threshold: float
    f1: float
    precision: float
    recall: float


def sentence_ids(texts: Sequence[str], ids: Sequence[str]) -> dict[str, str]:
    """Stripped sentence to id; a sentence that occurs more than once is dropped altogether.

    Raises:
        UserError: if there is not one id for each sentence.
    """
    if len(texts) != len(ids):
        raise UserError(f"{len(ids)} ids for {len(texts)} sentences")
    stripped = [text.strip() for text in texts]
    repeated: set[str] = set()
    known: dict[str, str] = {}
    for text, identity in zip(stripped, ids, strict=True):
        if text in known:
            repeated.add(text)
        known.setdefault(text, identity.strip())
    return {text: identity for text, identity in known.items() if text not in repeated}


def pair_scores(
    candidates: Iterable[tuple[float, str, str]], source_ids: Mapping[str, str], target_ids: Mapping[str, str]
) -> dict[SentencePair, float]:
    """Ids of the mined sentences that have one, in order of appearance; a pair keeps its highest score.

    Raises:
        OfficialFailure: if a sentence holds a tab, which the candidate file cannot carry.
    """
    scores: dict[SentencePair, float] = {}
    for score, source, target in candidates:
        if "\t" in source or "\t" in target:
            raise OfficialFailure("ValueError", "a mined sentence holds a tab", remedy="replace it by a space")
        pair = (source_ids.get(source.strip()), target_ids.get(target.strip()))
        if pair[0] is not None and pair[1] is not None:
            key = (pair[0], pair[1])
            scores[key] = max(score, scores.get(key, score))
    return scores


def candidate_texts(candidates: Iterable[Candidate], source: Corpus, target: Corpus) -> list[tuple[float, str, str]]:
    """Candidates as the lines of a candidate file: score, source text, target text."""
    return [(score, source.texts[left], target.texts[right]) for score, left, right in candidates]


def expand_pairs(
    candidates: Iterable[Candidate],
    source: Corpus,
    target: Corpus,
    source_ids: Sequence[str],
    target_ids: Sequence[str],
) -> dict[SentencePair, float]:
    """jiant: a mined pair stands for every combination of the ids of its two repeated sentences."""
    return {
        (source_ids[left_line], target_ids[right_line]): score
        for score, left, right in candidates
        for left_line, right_line in product(source.members[left], target.members[right])
    }


def best_pair_threshold(
    scores: Mapping[SentencePair, float], gold: Collection[SentencePair], definition: MiningDefinition = "xtreme-2020"
) -> float:
    """The threshold that maximises F1 on a gold (`bucc_optimize`); 0 if no candidate is right.

    It lies half way between the best cut's score and the next one. `corrected` cuts only between unequal
    scores, and after the last candidate takes that candidate's own score. jiant counts a repeated gold
    pair as often as it is listed.

    Raises:
        OfficialFailure: in the official scripts, if the best cut is after the last candidate.
    """
    golds = frozenset(gold)
    num_gold = len(gold) if definition == "jiant" else len(golds)
    items = sorted(scores.items(), key=lambda item: -item[1])
    num_taken = num_right = 0
    threshold = best_f1 = 0.0
    for pairs, score, following in _cuts(items, definition):
        num_taken += len(pairs)
        num_right += sum(pair in golds for pair in pairs)
        f1 = _fraction_f1(num_right, num_taken, num_gold)
        if f1 <= best_f1:
            continue
        if following is None and definition != "corrected":
            raise OfficialFailure(
                "IndexError",
                "the best threshold lies after the last candidate, with no next score to average with",
                remedy='score with the definition "corrected", or mine more candidates',
            )
        best_f1 = f1
        threshold = score if following is None else (score + following) / 2
        if definition == "corrected" and following is not None and threshold <= following:
            threshold = score  # neighbouring floats: half way rounds down onto the next score
    return threshold


def _fraction_f1(num_right: int, num_taken: int, num_gold: int) -> float:
    # In the official order of operations and as a fraction: rounding decides between cuts of equal F1.
    if not num_right:
        return 0.0
    precision, recall = num_right / num_taken, num_right / num_gold
    return 2 * precision * recall / (precision + recall)


def _cuts(
    items: Sequence[tuple[SentencePair, float]], definition: MiningDefinition
) -> Iterator[tuple[list[SentencePair], float, float | None]]:
    """Steps of the search: the pairs that a step adds, their score, and the next step's score."""
    if definition == "corrected":
        steps = [(score, [pair for pair, _ in group]) for score, group in groupby(items, lambda item: item[1])]
    else:
        steps = [(score, [pair]) for pair, score in items]
    for index, (score, pairs) in enumerate(steps):
        yield pairs, score, steps[index + 1][0] if index + 1 < len(steps) else None


def extract_pairs(scores: Mapping[SentencePair, float], threshold: float) -> list[SentencePair]:
    """The pairs that score at least `threshold`, in order of appearance."""
    return [pair for pair, score in scores.items() if score >= threshold]


def pair_f1(gold: Iterable[Sequence[str]], prediction: Iterable[Sequence[str]]) -> ChunkScore:
    """F1 of two sets of pairs, percent (XTREME's `bucc_f1`): repeats count once; 0 if none is right."""
    golds, predictions = set(map(tuple, gold)), set(map(tuple, prediction))
    num_right = len(golds & predictions)
    if not num_right:
        return ChunkScore(0.0, 0.0, 0.0)
    return ratio_score(num_right, len(predictions), len(golds))


def evaluate_pairs(
    scores: Mapping[SentencePair, float],
    gold: Collection[SentencePair],
    threshold: float | None = None,
    definition: MiningDefinition = "xtreme-2020",
) -> MiningScore:
    """Extract with a threshold and score against a gold (`bucc_eval`).

    XTREME's script ignores a given threshold as soon as there is a gold, and optimises on that gold; jiant
    and `corrected` honour it.

    Raises:
        OfficialFailure: as `best_pair_threshold`.
    """
    if threshold is None or definition == "xtreme-2020":
        threshold = best_pair_threshold(scores, gold, definition)
    return MiningScore(threshold, *pair_f1(gold, extract_pairs(scores, threshold)))


def mining_rows(
    gold: Iterable[SentencePair], prediction: Iterable[SentencePair] | Mapping[str, Iterable[SentencePair] | None]
) -> list[dict[str, Any]]:
    r"""One row for each distinct pair that is gold or predicted; what a score is computed from later.

    Args:
        gold: the pairs that are translations.
        prediction: the extracted pairs, or those by definition; None where a definition's script stops.

    >>> mining_rows([("de-1", "en-4")], [("de-1", "en-4"), ("de-2", "en-3")])[1]
    {'id': 'de-2\ten-3', 'prediction': True, 'gold': False}
    >>> mining_rows([("de-1", "en-4")], {"jiant": None, "corrected": []})
    [{'id': 'de-1\ten-4', 'prediction': {'jiant': None, 'corrected': False}, 'gold': True}]
    """
    golds = dict.fromkeys(map(tuple, gold))
    given = prediction if isinstance(prediction, Mapping) else {"": prediction}
    found = {name: None if pairs is None else dict.fromkeys(map(tuple, pairs)) for name, pairs in given.items()}
    rows = []
    for pair in dict.fromkeys([*golds, *(pair for pairs in found.values() for pair in pairs or ())]):
        extracted = {name: None if pairs is None else pair in pairs for name, pairs in found.items()}
        value = extracted if isinstance(prediction, Mapping) else extracted[""]
        rows.append({"id": "\t".join(pair), "prediction": value, "gold": pair in golds})
    return rows
