"""Windows over a context beside its question: word pieces, where they stand in the text, where answers lie."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tokenizers import Encoding
from transformers import PreTrainedTokenizerFast

from stepstone.core.example import Answer, SpanExample
from stepstone.core.recipe import Limits


@dataclass(frozen=True)
class PairTemplate:
    """How a tokenizer joins two texts: special pieces before, between and after, and their type ids."""

    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]
    types: tuple[int, int] | None

    @classmethod
    def of(cls, tokenizer: PreTrainedTokenizerFast) -> PairTemplate:
        """Read off one encoded pair."""
        pair = tokenizer("a", "a", return_special_tokens_mask=True, return_token_type_ids=True)
        ids, owners = pair["input_ids"], pair.sequence_ids(0)
        first, second = owners.index(0), owners.index(1)
        end_first, end_second = len(owners) - owners[::-1].index(0), len(owners) - owners[::-1].index(1)
        has_types = "token_type_ids" in tokenizer.model_input_names
        return cls(
            tuple(ids[:first]),
            tuple(ids[end_first:second]),
            tuple(ids[end_second:]),
            (pair["token_type_ids"][0], pair["token_type_ids"][second]) if has_types else None,
        )

    @property
    def num_special(self) -> int:
        """Special pieces of a pair."""
        return len(self.before) + len(self.between) + len(self.after)


@dataclass(frozen=True)
class Window:
    """One input. `starts` and `ends` give, per piece, its characters in the context (0 outside of it)."""

    ids: list[int]
    types: list[int] | None
    first: int
    last: int
    starts: list[int]
    ends: list[int]

    def find(self, answer: Answer) -> tuple[int, int]:
        """First and last piece of the answer, or (0, 0) where the window does not hold all of it."""
        end = answer.start + len(answer.text)
        lows, highs = self.starts[self.first : self.last + 1], self.ends[self.first : self.last + 1]
        if not answer.text or not lows or answer.start < lows[0] or end > highs[-1]:
            return 0, 0
        # The first piece that ends behind the answer's first character, and the first that reaches its end.
        return self.first + bisect_right(highs, answer.start), self.first + bisect_left(highs, end)


def windows_of(
    examples: Sequence[SpanExample], tokenizer: PreTrainedTokenizerFast, layout: PairTemplate, limits: Limits
) -> Iterator[list[Window]]:
    """The windows of each example; a context that several questions share is tokenised once.

    Window starts lie `doc_stride` pieces apart, as in the scripts of BERT and XTREME.
    """
    contexts = list(dict.fromkeys(example.context for example in examples))
    pieces = dict(zip(contexts, _encode(tokenizer, contexts), strict=True))
    questions = [encoding.ids for encoding in _encode(tokenizer, [example.question.strip() for example in examples])]
    for example, question in zip(examples, questions, strict=True):
        context = pieces[example.context]
        free = limits.max_length - layout.num_special
        question = question[: limits.max_query_length]
        # A question that would leave nothing for its context is cut to half of what there is.
        question = question if len(question) < free else question[: free // 2]
        room = free - len(question)
        yield [
            _window(question, context.ids[at : at + room], context.offsets[at : at + room], layout)
            for at in _window_starts(len(context.ids), room, limits.doc_stride)
        ]


def _encode(tokenizer: PreTrainedTokenizerFast, texts: list[str]) -> list[Encoding]:
    encodings: list[Encoding] = tokenizer(texts, add_special_tokens=False, verbose=False).encodings
    return encodings


def _window_starts(num_pieces: int, room: int, stride: int) -> list[int]:
    """Where windows begin: every `stride` pieces (at most `room`, or pieces would be lost) until the end is in.

    >>> _window_starts(10, 6, 3)
    [0, 3, 6]
    """
    step = min(stride, room)
    starts = [0]
    while starts[-1] + room < num_pieces:
        starts.append(starts[-1] + step)
    return starts


def _window(question: list[int], context: list[int], offsets: list[tuple[int, int]], layout: PairTemplate) -> Window:
    head = [*layout.before, *question, *layout.between]
    ids = [*head, *context, *layout.after]
    types = None
    if layout.types is not None:
        types = [layout.types[0]] * len(head) + [layout.types[1]] * (len(ids) - len(head))
    outside, tail = [0] * len(head), [0] * len(layout.after)
    starts = [*outside, *(start for start, _ in offsets), *tail]
    ends = [*outside, *(end for _, end in offsets), *tail]
    return Window(ids, types, len(head), len(head) + len(context) - 1, starts, ends)
