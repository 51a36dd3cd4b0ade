"""Sentences and pairs of them, in the layouts of Tatoeba, BUCC, PAWS-X, QQP, JSTS, JCoLA and MARC-ja."""

from __future__ import annotations

from collections.abc import Sequence

from stepstone.lab.draw import Draw
from stepstone.lab.files.twin import Order, Twin, json_lines, tab_lines
from stepstone.lab.grammar import Grammar, grammar
from stepstone.lab.paraphrases import draw_likeness, draw_rewording
from stepstone.lab.profiles import profile_of
from stepstone.lab.questions import reworded_question
from stepstone.lab.single import draw_judgement, draw_review
from stepstone.lab.telling import join, tell
from stepstone.lab.world import Fact, draw_fact

MINED, GOLD = 500, 100  # sentences of each side of BUCC, and how many of them are translations


def draw_distinct(key: tuple[str | int, ...], num: int) -> list[Fact]:
    """Facts of which no two read the same in English-like."""
    english, found, place = grammar("en"), dict[str, Fact](), 0
    while len(found) < num:
        fact = draw_fact(Draw("sentence", *key, place), quality=0.5, place=0.6, time=0.5)
        found.setdefault(_say(english, [fact]), fact)
        place += 1
    return list(found.values())


def _say(speech: Grammar, facts: Sequence[Fact]) -> str:
    return join(speech, [speech.statement(fact) for fact in facts]).text


def _draws(order: Order) -> list[Draw]:
    return [Draw("sentences", *order.parallel_key, i) for i in range(order.num_rows)]


def _halves(order: Order) -> list[bool]:
    """As many true as false, in random order."""
    return Draw("halves", *order.parallel_key).shuffled([i % 2 == 0 for i in range(order.num_rows)])


def _tatoeba(order: Order) -> dict[str, str]:
    """Line n of one file is the translation of line n of the other."""
    facts, iso3 = draw_distinct(order.parallel_key, order.num_rows), profile_of(order.language).iso3
    return {
        f"tatoeba/tatoeba.{iso3}-eng.{ending}": "".join(f"{_say(speech, [fact])}\n" for fact in facts)
        for ending, speech in ((iso3, order.grammar), ("eng", grammar("en")))
    }


def _bucc(order: Order) -> dict[str, str]:
    """Two corpora of which some sentences are translations; XTREME calls BUCC's sample dev and its training test."""
    code, part = order.language, {"dev": "sample", "test": "training"}[order.split]
    facts = draw_distinct(order.parallel_key, 2 * MINED - GOLD)
    sides = {code: facts[:MINED], "en": Draw("bucc", *order.parallel_key).shuffled(facts[MINED - GOLD :])}
    names = {side: {fact: f"{side}-{i + 1:09d}" for i, fact in enumerate(rows)} for side, rows in sides.items()}
    gold = [(names[code][fact], names["en"][fact]) for fact in facts[MINED - GOLD : MINED]]
    texts = {
        side: tab_lines([(names[side][fact], _say(grammar(side), [fact])) for fact in rows])
        for side, rows in sides.items()
    }
    return {f"bucc2018/{code}-en.{part}.{end}": text for end, text in {**texts, "gold": tab_lines(gold)}.items()}


def _pawsx(order: Order) -> dict[str, str]:
    rows = []
    for draw, same in zip(_draws(order), _halves(order), strict=True):
        pair = draw_rewording(draw, same)
        rows.append((_say(order.grammar, pair.first), _say(order.grammar, pair.second), int(same)))
    return {f"pawsx/{order.split}-{order.language}.tsv": tab_lines(rows)}


def _paws_clean(order: Order) -> dict[str, str]:
    rows: list[tuple[str | int, ...]] = [("id", "sentence1", "sentence2", "label")]
    for i, (draw, same) in enumerate(zip(_draws(order), _halves(order), strict=True)):
        pair = draw_rewording(draw, same)
        rows.append((i + 1, _say(order.grammar, pair.first), _say(order.grammar, pair.second), int(same)))
    return {"paws_wiki/final/test.tsv": tab_lines(rows)}


def _qqp(order: Order) -> dict[str, str]:
    rows: list[tuple[str | int, ...]] = [("id", "qid1", "qid2", "question1", "question2", "is_duplicate")]
    for i, (draw, same) in enumerate(zip(_draws(order), _halves(order), strict=True)):
        one, other = reworded_question(draw, same)
        told = (tell(order.grammar, order.grammar.question(q.fact, q.asked)) for q in (one, other))
        rows.append((i, 2 * i + 1, 2 * i + 2, *told, int(same)))
    return {f"QQP/{order.split}.tsv": tab_lines(rows)}


def _jsts(order: Order) -> dict[str, str]:
    rows = []
    for i, (one, other, score) in enumerate(map(draw_likeness, _draws(order))):
        texts = {"sentence1": _say(order.grammar, [one]), "sentence2": _say(order.grammar, [other])}
        rows.append({"sentence_pair_id": f"{i}", "yjcaptions_id": f"lab-{i}", **texts, "label": score})
    return {f"jsts-v1.3/{_VALID[order.split]}-v1.3.json": json_lines(rows)}


def _jcola(order: Order) -> dict[str, str]:
    rows = []
    for i, (draw, good) in enumerate(zip(_draws(order), _halves(order), strict=True)):
        sentence = tell(order.grammar, draw_judgement(draw, order.grammar, good))
        mark = {"label": int(good), "diacritic": "g" if good else "*"}
        rows.append({"uid": i, "source": "lab", **mark, "sentence": sentence})
    names = {"train": "in_domain_train", "dev": "in_domain_valid", "test": "out_of_domain_valid"}
    return {f"jcola-v1.0/{names[order.split]}-v1.0.json": json_lines(rows)}


def _marcja(order: Order) -> dict[str, str]:
    rows = []
    for i, (draw, good) in enumerate(zip(_draws(order), _halves(order), strict=True)):
        words = [line for part in draw_review(draw, good) for line in part.tell(order.grammar)]
        label = "positive" if good else "negative"
        rows.append({"sentence": join(order.grammar, words).text, "label": label, "review_id": f"lab{i}"})
    return {f"marc_ja-v1.0/{_VALID[order.split]}-v1.0.json": json_lines(rows)}


_VALID = {"train": "train", "dev": "valid", "test": "test"}
TWINS = {
    "tatoeba": Twin({"test": 500}, _tatoeba, but=("en",)),
    "bucc2018": Twin({"dev": MINED, "test": MINED}, _bucc, but=("en",)),
    "pawsx": Twin({"train": 8000, "dev": 500, "test": 500}, _pawsx),
    "paws_clean": Twin({"train": 8000}, _paws_clean, only=("en",)),
    "qqp": Twin({"train": 8000, "dev": 500}, _qqp, only=("en",)),
    "jsts": Twin({"train": 8000, "dev": 500, "test": 500}, _jsts, only=("ja",)),
    "jcola": Twin({"train": 4000, "dev": 500, "test": 500}, _jcola, only=("ja",)),
    "marcja": Twin({"train": 8000, "dev": 500}, _marcja, only=("ja",)),
}
