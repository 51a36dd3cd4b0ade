"""A second reading of each scorer's rules, as plain as it can be, agrees on texts and numbers made to be awkward."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scoring.driver import evaluate_with_zero_probabilities
from stepstone.scoring.bitext import best_pair_threshold, extract_pairs, sentence_ids
from stepstone.scoring.errors import OfficialFailure
from stepstone.scoring.mining import MiningOptions, lines_of, mine, unify
from stepstone.scoring.neighbours import nearest_neighbour
from stepstone.scoring.ranking import average_precision, reciprocal_rank
from stepstone.scoring.spans import GoldQuestion, evaluate_spans, score_answer
from stepstone.scoring.squad2 import evaluate_squad2
from stepstone.scoring.tagging import find_chunks
from stepstone.scoring.text import JSQUAD, SQUAD, mlqa_rule

PIECES = [
    "a", "an", "the", "The", "A", "THE", "der", "eine", "el", "las", "của", "là", "ال", "الكتاب", "هلال", "buoy",
    "Pier", "pier.", "'s", "-", "…", "。", "。。", "、", "「", "」", "¿", "$5", "€", "_", "`", "  ", "\t", "\n",
    "\u3000", "\u00a0",
    "\u200b", "\ufeff", "\x1c", "灯台", "燈", "㐀", "\u9fa6", "𠀀", "ａ", "ｱ", "か", "กำลัง", "ฯ", "नाव", "।",
    "à", "a\u0300",
    "İ", "ẞ", "ΟΔΟΣ", "Σ", "ß", "3", "٣", "1,000", "a-b", "a灯", "1a", "á", "",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=5).flatmap(
    lambda parts: st.sampled_from(["", " "]).map(lambda between: between.join(parts))
)
GOLDS = st.lists(TEXTS, min_size=1, max_size=3)
LANGUAGES = ("en", "es", "hi", "vi", "de", "ar", "zh")
MANY = settings(max_examples=120, deadline=None)


def plain_squad(text: str) -> str:
    kept = "".join(sign for sign in text.lower() if sign not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", kept).split())


WORDS = {
    "en": "a|an|the",
    "es": "un|una|unos|unas|el|la|los|las",
    "vi": "của|là|cái|chiếc|những",
    "de": "ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des",
}


def plain_mlqa(text: str, language: str) -> str:
    marks = [sign for sign in text.lower() if unicodedata.category(sign)[0] == "P" or sign in string.punctuation]
    kept = "".join(sign for sign in text.lower() if sign not in marks)
    if language == "ar":
        kept = kept.replace("ال", " ")
    elif language in WORDS:
        kept = re.sub(rf"\b({WORDS[language]})\b", " ", kept)
    if language == "zh":
        return " ".join(re.sub(r"([\u4e00-\u9fa5])", r" \1 ", kept).split())
    return " ".join(kept.split())


def plain_f1(prediction: list[str], gold: list[str]) -> float:
    shared = sum((Counter(prediction) & Counter(gold)).values())
    if not shared:
        return 0.0
    precision, recall = shared / len(prediction), shared / len(gold)
    return 2 * precision * recall / (precision + recall)


@pytest.mark.slow
@MANY
@given(TEXTS, GOLDS)
def test_answers_by_squad_1_1(prediction, golds):
    exact = float(any(plain_squad(prediction) == plain_squad(gold) for gold in golds))
    f1 = max(plain_f1(plain_squad(prediction).split(), plain_squad(gold).split()) for gold in golds)
    assert score_answer(prediction, golds, SQUAD) == pytest.approx((exact, f1), abs=1e-12)


@pytest.mark.slow
@MANY
@given(TEXTS, GOLDS, st.sampled_from(LANGUAGES))
def test_answers_by_mlqa(prediction, golds, language):
    normal = plain_mlqa(prediction, language)
    exact = float(any(normal == plain_mlqa(gold, language) for gold in golds))
    f1 = max(plain_f1(normal.split(), plain_mlqa(gold, language).split()) for gold in golds)
    assert score_answer(prediction, golds, mlqa_rule(language)) == pytest.approx((exact, f1), abs=1e-12)


@pytest.mark.slow
@MANY
@given(TEXTS, GOLDS, st.sampled_from(LANGUAGES))
def test_corrected_answers_differ_only_where_a_fault_is_listed(prediction, golds, language):
    official = score_answer(prediction, golds, mlqa_rule(language))
    mended = score_answer(prediction, golds, mlqa_rule(language, "corrected"), "corrected")
    if official != mended:
        everything = "".join([prediction, *golds]).lower()
        empty = not mlqa_rule(language, "corrected").normalize(prediction)
        rare = language == "zh" and any(sign in everything for sign in "㐀\u9fa6𠀀")
        assert empty or rare or (language == "ar" and re.search(r"\Sال", everything))


@st.composite
def data_sets(draw):
    """Questions with and without answers, all predicted, with probabilities among which there are ties."""
    num = draw(st.integers(1, 6))
    golds = [draw(st.lists(TEXTS, max_size=2)) for _ in range(num)]
    questions = [GoldQuestion(f"q{n}", tuple(gold)) for n, gold in enumerate(golds)]
    predictions = {question.id: draw(TEXTS) for question in questions}
    chances = {question.id: draw(st.sampled_from([0.0, 0.25, 0.5, 1.0])) for question in questions}
    return questions, predictions, chances


def plain_no_answer(prediction, golds):
    golds = [gold for gold in golds if plain_squad(gold)] or [""]
    exact = max(plain_squad(prediction) == plain_squad(gold) for gold in golds)
    pairs = [(plain_squad(prediction).split(), plain_squad(gold).split()) for gold in golds]
    return float(exact), max(plain_f1(*pair) if all(pair) else float(pair[0] == pair[1]) for pair in pairs)


def plain_best(scores, predictions, chances, answerable):
    """The highest sum over the entries in order of probability, from all questions rejected."""
    current = best = sum(not answerable[key] for key in answerable)
    threshold = 0.0
    for key in sorted(chances, key=lambda name: chances[name]):
        current += scores[key] if answerable[key] else -1 if predictions[key] else 0
        if current > best:
            best, threshold = current, chances[key]
    return 100.0 * best / len(scores), threshold


@pytest.mark.slow
@MANY
@given(data_sets(), st.sampled_from([0.0, 0.25, 0.4, 1.0]))
def test_data_sets_by_squad_2_0(data, threshold):
    questions, predictions, chances = data
    found = evaluate_squad2(questions, predictions, no_answer=chances, threshold=threshold)
    answerable = {question.id: bool(question.golds) for question in questions}
    raw = {question.id: plain_no_answer(predictions[question.id], question.golds) for question in questions}
    for place, name in enumerate(("exact", "f1")):
        scores = {key: pair[place] for key, pair in raw.items()}
        shown = {key: float(not answerable[key]) if chances[key] > threshold else scores[key] for key in scores}
        assert found[name] == pytest.approx(100 * np.mean(list(shown.values())))
        for prefix, wanted in (("HasAns", True), ("NoAns", False)):
            part = [shown[key] for key in shown if answerable[key] is wanted]
            assert (f"{prefix}_{name}" in found) == bool(part)
            assert not part or found[f"{prefix}_{name}"] == pytest.approx(100 * np.mean(part))
        best = plain_best(scores, predictions, chances, answerable)
        assert (found[f"best_{name}"], found[f"best_{name}_thresh"]) == pytest.approx(best)


@pytest.mark.slow
@MANY
@given(data_sets())
def test_precision_and_recall_by_squad_2_0(data):
    questions, predictions, chances = data
    found = evaluate_squad2(questions, predictions, no_answer=chances, with_precision_recall=True)
    golds = {question.id: question.golds for question in questions}
    if not any(golds.values()):
        assert not [name for name in found if name.startswith("pr_")]
        return
    order = sorted(chances, key=lambda name: chances[name])
    total = sum(map(bool, golds.values()))
    running, average, last = 0.0, 0.0, 0.0
    for place, key in enumerate(order, start=1):
        running += plain_no_answer(predictions[key], golds[key])[1] if golds[key] else 0.0
        if place == len(order) or chances[order[place]] != chances[key]:
            average += running / place * (running / total - last)
            last = running / total
    assert found["pr_f1_ap"] == pytest.approx(100 * average)


@pytest.mark.slow
@MANY
@given(st.lists(st.tuples(TEXTS, GOLDS), min_size=1, max_size=4))
def test_data_sets_by_jsquad(pairs):
    def plain(text: str) -> str:
        text = text.lower()
        while text.endswith("。"):
            text = text[:-1]
        return " ".join(text.split())

    questions = [GoldQuestion(str(n), tuple(golds)) for n, (_, golds) in enumerate(pairs)]
    predictions = {str(n): prediction for n, (prediction, _) in enumerate(pairs)}
    found = evaluate_with_zero_probabilities(questions, predictions, JSQUAD)
    f1s = []
    for prediction, golds in pairs:
        sides = [(plain(prediction), gold) for gold in [plain(gold) for gold in golds if plain(gold)] or [""]]
        f1s.append(max(plain_f1(list(a), list(b)) if a and b else float(a == b) for a, b in sides))
    assert found["f1"] == pytest.approx(100 * np.mean(f1s))


TAGS = st.sampled_from(
    ["O", "B-LOC", "I-LOC", "I-PER", "E-LOC", "S-PER", "L-LOC", "B-a-b", "I-b", "X", "_", "SYM", "NOUN"]
)


@MANY
@given(st.lists(st.lists(TAGS, max_size=5), min_size=1, max_size=3))
def test_chunks_by_seqeval_0_0_12(sentences):
    flat = [tag for sentence in sentences for tag in [*sentence, "O"]]
    expected, begin = [], 0
    padded = [("O", ""), *((tag[0], tag.split("-")[-1]) for tag in flat), ("O", "O")]
    for place, ((old, old_type), (new, new_type)) in enumerate(pairwise(padded)):
        changes = old_type != new_type
        if old in "ES" or (old in "BI" and new in "BSO") or (old not in "O." and changes):
            expected.append((old_type, begin, place - 1))
        if new in "BS" or (old in "ESO" and new in "EI") or (new not in "O." and changes):
            begin = place
    assert [tuple(chunk) for chunk in find_chunks(sentences, "seqeval-0.0.12")] == expected


SCORED = st.lists(st.sampled_from([0.5, 0.9, 1.0, 1.0 + 2**-52, 1.1, 1.3]), max_size=8)


@MANY
@given(SCORED, st.sets(st.integers(0, 9), min_size=1, max_size=6))
def test_the_threshold_of_bucc(values, right):
    scores = {(f"s{n}", f"t{n}"): value for n, value in enumerate(values)}
    gold = {(f"s{n}", f"t{n}") for n in right}
    items = sorted(scores.items(), key=lambda item: -item[1])
    threshold = best = taken = correct = 0.0
    stops = False
    for place, (pair, value) in enumerate(items):
        taken, correct = taken + 1, correct + (pair in gold)
        if correct:
            precision, recall = correct / taken, correct / len(gold)
            f1 = 2 * precision * recall / (precision + recall)
            if f1 > best:
                best, stops = f1, place + 1 == len(items)
                threshold = threshold if stops else (value + items[place + 1][1]) / 2
    if stops:
        with pytest.raises(OfficialFailure, match="IndexError"):
            best_pair_threshold(scores, gold)
    else:
        assert best_pair_threshold(scores, gold) == threshold
        assert extract_pairs(scores, threshold) == [pair for pair, value in scores.items() if value >= threshold]


@settings(max_examples=60, deadline=None)
@given(
    # With one neighbour a mutual pair lies at a distance of 0, and rounding says on which side of it.
    st.integers(2, 9),
    st.integers(2, 9),
    st.integers(2, 5),
    st.sampled_from(["ratio", "distance", "absolute"]),
    st.sampled_from(["max", "fwd", "bwd", "intersect"]),
    st.integers(0, 10**6),
)
def test_mining_pair_by_pair(num_sources, num_targets, k, margin, retrieval, seed):
    random = np.random.default_rng(seed)
    vectors = [random.normal(size=(num, 6)).astype(np.float32) for num in (num_sources, num_targets)]
    x, y = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in vectors)
    near = [np.argsort(-(a @ b.T), axis=1)[:, :k] for a, b in ((x, y), (y, x))]
    means = [
        np.array([np.mean([a[i] @ b[j] for j in row]) for i, row in enumerate(rows)])
        for (a, b), rows in zip(((x, y), (y, x)), near, strict=True)
    ]

    def score(i, j):
        value, mean = x[i] @ y[j], (means[0][i] + means[1][j]) / 2
        return {"ratio": value / mean, "distance": value - mean, "absolute": value}[margin]

    # A ratio to a mean near 0, two scores of one value or one near 0: rounding decides.
    middles = (means[0][:, None] + means[1][None, :]) / 2
    assume(margin != "ratio" or np.abs(middles).min() > 0.01)
    values = np.sort([score(i, j) for i in range(num_sources) for j in range(num_targets)])
    assume(np.diff(values).min() > 1e-5 * np.abs(values).max() and np.abs(values).min() > 1e-5)
    forward = [(i, max(row, key=lambda j, i=i: score(i, j))) for i, row in enumerate(near[0].tolist())]
    backward = [(max(row, key=lambda i, j=j: score(i, j)), j) for j, row in enumerate(near[1].tolist())]
    if retrieval == "max":
        expected, used = [], set()
        for i, j in sorted(forward + backward, key=lambda pair: -score(*pair)):
            if not used & {("x", i), ("y", j)}:
                used |= {("x", i), ("y", j)}
                expected += [(i, j)] if score(i, j) > 0 else []
    else:
        both = [pair for pair in forward if pair in backward]
        expected = {"fwd": forward, "bwd": backward, "intersect": both}[retrieval]
    sides = [
        unify(lines_of([f"{name}{n}" for n in range(len(side))]), side)
        for name, side in zip("xy", vectors, strict=True)
    ]
    options = MiningOptions(margin=margin, retrieval=retrieval, neighborhood=k)
    found = mine(*sides, options)
    assert [(pair.source, pair.target) for pair in found] == expected
    assert [pair.score for pair in found] == pytest.approx([score(*pair) for pair in expected], abs=1e-4, rel=1e-4)


@pytest.mark.slow
@MANY
@given(st.lists(TEXTS, max_size=8))
def test_only_sentences_that_stand_once_have_an_id(texts):
    stripped = [text.strip() for text in texts]
    expected = {text: str(n) for n, text in enumerate(stripped) if stripped.count(text) == 1}
    assert sentence_ids(texts, [str(n) for n in range(len(texts))]) == expected


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 10**6), st.sampled_from(["cosine", "l2"]))
def test_the_nearest_sentence_of_tatoeba(num_sources, num_english, seed, similarity):
    random = np.random.default_rng(seed)
    source, english = random.normal(size=(num_sources, 5)), random.normal(size=(num_english, 5))
    a, b = source, english
    if similarity == "cosine":
        a, b = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (a, b))
    expected = [int(np.argmin(((a - row) ** 2).sum(axis=1))) for row in b]
    assert nearest_neighbour(source, english, similarity).tolist() == expected


IDS = st.sampled_from("abcdef")


@MANY
@given(st.lists(IDS, min_size=1, unique=True), st.lists(IDS, max_size=9), st.sampled_from([None, 0, 1, 3, 20]))
def test_average_precision_and_reciprocal_rank(golds, ranking, k):
    cut = ranking[:k] if k else ranking
    hits = [place for place, name in enumerate(cut) if name in golds and name not in cut[:place]]
    expected = sum((number + 1) / (place + 1) for number, place in enumerate(hits))
    assert average_precision(golds, ranking, k) == pytest.approx(expected / (min(len(golds), k) if k else len(golds)))
    top = ranking[:20]
    first = next((1 / (place + 1) for place, name in enumerate(top) if name == golds[0]), 0.0)
    assert reciprocal_rank([f" {golds[0]}\n", *golds[1:]], ranking) == first


@pytest.mark.slow
@MANY
@given(st.lists(st.tuples(TEXTS, GOLDS, st.booleans()), min_size=1, max_size=5), st.sampled_from(["once", "twice"]))
def test_data_sets_by_squad_1_1(rows, times):
    questions = [GoldQuestion(str(n), tuple(golds)) for n, (_, golds, _) in enumerate(rows)]
    questions += questions[:1] if times == "twice" else []
    predictions = {str(n): prediction for n, (prediction, _, given) in enumerate(rows) if given}
    found = evaluate_spans(questions, {**predictions, "nobody asked": "pier"})
    scores = [
        score_answer(predictions[question.id], question.golds) if question.id in predictions else (0.0, 0.0)
        for question in questions
    ]
    assert found == pytest.approx(tuple(100 * np.mean(scores, axis=0)))
