"""LAReQA as XTREME-R scores it: its pool, which of its candidates answer a question, the mean over questions."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stepstone.core.errors import UserError
from stepstone.scoring.ranking import TOP, average_precision


@dataclass(frozen=True)
class Sentence:
    """A candidate: `<language>_<running paragraph number>_<sentence number>`, its text, its paragraph."""

    id: str
    text: str
    context: str


@dataclass(frozen=True)
class PoolQuestion:
    """A question of one language, `<question id>_<language>`, and the ids of its golds in all languages."""

    id: str
    text: str
    golds: tuple[str, ...]


@dataclass(frozen=True)
class Pool:
    """Questions and candidates of all languages, and the ids of questions that no sentence answers."""

    questions: tuple[PoolQuestion, ...]
    candidates: tuple[Sentence, ...]
    dropped: tuple[str, ...]


def build_pool(data: Mapping[str, Any]) -> Pool:
    """Build the pool from XQuAD-R files (`load_data` of XTREME's `utils_lareqa`).

    A gold is a candidate, of any language, whose text equals the answer's sentence in that language's
    paragraph of that question: a sentence repeated inside the paragraph gives two golds, equal text in
    another paragraph none. A question whose answer starts outside all sentences is dropped, and a
    paragraph without a question that stays gives no candidate.

    Args:
        data: language to the parsed file (`{"data": [{"paragraphs": [...]}]}` with `sentence_breaks`).

    Raises:
        UserError: if a question id occurs twice in a language, or nothing stays.
    """
    candidates: list[Sentence] = []
    dropped: list[str] = []
    golds: dict[str, list[str]] = {}
    asked: dict[tuple[str, str], str] = {}
    for language, paragraph_id, paragraph in _paragraphs(data):
        sentences = _sentences(paragraph_id, paragraph)
        stays = False
        for question in paragraph["qas"]:
            answer = _answer_sentence(paragraph, question)
            if not answer:
                dropped.append(f"{question['id']}_{language}")
                continue
            if (question["id"], language) in asked:
                raise UserError("a question id occurs twice", where=f"XQuAD-R {language}, {question['id']}")
            stays = True
            asked[question["id"], language] = question.get("question", "")
            same = [sentence.id for sentence in sentences if sentence.text == answer]
            golds.setdefault(question["id"], []).extend(same)
        candidates.extend(sentences if stays else ())
    if not asked:
        raise UserError("no question has its answer inside a sentence", where="XQuAD-R")
    questions = tuple(
        PoolQuestion(f"{question_id}_{language}", text, tuple(golds[question_id]))
        for (question_id, language), text in asked.items()
    )
    return Pool(questions, tuple(candidates), tuple(dropped))


def _paragraphs(data: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for language, document in data.items():
        paragraphs = [paragraph for passage in document["data"] for paragraph in passage["paragraphs"]]
        for number, paragraph in enumerate(paragraphs, start=1):
            yield language, f"{language}_{number}", paragraph


def _sentences(paragraph_id: str, paragraph: Mapping[str, Any]) -> list[Sentence]:
    context = paragraph["context"]
    return [
        Sentence(f"{paragraph_id}_{number}", context[begin:end], context)
        for number, (begin, end) in enumerate(paragraph["sentence_breaks"])
    ]


def _answer_sentence(paragraph: Mapping[str, Any], question: Mapping[str, Any]) -> str:
    start = question["answers"][0]["answer_start"]
    for begin, end in paragraph["sentence_breaks"]:
        if begin <= start < end:
            return str(paragraph["context"][begin:end])
    return ""


def mean_average_precision(
    golds: Sequence[Collection[Hashable]], rankings: Sequence[Sequence[Hashable]], k: int | None = TOP
) -> float:
    """Mean over all questions of all languages (no mean of languages), 0..1.

    Raises:
        OfficialFailure: if a question has no gold.
        UserError: if there is no question, or not one ranking for each.
    """
    if not golds or len(golds) != len(rankings):
        raise UserError(f"{len(rankings)} rankings for {len(golds)} questions")
    pairs = zip(golds, rankings, strict=True)
    return sum(average_precision(gold, ranking, k) for gold, ranking in pairs) / len(golds)
