"""Pairs of texts and judged texts, in the layouts of PAWS-X, QQP, JSTS, JCoLA and MARC-ja."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from stepstone.lab.draw import Draw
from stepstone.lab.files.twin import SplitRequest, Twin, json_lines, tab_lines
from stepstone.lab.grammar import Grammar
from stepstone.lab.paraphrases import Rewording, Texts, draw_likeness, draw_rewording
from stepstone.lab.questions import RoleQuestion, reworded_question
from stepstone.lab.single import ReviewFacts, draw_judgement, draw_review, facts_of
from stepstone.lab.splits import draw_apart, told_of
from stepstone.lab.telling import facts_text, join_sentences, sentence_text

T = TypeVar("T")


def tell_review(speech: Grammar, review: ReviewFacts) -> str:
    """The review as one text."""
    return join_sentences(speech, [line for part in review for line in part.tell(speech)]).text


def drawn(order: SplitRequest, make: Callable[[Draw], T | None], identity: Callable[[T], Hashable]) -> list[T]:
    """As many items of the split as are ordered."""
    return draw_apart(order.split, order.num_rows, ("pairs", *order.parallel_key), make, identity)


def halves(order: SplitRequest) -> list[bool]:
    """As many true as false, in random order."""
    return Draw("halves", *order.parallel_key).shuffled([i % 2 == 0 for i in range(order.num_rows)])


def rewordings(order: SplitRequest) -> list[Rewording]:
    """Rewordings of the split."""
    return drawn(order, draw_rewording, lambda item: tuple(sorted((told_of(item.first), told_of(item.unlike)))))


def tell_rewording(speech: Grammar, item: Rewording, same: bool) -> tuple[str, str]:
    """Both texts of one label."""
    return facts_text(speech, item.first), facts_text(speech, item.alike if same else item.unlike)


def _rewording_rows(order: SplitRequest) -> list[tuple[str, str, int]]:
    told = zip(rewordings(order), halves(order), strict=True)
    return [(*tell_rewording(order.grammar, item, same), int(same)) for item, same in told]


def _pawsx(order: SplitRequest) -> dict[str, str]:
    return {f"pawsx/{order.split}-{order.language}.tsv": tab_lines(_rewording_rows(order))}


def _paws_clean(order: SplitRequest) -> dict[str, str]:
    rows = [(i + 1, *row) for i, row in enumerate(_rewording_rows(order))]
    return {"paws_wiki/final/test.tsv": tab_lines([("id", "sentence1", "sentence2", "label"), *rows])}


def _asked(questions: Sequence[RoleQuestion]) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted(told_of([question.fact]) for question in questions))


def _qqp(order: SplitRequest) -> dict[str, str]:
    rows: list[tuple[str | int, ...]] = [("id", "qid1", "qid2", "question1", "question2", "is_duplicate")]
    items = drawn(order, reworded_question, _asked)
    for i, ((one, alike, unlike), same) in enumerate(zip(items, halves(order), strict=True)):
        both = (one, alike if same else unlike)
        told = (
            sentence_text(order.grammar, order.grammar.question(question.fact, question.asked)) for question in both
        )
        rows.append((i, 2 * i + 1, 2 * i + 2, *told, int(same)))
    return {f"QQP/{order.split}.tsv": tab_lines(rows)}


def likenesses(order: SplitRequest) -> list[tuple[Texts, Texts, float]]:
    """Texts of the split and how alike they are."""
    return drawn(order, draw_likeness, lambda item: told_of(item[0]))


def _jsts(order: SplitRequest) -> dict[str, str]:
    rows = []
    for i, (one, other, score) in enumerate(likenesses(order)):
        texts = {"sentence1": facts_text(order.grammar, one), "sentence2": facts_text(order.grammar, other)}
        rows.append({"sentence_pair_id": f"{i}", "yjcaptions_id": f"lab-{i}", **texts, "label": score})
    return {f"jsts-v1.3/{_VALID[order.split]}-v1.3.json": json_lines(rows)}


def _jcola(order: SplitRequest) -> dict[str, str]:
    rows = []
    items = drawn(order, draw_judgement, lambda item: told_of([item.good]))
    for i, (item, good) in enumerate(zip(items, halves(order), strict=True)):
        mark = {"label": int(good), "diacritic": "g" if good else "*"}
        sentence = facts_text(order.grammar, [item.good if good else item.bad])
        rows.append({"uid": i, "source": "lab", **mark, "sentence": sentence})
    names = {"train": "in_domain_train", "dev": "in_domain_valid", "test": "out_of_domain_valid"}
    return {f"jcola-v1.0/{names[order.split]}-v1.0.json": json_lines(rows)}


def reviews(order: SplitRequest) -> list[tuple[ReviewFacts, ReviewFacts]]:
    """Praise and blame of the split."""
    return drawn(order, draw_review, facts_of)


def _marcja(order: SplitRequest) -> dict[str, str]:
    rows = []
    for i, (item, good) in enumerate(zip(reviews(order), halves(order), strict=True)):
        label = "positive" if good else "negative"
        text = tell_review(order.grammar, item[not good])
        rows.append({"sentence": text, "label": label, "review_id": f"lab{i}"})
    return {f"marc_ja-v1.0/{_VALID[order.split]}-v1.0.json": json_lines(rows)}


_VALID = {"train": "train", "dev": "valid", "test": "test"}
TWINS = {
    "pawsx": Twin({"train": 8000, "dev": 500, "test": 500}, _pawsx),
    "paws_clean": Twin({"train": 8000}, _paws_clean, only=("en",)),
    "qqp": Twin({"train": 8000, "dev": 500}, _qqp, only=("en",)),
    "jsts": Twin({"train": 8000, "dev": 500, "test": 500}, _jsts, only=("ja",)),
    "jcola": Twin({"train": 4000, "dev": 500, "test": 500}, _jcola, only=("ja",)),
    "marcja": Twin({"train": 8000, "dev": 500}, _marcja, only=("ja",)),
}
