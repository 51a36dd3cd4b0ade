"""BUCC's bitext mining: margin scores of nearest neighbours both ways, and who is paired with whom."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np

from stepstone.core.errors import UserError, nearest
from stepstone.scoring.errors import Definition, OfficialFailure
from stepstone.scoring.neighbours import Neighbours, as_matrix, k_nearest, normalize_rows

Margin = Literal["ratio", "distance", "absolute"]
RetrievalMode = Literal["max", "fwd", "bwd", "intersect"]
MiningDefinition = Literal["xtreme-2020", "jiant", "corrected"]
# For each vector of either side its nearest of the other, so many of them, by dot products.
SearchBothWays = Callable[[np.ndarray, np.ndarray, int], tuple[Neighbours, Neighbours]]


class CorpusLine(NamedTuple):
    """A line of a corpus: lines with equal keys are one sentence, shown as `text`."""

    key: str
    text: str


class Candidate(NamedTuple):
    """A mined pair: its margin score and the numbers of the two (unified) sentences."""

    score: float
    source: int
    target: int


@dataclass(frozen=True)
class MiningOptions:
    """How candidates are mined; the defaults are those of XTREME and jiant."""

    margin: Margin = "ratio"
    retrieval: RetrievalMode = "max"
    neighborhood: int = 4
    threshold: float = 0.0
    distance: Literal["cosine", "l2"] = "cosine"
    shift: bool = False
    definition: MiningDefinition = "xtreme-2020"

    def __post_init__(self) -> None:
        """Refuse names that mean nothing."""
        named = {
            "margin": (self.margin, get_args(Margin)),
            "retrieval": (self.retrieval, get_args(RetrievalMode)),
            "distance": (self.distance, ("cosine", "l2")),
            "definition": (self.definition, get_args(MiningDefinition)),
        }
        for field, (value, known) in named.items():
            if value not in known:
                raise UserError(f"{field} {value!r} is unknown", where="mining", remedy=nearest(value, known))
        if self.neighborhood < 1:
            raise UserError(f"neighborhood is {self.neighborhood}", where="mining", remedy="1 or more")
        if self.definition == "jiant" and self.retrieval in ("fwd", "bwd"):
            raise OfficialFailure(
                "UnboundLocalError", f"jiant cannot mine {self.retrieval!r}", remedy='"max" or "intersect"'
            )


@dataclass(frozen=True, eq=False)
class Corpus:
    """Distinct sentences in order of first occurrence.

    Attributes:
        texts: what each sentence reads.
        vectors: `[num_sentences, width]`, float32; that of a repeated sentence is its last line's.
        members: the line numbers of each sentence.
    """

    texts: tuple[str, ...]
    vectors: np.ndarray
    members: tuple[tuple[int, ...], ...]


def read_lines(file_text: str, definition: Definition = "xtreme-2020") -> list[CorpusLine]:
    """The lines of a corpus file; only LF, CR and CRLF end a line.

    The official reader drops the last character of every line, so that a last line without a newline loses
    a letter and equals no earlier copy; `corrected` keeps it whole.
    """
    lines = list(io.StringIO(file_text, newline=None))
    if definition == "corrected":
        return [CorpusLine(line.removesuffix("\n"), line.removesuffix("\n")) for line in lines]
    return [CorpusLine(line, line[:-1]) for line in lines]


def lines_of(texts: Sequence[str], definition: MiningDefinition = "xtreme-2020") -> list[CorpusLine]:
    """Lines from texts that are at hand; jiant unifies them after stripping, the others as they are."""
    return [CorpusLine(text.strip() if definition == "jiant" else text, text) for text in texts]


def unify(lines: Sequence[CorpusLine], vectors: np.ndarray | Sequence[Sequence[float]]) -> Corpus:
    """Merge lines with equal keys; the vector of the last one stands for all.

    Raises:
        UserError: if there is not one vector for each line.
    """
    matrix = as_matrix(vectors, "sentence")
    if len(matrix) != len(lines):
        raise UserError(f"{len(matrix)} vectors for {len(lines)} sentences")
    members: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        members.setdefault(line.key, []).append(number)
    return Corpus(
        tuple(lines[numbers[0]].text for numbers in members.values()),
        matrix[[numbers[-1] for numbers in members.values()]],
        tuple(map(tuple, members.values())),
    )


class _Direction(NamedTuple):
    """Best partner of each sentence of one side, and its score."""

    partners: np.ndarray
    scores: np.ndarray


def mine(
    source: Corpus,
    target: Corpus,
    options: MiningOptions = MiningOptions(),
    search: SearchBothWays | None = None,
) -> list[Candidate]:
    """Mine candidate pairs (`mine_bitext` of LASER, XTREME and jiant).

    Memory: `CHUNK_ENTRIES` similarities at a time, and `neighborhood` per sentence.

    Args:
        source: the sentences of one side.
        target: those of the other.
        options: how they are mined.
        search: finds neighbours by cosine where neither side is shifted; none: a product each way finds them.

    Raises:
        UserError: if the two sides have vectors of unequal width.
    """
    x, y = source.vectors, target.vectors
    if x.shape[1] != y.shape[1]:
        raise UserError(f"source vectors of width {x.shape[1]}, target vectors of width {y.shape[1]}")
    if options.distance == "cosine":
        x, y = normalize_rows(x), normalize_rows(y)
    # A shifted side is searched and scored against the other side as it is, and not renormalised.
    delta = x.mean(axis=0) - y.mean(axis=0) if options.shift else np.float32(0)
    from_x, from_y = x - delta, y + delta
    if search and options.distance == "cosine" and not options.shift:
        forward_near, backward_near = search(x, y, options.neighborhood)
    else:
        forward_near = k_nearest(from_x, y, options.neighborhood, options.distance)
        backward_near = k_nearest(from_y, x, options.neighborhood, options.distance)
    x_means, y_means = forward_near.similarities.mean(axis=1), backward_near.similarities.mean(axis=1)
    forward = _choose(from_x, y, forward_near.indices, x_means, y_means, options)
    backward = _choose(from_y, x, backward_near.indices, y_means, x_means, options)
    return _pair(forward, backward, options)


def _choose(
    x: np.ndarray,
    y: np.ndarray,
    neighbours: np.ndarray,
    x_means: np.ndarray,
    y_means: np.ndarray,
    options: MiningOptions,
) -> _Direction:
    """Score each sentence with its neighbours and keep the first best."""
    scores = np.empty(neighbours.shape, dtype=np.float64)
    for rank in range(neighbours.shape[1]):
        partners = neighbours[:, rank]
        similarities = _pair_similarities(x, y[partners], options)
        means = (x_means + y_means[partners]) / np.float32(2)
        scores[:, rank] = _margin(similarities, means, options.margin)
    best = scores.argmax(axis=1)
    rows = np.arange(len(x))
    return _Direction(neighbours[rows, best], scores[rows, best])


def _pair_similarities(x: np.ndarray, y: np.ndarray, options: MiningOptions) -> np.ndarray:
    # The official script finds neighbours by l2 but scores the pair by the raw dot product.
    if options.distance == "l2" and options.definition == "corrected":
        difference = x.astype(np.float64) - y
        squares: np.ndarray = np.einsum("ij,ij->i", difference, difference)
        return np.asarray(1.0 / (1.0 + squares), dtype=np.float32)
    products: np.ndarray = np.einsum("ij,ij->i", x, y)
    return products


def _margin(similarities: np.ndarray, means: np.ndarray, margin: Margin) -> np.ndarray:
    if margin == "absolute":
        return similarities
    if margin == "distance":
        return np.asarray(similarities - means)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(similarities / means)


def _pair(forward: _Direction, backward: _Direction, options: MiningOptions) -> list[Candidate]:
    sources, targets = np.arange(len(forward.scores)), np.arange(len(backward.scores))
    if options.retrieval == "bwd":
        return _candidates(backward.scores, backward.partners, targets)
    if options.retrieval == "fwd":
        return _candidates(forward.scores, sources, forward.partners)
    if options.retrieval == "intersect":
        mutual = backward.partners[forward.partners] == sources
        return _candidates(forward.scores[mutual], sources[mutual], forward.partners[mutual])
    return _match_greedily(
        _candidates(forward.scores, sources, forward.partners)
        + _candidates(backward.scores, backward.partners, targets),
        options.threshold,
    )


def _candidates(scores: np.ndarray, sources: np.ndarray, targets: np.ndarray) -> list[Candidate]:
    return [
        Candidate(float(score), int(source), int(target))
        for score, source, target in zip(scores, sources, targets, strict=True)
    ]


def _match_greedily(candidates: list[Candidate], threshold: float) -> list[Candidate]:
    """Take pairs by falling score while both sides are free; a pair below the threshold still blocks."""
    used_sources: set[int] = set()
    used_targets: set[int] = set()
    kept = []
    # numpy puts scores that are no number last; they block like any other, and are never kept.
    for index in np.argsort([-candidate.score for candidate in candidates], kind="stable"):
        candidate = candidates[index]
        if candidate.source in used_sources or candidate.target in used_targets:
            continue
        used_sources.add(candidate.source)
        used_targets.add(candidate.target)
        if candidate.score > threshold:
            kept.append(candidate)
    return kept
