"""Mining: what a corpus file's lines become, who is paired, what blocks whom."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepstone.core.errors import UserError
from stepstone.scoring.errors import OfficialFailure
from stepstone.scoring.mining import MiningOptions, lines_of, mine, read_lines, unify


def corpus(vectors):
    vectors = np.array(vectors, dtype=np.float32)
    return unify(lines_of([f"line {number}" for number in range(len(vectors))]), vectors)


def random_corpora(seed, num=12, width=4):
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(num, width))
    return corpus(base), corpus(base + 0.3 * rng.normal(size=(num, width)))


def pairs(candidates):
    return [(candidate.source, candidate.target) for candidate in candidates]


def test_only_line_feeds_and_carriage_returns_end_a_line():
    lines = read_lines("oar\u2028mast\nrope\x0b\x0cbuoy\r\nkeel\rhull\n")
    assert [line.text for line in lines] == ["oar\u2028mast", "rope\x0b\x0cbuoy", "keel", "hull"]


def test_a_last_line_without_newline_loses_its_last_letter_unless_mended():
    vectors = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    official = unify(read_lines("oar\nmast\noar"), vectors)
    assert official.texts == ("oar", "mast", "oa")
    mended = unify(read_lines("oar\nmast\noar", "corrected"), vectors)
    assert mended.texts == ("oar", "mast")
    assert mended.members == ((0, 2), (1,))
    assert mended.vectors.tolist() == [[1.0, 1.0], [0.0, 1.0]]  # that of the last occurrence


def test_jiant_unifies_stripped_texts():
    vectors = [[1.0], [2.0]]
    assert unify(lines_of(["oar ", "oar"], "jiant"), vectors).members == ((0, 1),)
    assert unify(lines_of(["oar ", "oar"]), vectors).members == ((0,), (1,))


def test_every_line_needs_a_vector():
    with pytest.raises(UserError, match="1 vectors for 2 sentences"):
        unify(lines_of(["oar", "mast"]), [[1.0]])


@given(st.integers(0, 1000), st.sampled_from(["ratio", "distance", "absolute"]))
def test_max_pairs_every_sentence_at_most_once_by_falling_score(seed, margin):
    candidates = mine(*random_corpora(seed), MiningOptions(margin=margin, threshold=-100.0))
    found = pairs(candidates)
    assert len({source for source, _ in found}) == len(found) == len({target for _, target in found})
    scores = [candidate.score for candidate in candidates]
    assert scores == sorted(scores, reverse=True)


@given(st.integers(0, 1000))
def test_intersect_is_what_both_directions_share(seed):
    sides = random_corpora(seed)
    forward, backward, both = (
        mine(*sides, MiningOptions(retrieval=retrieval)) for retrieval in ("fwd", "bwd", "intersect")
    )
    assert len(forward) == len(backward) == 12
    assert set(pairs(both)) == set(pairs(forward)) & set(pairs(backward))


@given(st.integers(0, 1000))
def test_exchanging_the_sides_exchanges_forward_and_backward(seed):
    source, target = random_corpora(seed)
    forward = mine(source, target, MiningOptions(retrieval="fwd"))
    backward = mine(target, source, MiningOptions(retrieval="bwd"))
    assert [(right, left) for left, right in pairs(backward)] == pairs(forward)
    assert [c.score for c in backward] == pytest.approx([c.score for c in forward], rel=1e-5)


def test_a_pair_below_the_threshold_still_blocks():
    # 0-0 scores best; 1-0 is left to source 1, and target 1 has no better than source 0.
    source, target = corpus([[1.0, 0.0], [0.9, 0.1]]), corpus([[1.0, 0.0], [-1.0, 0.2]])
    options = {"margin": "absolute", "neighborhood": 1}
    free = mine(source, target, MiningOptions(threshold=-9.0, **options))
    assert pairs(free)[0] == (0, 0)
    strict = mine(source, target, MiningOptions(threshold=free[0].score, **options))
    assert strict == []  # the threshold is strict, and what it drops frees nobody


def test_fewer_sentences_than_neighbours_is_no_error():
    assert len(mine(corpus([[1.0, 0.0]]), corpus([[1.0, 0.1], [0.0, 1.0]]))) == 1


def test_l2_pairs_are_scored_by_dot_products_officially_and_by_the_same_similarity_when_mended():
    source, target = corpus([[3.0, 0.0]]), corpus([[3.0, 1.0]])
    absolute = {"margin": "absolute", "distance": "l2"}
    assert mine(source, target, MiningOptions(**absolute))[0].score == pytest.approx(9.0)
    mended = mine(source, target, MiningOptions(definition="corrected", **absolute))
    assert mended[0].score == pytest.approx(0.5)


@given(st.integers(0, 1000), st.sampled_from(["ratio", "distance"]))
def test_cosine_mining_is_the_same_in_all_definitions(seed, margin):
    sides = random_corpora(seed)
    found = [
        mine(*sides, MiningOptions(margin=margin, definition=definition))
        for definition in ("xtreme-2020", "jiant", "corrected")
    ]
    assert found[0] == found[1] == found[2]


def test_a_shift_moves_one_side_onto_the_other():
    base = np.random.default_rng(5).normal(size=(8, 3)).astype(np.float32)
    moved = corpus(base + np.float32([50.0, 0.0, 0.0]))
    options = {"margin": "absolute", "distance": "l2", "retrieval": "fwd", "definition": "corrected"}
    assert pairs(mine(corpus(base), moved, MiningOptions(shift=True, neighborhood=1, **options))) == [
        (number, number) for number in range(8)
    ]


def test_unknown_options_name_the_nearest():
    with pytest.raises(UserError, match='did you mean "ratio"'):
        MiningOptions(margin="rato")
    with pytest.raises(UserError, match="neighborhood"):
        MiningOptions(neighborhood=0)
    with pytest.raises(OfficialFailure, match="jiant cannot mine 'fwd'"):
        MiningOptions(retrieval="fwd", definition="jiant")
    with pytest.raises(UserError, match="width"):
        mine(corpus([[1.0]]), corpus([[1.0, 2.0]]))


def test_a_zero_vector_has_no_ratio_and_is_paired_with_nobody():
    source, target = corpus([[0.0, 0.0], [1.0, 0.2]]), corpus([[0.0, 0.0], [1.0, 0.1]])
    assert pairs(mine(source, target, MiningOptions(neighborhood=1))) == [(1, 1)]
