"""Inputs for pretraining, drawn from running text: runs of sentences, alone or beside their translation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from transformers import PreTrainedTokenizerFast

from stepstone.core.errors import UserError
from stepstone.core.example import SentenceExample
from stepstone.learning.batch import Feature


@dataclass(frozen=True)
class TokenizedText:
    """The sentences of one language in reading order, as one array of pieces.

    `bounds` is [sentences + 1]; `ends` gives for each sentence the first one behind its document.
    """

    pieces: np.ndarray
    bounds: np.ndarray
    ends: np.ndarray
    places: list[tuple[str, str]]

    def run(self, sentence: int, room: int) -> tuple[np.ndarray, int]:
        """Pieces from `sentence` on that fit `room` without leaving the document, and how many sentences."""
        begin, limit = self.bounds[sentence], self.bounds[sentence] + room
        last = int(np.searchsorted(self.bounds, limit, side="right")) - 1
        last = min(max(last, sentence + 1), int(self.ends[sentence]))
        return self.pieces[begin : min(self.bounds[last], limit)], last - sentence

    def exactly(self, sentence: int, count: int, room: int) -> np.ndarray:
        """Pieces of `count` sentences, cut to `room`."""
        begin = self.bounds[sentence]
        return self.pieces[begin : min(self.bounds[sentence + count], begin + room)]


@dataclass(frozen=True)
class TextSampling:
    """How inputs are drawn from running text.

    Attributes:
        max_length: word pieces of one input, special ones included.
        exponent: languages are drawn in proportion to their size to this power.
        translation_share: share of inputs that hold a text and its translation, where there is one.
    """

    max_length: int
    exponent: float
    translation_share: float = 0.0


class TextSampler:
    """Draws the inputs of a step. What is drawn depends on seeds and step alone."""

    def __init__(
        self,
        sentences: Sequence[SentenceExample],
        tokenizer: PreTrainedTokenizerFast,
        drawing: TextSampling,
        *seeds: int,
    ) -> None:
        self.drawing, self.seeds = drawing, seeds
        self.start, self.end = _ends(tokenizer)
        by_language: dict[str, list[SentenceExample]] = defaultdict(list)
        for sentence in sentences:
            by_language[sentence.language].append(sentence)
        self.texts = {code: _tokenize(rows, tokenizer) for code, rows in sorted(by_language.items())}
        self.translations = self._align()
        sizes = np.array([len(text.pieces) for text in self.texts.values()], dtype=np.float64)
        share = (sizes / sizes.sum()) ** drawing.exponent
        self.share = share / share.sum()

    def __call__(self, step: int, count: int) -> list[Feature]:
        """`count` inputs of one step."""
        generator = np.random.default_rng([*self.seeds, step])
        return [Feature(self._draw(generator), place) for place in range(count)]

    def _draw(self, generator: np.random.Generator) -> list[int]:
        codes = list(self.texts)
        code = codes[int(generator.choice(len(codes), p=self.share))]
        text = self.texts[code]
        sentence = int(generator.integers(len(text.places)))
        others = [item for item in self.translations.get(text.places[sentence], {}).items() if item[0] != code]
        if others and generator.random() < self.drawing.translation_share:
            other, beside = others[int(generator.integers(len(others)))]
            return self._pair(text, sentence, self.texts[other], beside)
        run, _ = text.run(sentence, self.drawing.max_length - 2)
        return [self.start, *run.tolist(), self.end]

    def _pair(self, text: TokenizedText, sentence: int, other: TokenizedText, beside: int) -> list[int]:
        """A run of sentences and its translation (translation language modelling, Conneau and Lample 2019)."""
        room = (self.drawing.max_length - 4) // 2
        first, count = text.run(sentence, room)
        count = min(count, int(other.ends[beside]) - beside)
        second = other.exactly(beside, count, room)
        return [self.start, *first.tolist(), self.end, self.end, *second.tolist(), self.end]

    def _align(self) -> dict[tuple[str, str], dict[str, int]]:
        """(corpus, id) -> language -> sentence, where at least two languages have it."""
        found: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        for code, text in self.texts.items():
            for sentence, place in enumerate(text.places):
                found[place][code] = sentence
        return {place: by_code for place, by_code in found.items() if len(by_code) > 1}


def _ends(tokenizer: PreTrainedTokenizerFast) -> tuple[int, int]:
    """The pieces that an input begins and ends with: <s> and </s>, or [CLS] and [SEP]."""
    start = tokenizer.cls_token_id if tokenizer.bos_token_id is None else tokenizer.bos_token_id
    end = tokenizer.sep_token_id if tokenizer.eos_token_id is None else tokenizer.eos_token_id
    if start is None or end is None:
        raise UserError("the tokenizer has no pieces that begin and end an input, as running text needs")
    return start, end


def _tokenize(sentences: Sequence[SentenceExample], tokenizer: PreTrainedTokenizerFast) -> TokenizedText:
    texts = [sentence.text for sentence in sentences]
    encoded = tokenizer(texts, add_special_tokens=False, return_attention_mask=False, verbose=False)["input_ids"]
    bounds = np.concatenate([[0], np.cumsum([len(ids) for ids in encoded])]).astype(np.int64)
    pieces = np.fromiter((piece for ids in encoded for piece in ids), dtype=np.int32, count=int(bounds[-1]))
    documents = [(sentence.corpus, sentence.document) for sentence in sentences]
    breaks = [place for place, (one, two) in enumerate(pairwise(documents), start=1) if one != two]
    ends = np.empty(len(sentences), dtype=np.int64)
    for begin, end in pairwise([0, *breaks, len(sentences)]):
        ends[begin:end] = end
    return TokenizedText(pieces, bounds, ends, [(sentence.corpus, sentence.id) for sentence in sentences])
