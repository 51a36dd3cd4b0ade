"""Baselines that see only the surface of a text, a pair or a question's options, and none of what they say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.stats import pearsonr

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.catalogue.own import declare
from stepstone.core.example import ChoiceExample, TextExample
from stepstone.core.own import OwnTask
from stepstone.core.place import Place
from stepstone.data.load import load_examples
from stepstone.lab.files import own
from stepstone.lab.files.twin import SplitRequest
from stepstone.lab.write import twin_of

SEED = 1
Rows = Sequence[TextExample] | Sequence[ChoiceExample]


@cache
def read(task: str, split: str, language: str, num: int) -> list[TextExample] | list[ChoiceExample]:
    """As many rows of the twin, in the release's layout, by the catalogue's own reader."""
    with TemporaryDirectory() as folder:
        for name, text in twin_of(task, split).render(SplitRequest(task, split, language, SEED, num)).items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
        place = Place(folders=(Path(folder),), cache=Path(folder, "cache"), use_hub=False)
        declared = BUILT_IN.task(task).model_copy(update={"languages": {split: (language,)}})
        return load_examples(declared, split, language, place)  # type: ignore[return-value]


def splits(task: str) -> tuple[str, ...]:
    """The splits of a twin, train or the first first."""
    return tuple(twin_of(task, "dev" if task == "xcopa" else "train").sizes)


def rows_of_own(table: dict[str, Any], split: str, language: str, num: int) -> list[TextExample] | list[ChoiceExample]:
    """As many rows of what stands in for a study's own task."""
    files = {part: {language: f"{part}.jsonl"} for part in ("train", "test")}
    task = own.stand_in(declare({"mine": OwnTask.model_validate({**table, "files": files})})["mine"])
    (text,) = own.render(task, SplitRequest("mine", split, language, SEED, num)).values()
    rows = [json.loads(line) for line in text.splitlines()]
    if task.family == "choice":
        return [ChoiceExample("", row["context"], row["question"], tuple(row["options"]), row["label"]) for row in rows]
    return [TextExample("", row["text"], row.get("pair"), row["label"]) for row in rows]


def texts_of(row: TextExample | ChoiceExample) -> list[str]:
    """All that is told in an example; options in an order of their own."""
    if isinstance(row, ChoiceExample):
        return [row.context, row.question, *sorted(row.options)]
    return [row.text, row.pair or ""]


def words(text: str) -> list[str]:
    """Lower-case words without stops; characters where nothing is spaced."""
    bare = re.sub(r"[^\w\s]|_", " ", text.lower()).strip() if " " in text else text
    return bare.split() if " " in bare else list(re.sub(r"[\W_]", "", bare))


def grams(text: str, mark: str = "") -> list[str]:
    """Words and pairs of neighbours."""
    found = words(text)
    return [mark + word for word in (*found, *(f"{a} {b}" for a, b in pairwise(found)))]


def bag_of(tokens: Sequence[Sequence[str]]) -> csr_matrix:
    """One row for each list of tokens."""
    from sklearn.feature_extraction.text import HashingVectorizer  # opens seconds of libraries, as all of sklearn

    return HashingVectorizer(n_features=2**17, analyzer=list, alternate_sign=False, norm=None, binary=True).transform(
        tokens
    )


def bags_of(train: Sequence[Sequence[str]], test: Sequence[Sequence[str]]) -> tuple[csr_matrix, csr_matrix]:
    """Bags of both, without what the first lack: a model has learnt nothing of it, and most places are empty."""
    one, other = bag_of(train), bag_of(test)
    known = np.flatnonzero(one.getnnz(axis=0))
    # A model must have something to look at, though it be empty.
    known = known if len(known) else np.zeros(1, dtype=int)
    return one[:, known], other[:, known]


# Classification: from the train rows to the labels of the test rows.

Texts = Callable[[TextExample], list[str]]
SEEN: dict[str, Texts] = {
    "first": lambda row: words(row.text),
    "grams": lambda row: grams(row.text),
    "second": lambda row: grams(row.pair or ""),
    "words": lambda row: [
        *(f"1{w}" for w in words(row.text)),
        *(f"2{w}" for w in words(row.pair or "")),
        *(f"b{w}" for w in {*words(row.text)} & {*words(row.pair or "")}),
    ],
}


def shape(one: str, two: str) -> list[float]:
    """Lengths and overlap of two texts."""
    mine, theirs = words(one), words(two)
    left, right = {*mine}, {*theirs}
    often = sum(map(mine.count, right))
    shared = len(left & right)
    return [
        len(mine), len(theirs), len(mine) - len(theirs), len(one), len(two), len(one) - len(two), shared,
        often, shared / max(1, len(left | right)), shared / max(1, len(left)), shared / max(1, len(right)),
    ]  # fmt: skip


def guess(baseline: str, train: Sequence[TextExample], test: Sequence[TextExample]) -> float:
    """Accuracy of a baseline: `shape` is a tree on lengths and overlap, all others are bags."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    gold, known = np.array([row.label for row in test]), [row.label for row in train]
    if baseline == "shape":
        tree = DecisionTreeClassifier(max_depth=5, min_samples_leaf=40, random_state=0)
        tree.fit([shape(row.text, row.pair or "") for row in train], known)
        return float(np.mean(tree.predict([shape(row.text, row.pair or "") for row in test]) == gold))
    seen = SEEN[baseline]
    one, other = bags_of([seen(row) for row in train], [seen(row) for row in test])
    model = LogisticRegression(C=0.1, max_iter=100).fit(one, known)
    return float(np.mean(model.predict(other) == gold))


def correlate(baseline: str, train: Sequence[TextExample], test: Sequence[TextExample]) -> float:
    """Pearson's correlation of a baseline's numbers with the right ones."""
    from sklearn.linear_model import Ridge
    from sklearn.tree import DecisionTreeRegressor

    known, gold = ([float(row.label or 0.0) for row in rows] for rows in (train, test))
    if baseline == "shape":
        tree = DecisionTreeRegressor(max_depth=5, min_samples_leaf=40, random_state=0)
        tree.fit([shape(row.text, row.pair or "") for row in train], known)
        found = tree.predict([shape(row.text, row.pair or "") for row in test])
    else:
        one, other = bags_of(*([SEEN[baseline](row) for row in rows] for rows in (train, test)))
        found = Ridge(alpha=10.0).fit(one, known).predict(other)
    return 0.0 if np.ptp(found) < 1e-6 else float(pearsonr(found, gold)[0])


# Choice: each option gets the odds of being right, whatever the others are; the likeliest is taken.


def _size(asked: str, option: str) -> list[float]:
    """Lengths of an option and what it shares with what is asked; how long that is would name its words."""
    mine, theirs = {*words(asked)}, {*words(option)}
    shared = len(mine & theirs)
    nearest = max(len(theirs & {*words(sentence)}) for sentence in re.split(r"[.。]", asked))
    return [
        len(words(option)),
        len(option),
        nearest,
        shared,
        shared / max(1, len(mine | theirs)),
        shared / max(1, len(theirs)),
    ]


def _beside(row: ChoiceExample) -> list[list[float]]:
    """What each option shares with the passage and the question, and how it stands out among the others."""
    asked = f"{row.context} {row.question}"
    own = [_size(asked, option) for option in row.options]
    bags = [{*words(option)} for option in row.options]
    alike = [
        [float(np.mean([len(bag & other) for other in bags if other is not bag])), sum(map(words(asked).count, bag))]
        for bag in bags
    ]
    mine = np.array([[*one, *two] for one, two in zip(own, alike, strict=True)])
    return np.hstack([mine, mine - mine.mean(axis=0)]).tolist()


def choose(baseline: str, train: Sequence[ChoiceExample], test: Sequence[ChoiceExample]) -> float:
    """Accuracy by the options alone (`second`) or by length, overlap and odd one out (`shape`); ties count in part."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    right = [i == row.label for row in train for i in range(len(row.options))]
    if baseline == "shape":
        tree = DecisionTreeClassifier(max_depth=5, min_samples_leaf=40, random_state=0)
        tree.fit(np.vstack([_beside(row) for row in train]), right)
        odds = tree.predict_proba(np.vstack([_beside(row) for row in test]))[:, 1]
    else:
        one, other = bags_of(*([grams(option) for row in rows for option in row.options] for rows in (train, test)))
        odds = LogisticRegression(C=0.1, max_iter=100).fit(one, right).decision_function(other)
    return _taken(odds, test)


def _taken(odds: np.ndarray, test: Sequence[ChoiceExample]) -> float:
    hits, start = 0.0, 0
    for row in test:
        mine = odds[start : start + len(row.options)]
        start += len(row.options)
        best = np.isclose(mine, mine.max())
        hits += best[row.label or 0] / best.sum()
    return hits / len(test)
