"""No baseline on the surface solves a twin, and nothing that is tested is trained on."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache

import numpy as np
import pytest

from lab.surface import choose, correlate, guess, read, rows_of_own, splits, texts_of
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.example import ChoiceExample, TextExample
from stepstone.lab import write
from stepstone.lab.files.twin import SplitRequest
from stepstone.lab.write import twin_of

pytestmark = pytest.mark.slow

NUM = 720  # rows for training and for testing, whole premises of three: a standard error of 1.5 to 1.9 points
LEEWAY = 0.05
OWN_NUM = 900  # a standard error of at most 1.7 points
INFERENCE = {
    "mnli": ("en",),
    "snli": ("en",),
    "anli": ("en",),
    "xnli": ("en", "tr", "zh", "sw"),
    "jnli": ("ja",),
    "jsick": ("ja",),
}
PAIRS = {**INFERENCE, "qqp": ("en",), "pawsx": ("en", "ja", "de"), "paws_clean": ("en",)}
SINGLE = {"marcja": ("ja",), "jcola": ("ja",)}
CHOICE = {
    "hellaswag": ("en",),
    "cosmosqa": ("en",),
    "siqa": ("en",),
    "commonsenseqa": ("en",),
    "jcommonsenseqa": ("ja",),
    "copa": ("en",),
    "xcopa": ("it", "tr", "zh"),
}
ALL = {**PAIRS, **SINGLE, **CHOICE, "jsts": ("ja",)}


def halves(task: str) -> tuple[list, list]:
    """Rows for training and held-out rows, of all languages; a twin with one split is cut in two."""
    languages = ALL[task]
    known = splits(task)
    if len(known) == 1:
        rows = [row for language in languages for row in read(task, known[0], language, 2 * NUM // len(languages))]
        return rows[::2], rows[1::2]
    one, other = (
        [row for language in languages for row in read(task, split, language, NUM // len(languages))]
        for split in (known[0], known[-1])
    )
    return one, other


def test_all_twins_of_texts_and_choices_are_tried() -> None:
    """But for the rounds that ANLI's files hold, and what joins them with others; stand-ins are tried below."""
    parts = {"anli_r1", "anli_r2", "anli_r3", "anli_plus"}
    families = {name: BUILT_IN.task(name).family for name in BUILT_IN.tasks()}
    texts = {name for name, family in families.items() if family in ("classification", "regression", "choice")}
    assert texts & set(write.tasks()) - parts == set(ALL)


@pytest.mark.parametrize("baseline", ["first", "second", "words", "shape"])
@pytest.mark.parametrize("task", PAIRS)
def test_no_surface_tells_the_label_of_a_pair(task: str, baseline: str) -> None:
    train, test = halves(task)
    shares = Counter(row.label for row in test)
    chance = max(shares.values()) / len(test)
    assert chance < 1 / len(shares) + 0.02
    assert guess(baseline, train, test) < chance + LEEWAY


@pytest.mark.parametrize("baseline", ["first", "grams", "shape"])
@pytest.mark.parametrize("task", SINGLE)
def test_no_surface_tells_the_label_of_a_text(task: str, baseline: str) -> None:
    train, test = halves(task)
    assert Counter(row.label for row in test).most_common()[0][1] == NUM // 2
    assert guess(baseline, train, test) < 0.5 + LEEWAY


@pytest.mark.parametrize("baseline", ["second", "shape"])
@pytest.mark.parametrize("task", CHOICE)
def test_no_surface_tells_the_right_option(task: str, baseline: str) -> None:
    train, test = halves(task)
    num = len(test[0].options)
    assert choose(baseline, train, test) < 1 / num + LEEWAY


@pytest.mark.parametrize("task", [*CHOICE, *SINGLE, *PAIRS])
def test_places_and_labels_are_balanced(task: str) -> None:
    shares = Counter(row.label for row in halves(task)[1])
    assert max(shares.values()) / min(shares.values()) < 1.4


@pytest.mark.parametrize("baseline", ["first", "second", "words", "shape"])
def test_likeness_is_not_that_of_words(baseline: str) -> None:
    assert abs(correlate(baseline, *halves("jsts"))) < 0.15


OWN = {
    "two texts": {"family": "classification", "labels": ["a", "b"], "columns": {"pair": "pair"}},
    "premises": {"family": "classification", "labels": ["a", "b", "c"], "columns": {"pair": "pair"}},
    "reviews": {"family": "classification", "labels": ["a", "b"]},
    "questions": {"family": "choice", "columns": {"context": "c"}},
    "knowledge": {"family": "choice", "columns": {}},
}


@cache
def own_halves(name: str) -> tuple[list, list]:
    """Rows for training and held-out rows of what stands in for a study's own task."""
    train, test = (rows_of_own(OWN[name], split, "en", OWN_NUM) for split in ("train", "test"))
    return train, test


@pytest.mark.parametrize("baseline", ["first", "second", "words", "shape"])
@pytest.mark.parametrize("name", OWN)
def test_no_surface_solves_what_stands_in_for_a_study_s_own_task(name: str, baseline: str) -> None:
    train, test = own_halves(name)
    if isinstance(test[0], ChoiceExample):
        if baseline in ("second", "shape"):
            assert choose(baseline, train, test) < 1 / len(test[0].options) + LEEWAY
    else:
        assert guess(baseline, train, test) < 1 / len({row.label for row in test}) + LEEWAY


@pytest.mark.parametrize("columns", [{}, {"pair": "pair"}])
def test_no_surface_tells_a_study_s_own_numbers(columns: dict[str, str]) -> None:
    task = {"family": "regression", "columns": columns}
    train, test = (rows_of_own(task, split, "en", OWN_NUM) for split in ("train", "test"))
    for baseline in ("first", "second", "words", "shape"):
        assert abs(correlate(baseline, train, test)) < 0.15


def plain(row: TextExample | ChoiceExample) -> str:
    """All its texts without case, punctuation and the order of options."""
    return re.sub(r"[\W_]+", " ", " | ".join(texts_of(row)).lower())


@pytest.mark.parametrize("task", ALL)
def test_no_item_is_both_in_train_and_held_out(task: str) -> None:
    for language in ALL[task]:
        num = NUM // len(ALL[task]) * (2 if len(splits(task)) == 1 else 1)
        parts = [{plain(row) for row in read(task, split, language, num)} for split in splits(task)]
        for i, part in enumerate(parts):
            assert all(part.isdisjoint(other) for other in parts[i + 1 :])


@pytest.mark.parametrize(("trained", "split", "tested"), [("copa", "train", "xcopa"), ("mnli", "train", "xnli")])
def test_no_item_is_trained_on_under_another_name(trained: str, split: str, tested: str) -> None:
    known = {plain(row) for row in read(trained, split, "tr", NUM)}
    assert known.isdisjoint(plain(row) for part in ("dev", "test") for row in read(tested, part, "tr", NUM))


@pytest.mark.parametrize("language", ["de", "fi", "ar", "th", "ko", "qu"])
def test_no_language_has_one_text_for_two_items(language: str) -> None:
    train, test = ({plain(row) for row in read("xnli", split, language, NUM)} for split in ("train", "test"))
    assert train.isdisjoint(test)
    assert len(test) > 0.99 * NUM


def test_a_premise_comes_with_each_label() -> None:
    labels: dict[str, set[str]] = {}
    for row in read("mnli", "train", "en", NUM):
        labels.setdefault(row.text, set()).add(row.label)
    assert np.mean([len(found) == 3 for found in labels.values()]) == 1.0


def test_annotations_of_one_premise_share_a_name() -> None:
    (rows,) = twin_of("mnli", "dev").render(SplitRequest("mnli", "dev", "en", 1, 60)).values()
    names: dict[str, set[str]] = {}
    for row in map(json.loads, rows.splitlines()):
        names.setdefault(row["promptID"], set()).add(row["sentence1"])
    assert len(names) == 20 and all(len(found) == 1 for found in names.values())
