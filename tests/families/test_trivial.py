"""What a rule without learning scores, by hand; and every kept row knows its cluster."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.example import Answer, ChoiceExample, Example, SpanExample, TaggingExample, TextExample
from stepstone.core.example_sides import MiningExample, PairExample, RankingExample
from stepstone.core.place import Place
from stepstone.core.recipe import Limits, Runtime
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.task import Task
from stepstone.core.uses import DataUse
from stepstone.data.load import load_examples
from stepstone.families import spelling
from stepstone.families.family import InferenceContext, TrainedFamily, find_family
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.scoring.ranking import average_precision, reciprocal_rank
from stepstone.stages.evaluate import trivial_scores

ANSWERED = SpanExample("1", "what?", "Ferries leave Oslo.", (Answer("Ferries leave", 0),), "Oslo")
EXAMPLES: dict[str, list[Example]] = {
    "classification": [TextExample("1", "a heron", None, "b", "k"), TextExample("2", "a ferry", None, "b", "k"),
                       TextExample("3", "my aunt", None, "a", "k")],
    "regression": [TextExample("1", "a heron", "a ferry", 1.0, "k"), TextExample("2", "a ferry", "a sail", 2.0, "k")],
    "tagging": [TaggingExample("1", ("my", "aunt", "Ann"), ("O", "O", "B-PER"), "k")],
    "span": [ANSWERED, SpanExample("2", "where?", "Ferries leave Oslo.", (Answer("Oslo", 14),), "Oslo")],
    "choice": [ChoiceExample("1", "a heron", "", ("x", "y"), 0, "k"), ChoiceExample("2", "c", "", ("x", "y"), 1, "k"),
               ChoiceExample("3", "c", "", ("x", "y", "z", "v"), 1, "k")],
    "retrieval": [PairExample("1", "Oslo Hafen", "Oslo harbour", "k"), PairExample("2", "Fähre", "ferry", "k"),
                  PairExample("3", "Bergen", "Bergen", "k")],
    "mining": [MiningExample("s1", "Oslo ist kalt", "source", ("t1",)), MiningExample("s2", "nun ja", "source", ()),
               MiningExample("t1", "Oslo is cold", "target", None), MiningExample("t2", "Bergen", "target", None)],
    "ranking": [RankingExample("q", "Where is Oslo?", "query", ("c2",), "k"),
                *(RankingExample(f"c{n}", text, "candidate", ()) for n, text in
                  enumerate(("nun ja", "In Oslo.", "Oslo is here."), 1))],
}  # fmt: skip


def task(family: str, metric: str, definition: str = "corrected", **more: Any) -> Task:
    return Task(
        name="toy", title="Toy", family=family, metric=metric, definition=definition,
        languages={"test": ("en",)}, **more,
    )  # fmt: skip


def levels(toy: Task, examples: list[Any], language: str = "en") -> dict[str, float]:
    data = DataUse(task=toy.name, split="test", language=language, content="x", family_version=1)
    spec = EvaluateSpec(data=data, metric=toy.metric, definition=toy.definition, limits=Limits())
    found = trivial_scores(find_family(BUILT_IN.family(toy.family)).trivial(examples, toy, language), spec)
    return {name: round(value, 2) for name, value in found.items()}


# (family, metric, definition) -> levels by hand
BY_HAND: list[tuple[str, str, str, dict[str, float]]] = [
    ("classification", "accuracy", "xtreme-2020", {"majority class": 66.67, "chance": 50.0}),
    # A correlation of chance is 0, which the majority has, too.
    ("classification", "mcc", "jcola", {"majority class": 0.0}),
    # F1 of "b" is 2 x 2 / (3 + 2), that of "a" is 0; drawn, "a" (1/3, 1/2) has 2/5 and "b" (2/3, 1/2) has 4/7.
    ("classification", "macro_f1", "corrected", {"majority class": 40.0, "chance": 48.57}),
    ("regression", "pearson", "jsts", {}),
    ("tagging", "chunk_f1", "xtreme-2020", {"majority tag": 0.0}),
    ("tagging", "token_accuracy", "corrected", {"majority tag": 66.67}),
    # Of two words one: F1 2/3, exact match 0, their mean 1/3, and half of it over two questions.
    ("span", "squad", "squad-1.1", {"first word": 16.67}),
    ("choice", "accuracy", "xtreme-2020", {"majority option": 66.67, "chance": 41.67}),
    # "ferry" shares no three characters with anything: the first sentence is taken, and it is wrong.
    ("retrieval", "nearest_neighbour", "xtreme-2020", {"chance": 33.33, "nearest by spelling": 66.67}),
    # Two pairs, one of them gold: precision 1/2, recall 1. By chance half a pair is right.
    ("mining", "mining_f1", "xtreme-2020", {"chance": 33.33, "nearest by spelling": 66.67}),
    # "Oslo is here." shares 6 of its 11 strings, the gold "In Oslo." 3 of 6: it comes second, as 3²/6 < 6²/11.
    ("ranking", "map@20", "lareqa", {"chance": 61.11, "nearest by spelling": 50.0}),
    ("ranking", "mrr@20", "mewsli-x", {"chance": 61.11, "nearest by spelling": 50.0}),
]


@pytest.mark.parametrize(("family", "metric", "definition", "expected"), BY_HAND)
def test_levels_are_those_computed_by_hand(
    family: str, metric: str, definition: str, expected: dict[str, float]
) -> None:
    labels = {"classification": ("a", "b"), "tagging": ("O", "B-PER")}.get(family, ())
    assert levels(task(family, metric, definition, labels=labels), EXAMPLES[family]) == expected


def test_a_language_without_blanks_has_two_characters_for_a_word() -> None:
    example = SpanExample("1", "何?", "渡し船が出る。", (Answer("渡し船", 0),))
    # Two of three characters: F1 0.8.
    assert levels(task("span", "squad", "jsquad"), [example], "ja") == {"first word": 40.0}
    # All six without the full stop: precision 1/2.
    assert levels(task("span", "squad", "jsquad"), [example], "de") == {"first word": 33.33}


def test_no_answer_is_a_level_where_some_questions_have_none() -> None:
    unanswerable = SpanExample("3", "why?", "Ferries leave Oslo.", ())
    toy = task("span", "squad", "squad-2.0", unanswerable=True)
    assert levels(toy, [ANSWERED, unanswerable]) == {"first word": 16.67, "no answer": 50.0}
    aware = task("span", "squad", "language-aware", unanswerable=True)
    assert levels(aware, [ANSWERED, unanswerable]) == {"first word": 16.67, "no answer": 50.0}


@pytest.mark.parametrize(("num_gold", "num"), [(1, 2), (2, 5), (3, 4), (5, 5)])
def test_chance_of_a_ranking_is_the_mean_over_all_orders(num_gold: int, num: int) -> None:
    names = [f"c{number}" for number in range(num)]
    golds = tuple(names[:num_gold])
    orders = list(permutations(names))
    examples = [RankingExample("q", "who?", "query", golds)]
    examples += [RankingExample(name, "x", "candidate", ()) for name in names]
    for metric, measure in (("map@20", average_precision), ("mrr@20", reciprocal_rank)):
        expected = 100 * sum(measure(golds, order) for order in orders) / len(orders)
        assert levels(task("ranking", metric), examples)["chance"] == pytest.approx(expected, abs=0.01)


def test_too_many_pairs_leave_chance_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spelling, "MAX_PAIRS", 2)
    for family, metric in (("retrieval", "nearest_neighbour"), ("mining", "mining_f1"), ("ranking", "map@20")):
        assert set(levels(task(family, metric), EXAMPLES[family])) == {"chance"}


@pytest.mark.parametrize("family", EXAMPLES)
def test_every_kept_row_has_its_cluster(tiny: Path, family: str) -> None:
    examples, found = EXAMPLES[family], find_family(BUILT_IN.family(family))
    metric = {"ranking": "map@20"}.get(family, "accuracy")
    labels = {"classification": ("a", "b"), "tagging": ("O", "B-PER")}.get(family, ())
    toy = task(family, metric, labels=labels)
    context = InferenceContext(toy, load_tokenizer(tiny), Limits(max_length=32), Runtime(device="cpu"), tune=examples)
    model = found.build(tiny, toy, seed=1).model if isinstance(found, TrainedFamily) else found.open(tiny, toy)
    rows, _ = found.predict(model, examples, context)
    expected = {"span": "Oslo", "mining": ""}.get(family, "k")
    assert rows and {row["cluster"] for row in rows} == {expected}


# Real files


def real(place: Place, name: str, split: str, language: str) -> tuple[Task, list[Any]]:
    return BUILT_IN.task(name), load_examples(BUILT_IN.task(name), split, language, place)


@pytest.fixture
def shared_place(shared_data: Path, tmp_path: Path) -> Place:
    return Place(folders=(shared_data,), cache=tmp_path, use_hub=False)


@pytest.mark.slow
def test_xnlis_labels_are_as_frequent_as_each_other(shared_place: Place) -> None:
    for language in ("en", "sw"):
        toy, examples = real(shared_place, "xnli", "dev", language)
        assert levels(toy, examples, language) == {"majority class": 33.33, "chance": 33.33}


def test_spelling_finds_in_tatoeba_what_counting_by_hand_finds(shared_place: Place) -> None:
    toy, examples = real(shared_place, "tatoeba", "test", "fr")
    few = examples[:60]
    right = sum(_nearest(pair.target, [other.source for other in few]) == line for line, pair in enumerate(few))
    assert levels(toy, few, "fr") == {"chance": 1.67, "nearest by spelling": round(100 * right / 60, 2)}
    whole = levels(toy, examples, "fr")
    assert whole["chance"] == 0.1 and whole["nearest by spelling"] > 10


def _nearest(text: str, others: list[str]) -> int:
    """The first text with the highest cosine, squared so that fractions tell it exactly."""

    def counts(text: str) -> Counter[str]:
        return Counter(text[place : place + 3] for place in range(len(text) - 2))

    def cosine(other: str) -> Fraction:
        left, right = counts(text), counts(other)
        dot = sum(left[part] * right[part] for part in left)
        return Fraction(dot * dot, sum(number * number for number in right.values()))

    return max(range(len(others)), key=lambda line: cosine(others[line]))
