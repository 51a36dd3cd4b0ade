"""Baselines that see only the surface of tagged sentences, translations and passages, and none of what they say."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from stepstone.lab.write import write_task

Sentence = list[tuple[str, str]]
Tagger = Callable[[Sequence[str]], list[str]]
SEED = 1


@cache
def written(task: str, split: str, language: str, folder: Path) -> list[Path]:
    """The official files, written once."""
    return write_task(folder, task, split, language, SEED)


def tagged(task: str, split: str, language: str, folder: Path) -> list[Sentence]:
    """Sentences of words with their tags; of CoNLL-U the universal part of speech."""
    (path,) = written(task, split, language, folder)
    column = 3 if path.suffix == ".conllu" else 1
    blocks = path.read_text("utf-8").strip().split("\n\n")
    rows = [[line.split("\t") for line in block.split("\n") if not line.startswith("# ")] for block in blocks]
    return [[(row[column == 3], row[column]) for row in block] for block in rows]


def fit_lexicon(train: Sequence[Sentence]) -> Tagger:
    """Each word's most frequent tag; an unknown word has the most frequent of all."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in train:
        for word, tag in sentence:
            counts[word][tag] += 1
    usual = sum(counts.values(), Counter[str]()).most_common(1)[0][0]
    best = {word: tags.most_common(1)[0][0] for word, tags in counts.items()}
    return lambda words: [best.get(word, usual) for word in words]


def fit_context(train: Sequence[Sentence], num_sentences: int = 1000) -> Tagger:
    """Logistic regression on a word, the two words on either side, and their beginnings, ends and shapes."""
    from sklearn.feature_extraction.text import CountVectorizer  # opens seconds of libraries, as all of sklearn
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    part = train[:num_sentences]
    features = [_seen([word for word, _ in sentence], i) for sentence in part for i in range(len(sentence))]
    tags = [tag for sentence in part for _, tag in sentence]
    model = make_pipeline(CountVectorizer(analyzer=list), LogisticRegression(C=3.0, max_iter=60, tol=1e-2))
    model.fit(features, tags)
    return lambda words: [str(tag) for tag in model.predict([_seen(words, i) for i in range(len(words))])]


def _seen(words: Sequence[str], place: int) -> list[str]:
    found = [f"from the end {min(len(words) - place, 4)}", f"from the start {min(place, 3)}"]
    for step in (-2, -1, 0, 1, 2):
        inside = 0 <= place + step < len(words)
        word = words[place + step] if inside else "-"
        found += [f"{step} {word}", f"{step} end {word[-3:]}", f"{step} end {word[-2:]}"]
        found += [f"{step} capital {word[0].isupper()}"]
    return found


def accuracy(tagger: Tagger, test: Sequence[Sentence]) -> float:
    """The share of tokens that get their tag."""
    pairs = [(guess, tag) for row in test for guess, (_, tag) in zip(tagger([w for w, _ in row]), row, strict=True)]
    return sum(guess == tag for guess, tag in pairs) / len(pairs)


def chunk_f1(tagger: Tagger, test: Sequence[Sentence]) -> float:
    """F1 of whole names with their kinds."""
    found = [{(i, *chunk) for chunk in chunks(tagger([w for w, _ in row]))} for i, row in enumerate(test)]
    gold = [{(i, *chunk) for chunk in chunks([tag for _, tag in row])} for i, row in enumerate(test)]
    right = sum(len(mine & true) for mine, true in zip(found, gold, strict=True))
    return 2 * right / max(1, sum(map(len, found)) + sum(map(len, gold)))


def chunks(tags: Sequence[str]) -> set[tuple[int, int, str]]:
    """Start, end and kind of each name; an I- without a beginning begins one."""
    found, start = set(), 0
    for i, tag in enumerate([*tags, "O"]):
        before = tags[i - 1] if i else "O"
        if before != "O" and (tag[:2] != "I-" or tag[2:] != before[2:]):
            found.add((start, i, before[2:]))
        if tag[:2] == "B-" or (tag[:2] == "I-" and before[2:] != tag[2:]):
            start = i
    return found


def spelling(one: Sequence[str], other: Sequence[str]) -> np.ndarray:
    """Cosines of the counts of three letters in a row, of each text with each."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.preprocessing import normalize

    counts = CountVectorizer(analyzer="char", ngram_range=(3, 3)).fit([*one, *other])
    mine, theirs = (normalize(counts.transform(texts).astype(float)) for texts in (one, other))
    assert isinstance(mine, csr_matrix)
    return np.asarray((mine @ theirs.T).todense())


def nearest_by_spelling(one: Sequence[str], other: Sequence[str]) -> float:
    """The share of `one` whose nearest in `other` stands in its own line; of equals the expected share."""
    alike = spelling(one, other)
    own = alike.diagonal()[:, None]
    better, equal = (alike > own + 1e-9).any(1), (abs(alike - own) <= 1e-9).sum(1)
    return float(np.mean(np.where(better, 0.0, 1 / equal)))


def mined_by_spelling(source: dict[str, str], target: dict[str, str], gold: set[tuple[str, str]]) -> float:
    """The best F1 of mining the nearest pairs above any threshold."""
    alike = spelling(list(source.values()), list(target.values()))
    best, rows, columns = alike.max(1), list(source), list(target)
    hits, f1 = 0, 0.0
    for num, i in enumerate(np.argsort(-best, kind="stable"), 1):
        hits += (rows[i], columns[int(alike[i].argmax())]) in gold
        f1 = max(f1, 2 * hits / (num + len(gold)))
    return f1


class Asked:
    """A question with its context and answer."""

    def __init__(self, context: str, question: str, answer: str) -> None:
        self.context, self.question, self.answer = context, question, answer
        self.spaced = 16 * context.count(" ") > len(context)

    @property
    def key(self) -> str:
        """What must not come again: context and question, whatever their case and stops."""
        return plain(f"{self.context} {self.question}")


def plain(text: str) -> str:
    """The letters, digits and spaces of a text in lower case."""
    kept = "".join(sign for sign in text.casefold() if sign.isalnum() or sign.isspace() or ord(sign) > 0x2FF)
    return " ".join(kept.split())


def asked(task: str, split: str, language: str, folder: Path) -> list[Asked]:
    """The questions of a split that have an answer."""
    found = []
    for path in written(task, split, language, folder):
        for article in json.loads(path.read_text("utf-8"))["data"]:
            for part in article["paragraphs"]:
                rows = [row for row in part["qas"] if row["answers"]]
                found += [Asked(part["context"], row["question"], row["answers"][0]["text"]) for row in rows]
    return found


def exact(guess: Callable[[Asked], str], rows: Sequence[Asked]) -> float:
    """The share of answers that are guessed."""
    return sum(guess(row) == row.answer for row in rows) / len(rows)


def _pieces(text: str, spaced: bool) -> list[str]:
    """Words, or single letters where nothing is spaced."""
    words = re.findall(r"[\w\u0300-\u036f\u0900-\u0963\u0966-\u1049\u1050-\u109f]+", text)
    return words if spaced else list("".join(words))


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?。।။۔])\s*", text) if part]


def common_words(rows: Sequence[Asked], share: float = 0.15) -> set[str]:
    """The words that stand in so many of the sentences: articles, particles, adpositions."""
    spaced = rows[0].spaced
    sentences = [
        set(_pieces(part, spaced)) for context in {row.context for row in rows} for part in _sentences(context)
    ]
    counts = Counter(word for words in sentences for word in words)
    return {word for word, num in counts.items() if num > share * len(sentences)}


def overlapping(row: Asked, common: set[str]) -> str:
    """The sentence of the context with most words of the question that are not common."""
    words = {*_pieces(row.question, row.spaced)} - common
    return max(_sentences(row.context), key=lambda part: len(words & {*_pieces(part, row.spaced)}))


def guess_new(row: Asked, common: set[str], place: int, cut: int = 0) -> str:
    """Of the nearest sentence the first (0) or last (-1) word that is neither common nor in the question.

    Where nothing is spaced it is a run of such letters. `cut` letters of a particle that words end in are left out.
    """
    words = {*_pieces(row.question, row.spaced), *common}
    pieces = _pieces(overlapping(row, common), row.spaced)
    new = [word if word not in words else " " for word in pieces]
    found = [word for word in new if word != " "] if row.spaced else "".join(new).split()
    return found[place][: -cut or None] if found else ""


def guess_start(row: Asked, num: int = 1) -> str:
    """The first words of the context."""
    return " ".join(_pieces(row.context, row.spaced)[:num])


def ranked_by_spelling(
    queries: Sequence[str], candidates: Sequence[str], golds: Sequence[set[int]]
) -> tuple[float, float]:
    """Mean average precision and mean reciprocal rank of the twenty candidates nearest to each query."""
    order = np.argsort(-spelling(queries, candidates), axis=1, kind="stable")[:, :20]
    precision, reciprocal = 0.0, 0.0
    for row, gold in zip(order.tolist(), golds, strict=True):
        ranks = [rank for rank, place in enumerate(row, 1) if place in gold]
        precision += sum(i / rank for i, rank in enumerate(ranks, 1)) / min(20, len(gold))
        reciprocal += 1 / ranks[0] if ranks else 0.0
    return precision / len(golds), reciprocal / len(golds)


def answer_sentences(languages: Sequence[str], folder: Path) -> tuple[dict[str, list[str]], list[str], list[set[int]]]:
    """LAReQA's questions by language, the sentences of all languages, and which of these answer question n."""
    questions: dict[str, list[str]] = {}
    sentences: list[str] = []
    golds: dict[str, set[int]] = defaultdict(set)
    for language in languages:
        data = json.loads(written("lareqa", "test", language, folder)[0].read_text("utf-8"))
        parts = [part for article in data["data"] for part in article["paragraphs"]]
        questions[language] = [row["question"] for part in parts for row in part["qas"]]
        for part in parts:
            for row in part["qas"]:
                start = row["answers"][0]["answer_start"]
                inside = [i for i, (begin, end) in enumerate(part["sentence_breaks"]) if begin <= start < end]
                golds[row["id"]] |= {len(sentences) + i for i in inside}
            sentences += [part["context"][begin:end] for begin, end in part["sentence_breaks"]]
    return questions, sentences, list(golds.values())


def mentions(language: str, folder: Path, split: str = "test") -> tuple[list[str], list[str], list[set[int]]]:
    """Mewsli-X's mentions in their sentences, the descriptions, and which of these is meant."""
    articles, entities = (
        [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for path in written("mewslix", split, language, folder)
    )
    places = {entity["entity_id"]: i for i, entity in enumerate(entities)}
    texts = [f"{row['mentions'][0]['mention_span']['text']}: {row['context']['text']}" for row in articles]
    golds = [{places[row["mentions"][0]["entity_id"]]} for row in articles]
    return texts, [entity["description"] for entity in entities], golds
