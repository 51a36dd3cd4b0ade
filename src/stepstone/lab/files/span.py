"""Questions answered by a span, in the layouts of SQuAD, JSQuAD, JaQuAD, XQuAD, MLQA and TyDiQA-GoldP."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from stepstone.lab.draw import Draw
from stepstone.lab.files.twin import SplitRequest, Twin
from stepstone.lab.grammar import Grammar, grammar
from stepstone.lab.profiles import profile_of
from stepstone.lab.questions import QuestionPassage, RoleQuestion, draw_passage, draw_unanswerable
from stepstone.lab.telling import SpannedText, join_sentences, sentence_text
from stepstone.lab.world import Fact

TRAIN, DEV = 8000, 500
QUESTIONS_EACH = 2
MLQA = ("ar", "de", "en", "es", "hi", "vi", "zh")
PASSAGES_EACH = 10  # paragraphs of one article


class Answered(NamedTuple):
    """A question as text with its answer and where that starts in the context."""

    question: str
    answer: str
    start: int
    role: str


class PassageText(NamedTuple):
    """A passage as text."""

    context: str
    answered: list[Answered]


def draw_passages(key: tuple[str | int, ...], num_questions: int) -> list[QuestionPassage]:
    """Passages with as many questions in all."""
    num = -(-num_questions // QUESTIONS_EACH)
    return [draw_passage(Draw("passage", *key, i), QUESTIONS_EACH) for i in range(num)]


def tell_passage(grammar: Grammar, passage: QuestionPassage, asked: Grammar | None = None) -> PassageText:
    """The passage in a language, and its questions in the same one or in that of `asked`."""
    context = join_sentences(grammar, [grammar.statement(fact) for fact in passage.facts])
    return PassageText(context.text, [_answered(asked or grammar, context, question) for question in passage.questions])


def _answered(grammar: Grammar, context: SpannedText, question: RoleQuestion) -> Answered:
    start, end = context.spans[question.where][question.role]
    asked = sentence_text(grammar, grammar.question(question.fact, question.asked))
    return Answered(asked, context.text[start:end], start, question.role)


def _articles(
    request: SplitRequest, key: tuple[str | int, ...], *, prefix: str, asked: Grammar | None = None
) -> list[dict[str, Any]]:
    """SQuAD's nesting: articles of paragraphs of questions, these in the request's language or in that of `asked`."""
    told = [tell_passage(request.grammar, passage, asked) for passage in draw_passages(key, request.num_rows)]
    paragraphs = [{"context": text.context, "qas": _questions(text, f"{prefix}{i}q")} for i, text in enumerate(told)]
    starts = range(0, len(paragraphs), PASSAGES_EACH)
    return [{"title": f"lab {i // PASSAGES_EACH}", "paragraphs": paragraphs[i : i + PASSAGES_EACH]} for i in starts]


def _questions(told: PassageText, prefix: str) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{prefix}{i}",
            "question": row.question,
            "answers": [{"text": row.answer, "answer_start": row.start}],
        }
        for i, row in enumerate(told.answered)
    ]


def _squad(request: SplitRequest) -> dict[str, str]:
    data = {"data": _articles(request, request.parallel_key, prefix="lab"), "version": "1.1"}
    return {f"squad/{request.split}-v1.1.json": json.dumps(data, ensure_ascii=False)}


def _squad2(request: SplitRequest) -> dict[str, str]:
    """SQuAD with a question in three that has no answer; the answer of the one it was made from is plausible."""
    articles = _articles(request, request.parallel_key, prefix="lab")
    passages = iter(draw_passages(request.parallel_key, request.num_rows))
    for i, part in enumerate(part for article in articles for part in article["paragraphs"]):
        facts = next(passages).facts
        for question in part["qas"]:
            question["is_impossible"] = False
        draw = Draw("unanswerable", *request.parallel_key, i)
        if draw.chance(2 / 3) and (none := draw_unanswerable(draw, facts)) is not None:
            part["qas"][-1] = _impossible(request.grammar, part["qas"][-1]["id"], facts, none)
    data = {"version": "v2.0", "data": articles}
    return {f"squad2/{request.split}-v2.0.json": json.dumps(data, ensure_ascii=False)}


def _impossible(grammar: Grammar, name: str, facts: tuple[Fact, ...], question: RoleQuestion) -> dict[str, Any]:
    row = _answered(grammar, join_sentences(grammar, [grammar.statement(fact) for fact in facts]), question)
    plausible = [{"text": row.answer, "answer_start": row.start}]
    return {"id": name, "question": row.question, "answers": [], "plausible_answers": plausible, "is_impossible": True}


def _jsquad(request: SplitRequest) -> dict[str, str]:
    """Contexts begin with their title and a separator, as JSQuAD's do; JSON with `is_impossible`."""
    articles = _articles(request, request.parallel_key, prefix="a")
    for article in articles:
        lead = f"{article['title']} [SEP] "
        for paragraph in article["paragraphs"]:
            paragraph["context"] = lead + paragraph["context"]
            for question in paragraph["qas"]:
                question["is_impossible"] = False
                for answer in question["answers"]:
                    answer["answer_start"] += len(lead)
    name = {"train": "train", "dev": "valid", "test": "test"}[request.split]
    return {f"jsquad-v1.3/{name}-v1.3.json": json.dumps({"data": articles, "version": "1.1"}, ensure_ascii=False)}


def _jaquad(request: SplitRequest) -> dict[str, str]:
    """Shards of at most 1,000 questions, with the types of question and answer."""
    articles = _articles(request, request.parallel_key, prefix="tr-" if request.split == "train" else "de-")
    for question in (q for article in articles for part in article["paragraphs"] for q in part["qas"]):
        question["question_type"] = "Syntactic variation"
        question["answers"][0]["answer_type"] = "Object"
    shard = 1000 // (QUESTIONS_EACH * PASSAGES_EACH)
    return {
        f"jaquad/data/{request.split}/jaquad_{request.split}_{i // shard:04d}.json": json.dumps(
            {"version": "lab", "data": articles[i : i + shard]}, ensure_ascii=False
        )
        for i in range(0, len(articles), shard)
    }


def _xquad(request: SplitRequest) -> dict[str, str]:
    data = {"data": _articles(request, request.parallel_key, prefix="lab"), "version": "1.1"}
    return {f"xquad/xquad.{request.language}.json": json.dumps(data, ensure_ascii=False)}


def _mlqa(request: SplitRequest) -> dict[str, str]:
    data = {"version": 1.0, "data": _articles(request, request.parallel_key, prefix="lab")}
    name = f"{request.split}-context-{request.language}-question-{request.language}.json"
    return {f"mlqa/MLQA_V1/{request.split}/{name}": json.dumps(data, ensure_ascii=False)}


def _mlqa_asked(request: SplitRequest) -> dict[str, str]:
    """MLQA's paragraphs of one language with its questions in another, which the task's name ends in."""
    asked = request.task.rpartition("_")[2]
    key = ("mlqa", *request.parallel_key[1:])
    data = {"version": 1.0, "data": _articles(request, key, prefix="lab", asked=grammar(asked))}
    name = f"{request.split}-context-{request.language}-question-{asked}.json"
    return {f"mlqa/MLQA_V1/{request.split}/{name}": json.dumps(data, ensure_ascii=False)}


def _tydiqa(request: SplitRequest) -> dict[str, str]:
    """Each language has questions of its own; an article is one paragraph. The official dev set is the test."""
    part = "train" if request.split == "train" else "dev"
    name = profile_of(request.language).name
    articles = _articles(request, request.own_key, prefix=f"{name}--lab-{request.split}-")
    single = [{"title": a["title"], "paragraphs": [part]} for a in articles for part in a["paragraphs"]]
    data = {"data": single, "version": "TyDiQA-GoldP-1.1-for-SQuAD-1.1"}
    return {f"tydiqa/language_data/{name}/{name}_tydiqa_{part}.json": json.dumps(data, ensure_ascii=False)}


TWINS = {
    "squad": Twin({"train": TRAIN, "dev": DEV}, _squad, only=("en",)),
    "squad2": Twin({"train": TRAIN, "dev": DEV}, _squad2, only=("en",)),
    "jsquad": Twin({"train": TRAIN, "dev": DEV, "test": DEV}, _jsquad, only=("ja",)),
    "jaquad": Twin({"train": TRAIN, "dev": DEV}, _jaquad, only=("ja",)),
    "xquad": Twin({"test": DEV}, _xquad),
    "mlqa": Twin({"dev": DEV, "test": DEV}, _mlqa),
    **{f"mlqa_question_{code}": Twin({"dev": DEV, "test": DEV}, _mlqa_asked) for code in MLQA},
    "tydiqa": Twin({"train": TRAIN // 4, "test": DEV}, _tydiqa),
}
