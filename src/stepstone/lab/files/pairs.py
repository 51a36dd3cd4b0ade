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


def drawn(request: SplitRequest, make: Callable[[Draw], T | None], identity: Callable[[T], Hashable]) -> list[T]:
    """As many items of the split as are requested."""
    return draw_apart(request.split, request.num_rows, ("pairs", *request.parallel_key), make, identity)


def halves(request: SplitRequest) -> list[bool]:
    """As many true as false, in random order."""
    return Draw("halves", *request.parallel_key).shuffled([i % 2 == 0 for i in range(request.num_rows)])


def rewordings(request: SplitRequest) -> list[Rewording]:
    """Rewordings of the split."""
    return drawn(request, draw_rewording, lambda item: tuple(sorted((told_of(item.first), told_of(item.unlike)))))


def tell_rewording(speech: Grammar, item: Rewording, same: bool) -> tuple[str, str]:
    """Both texts of one label."""
    return facts_text(speech, item.first), facts_text(speech, item.alike if same else item.unlike)


def _rewording_rows(request: SplitRequest) -> list[tuple[str, str, int]]:
    told = zip(rewordings(request), halves(request), strict=True)
    return [(*tell_rewording(request.grammar, item, same), int(same)) for item, same in told]


def _pawsx(request: SplitRequest) -> dict[str, str]:
    return {f"pawsx/{request.split}-{request.language}.tsv": tab_lines(_rewording_rows(request))}


def _paws_clean(request: SplitRequest) -> dict[str, str]:
    rows = [(i + 1, *row) for i, row in enumerate(_rewording_rows(request))]
    return {"paws_wiki/final/test.tsv": tab_lines([("id", "sentence1", "sentence2", "label"), *rows])}


def _asked(questions: Sequence[RoleQuestion]) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted(told_of([question.fact]) for question in questions))


def _qqp(request: SplitRequest) -> dict[str, str]:
    rows: list[tuple[str | int, ...]] = [("id", "qid1", "qid2", "question1", "question2", "is_duplicate")]
    items = drawn(request, reworded_question, _asked)
    for i, ((one, alike, unlike), same) in enumerate(zip(items, halves(request), strict=True)):
        both = (one, alike if same else unlike)
        told = (
            sentence_text(request.grammar, request.grammar.question(question.fact, question.asked)) for question in both
        )
        rows.append((i, 2 * i + 1, 2 * i + 2, *told, int(same)))
    return {f"QQP/{request.split}.tsv": tab_lines(rows)}


def likenesses(request: SplitRequest) -> list[tuple[Texts, Texts, float]]:
    """Texts of the split and how alike they are."""
    return drawn(request, draw_likeness, lambda item: told_of(item[0]))


def _jsts(request: SplitRequest) -> dict[str, str]:
    rows = []
    for i, (one, other, score) in enumerate(likenesses(request)):
        texts = {"sentence1": facts_text(request.grammar, one), "sentence2": facts_text(request.grammar, other)}
        rows.append({"sentence_pair_id": f"{i}", "yjcaptions_id": f"lab-{i}", **texts, "label": score})
    return {f"jsts-v1.3/{_VALID[request.split]}-v1.3.json": json_lines(rows)}


def _jcola(request: SplitRequest) -> dict[str, str]:
    rows = []
    items = drawn(request, draw_judgement, lambda item: told_of([item.good]))
    for i, (item, good) in enumerate(zip(items, halves(request), strict=True)):
        mark = {"label": int(good), "diacritic": "g" if good else "*"}
        sentence = facts_text(request.grammar, [item.good if good else item.bad])
        rows.append({"uid": i, "source": "lab", **mark, "sentence": sentence})
    names = {"train": "in_domain_train", "dev": "in_domain_valid", "test": "out_of_domain_valid"}
    return {f"jcola-v1.0/{names[request.split]}-v1.0.json": json_lines(rows)}


def reviews(request: SplitRequest) -> list[tuple[ReviewFacts, ReviewFacts]]:
    """Praise and blame of the split."""
    return drawn(request, draw_review, facts_of)


def _marcja(request: SplitRequest) -> dict[str, str]:
    rows = []
    for i, (item, good) in enumerate(zip(reviews(request), halves(request), strict=True)):
        label = "positive" if good else "negative"
        text = tell_review(request.grammar, item[not good])
        rows.append({"sentence": text, "label": label, "review_id": f"lab{i}"})
    return {f"marc_ja-v1.0/{_VALID[request.split]}-v1.0.json": json_lines(rows)}


_VALID = {"train": "train", "dev": "valid", "test": "test"}
TWINS = {
    "pawsx": Twin({"train": 8000, "dev": 500, "test": 500}, _pawsx),
    "paws_clean": Twin({"train": 8000}, _paws_clean, only=("en",)),
    "qqp": Twin({"train": 8000, "dev": 500}, _qqp, only=("en",)),
    "jsts": Twin({"train": 8000, "dev": 500, "test": 500}, _jsts, only=("ja",)),
    "jcola": Twin({"train": 4000, "dev": 500, "test": 500}, _jcola, only=("ja",)),
    "marcja": Twin({"train": 8000, "dev": 500}, _marcja, only=("ja",)),
}
