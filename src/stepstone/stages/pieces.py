"""How many word pieces of a data set the tokenizer does not know: what stands there is hidden from the encoder."""

from __future__ import annotations

from collections.abc import Sequence

from transformers import PreTrainedTokenizerFast

from stepstone.core.example import Example
from stepstone.core.result import Pieces
from stepstone.learning.remembered import IdentityCache

# Evenly spread over a larger set, these give its share to a fraction of a point.
NUM_COUNTED = 2000

# Of so many sets a worker keeps it.
_PIECES: IdentityCache[Pieces] = IdentityCache(100)


def pieces_of(examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast) -> Pieces:
    """The same as `count_pieces`, counted once for all stages of a worker that read these examples."""
    sources = [tokenizer.backend_tokenizer, *examples]
    return _PIECES.get(sources, (), lambda: count_pieces(examples, tokenizer), lambda counted: 1)


def count_pieces(examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast) -> Pieces:
    """Pieces of the examples' texts in their own language, how many of them are the unknown one, and of how many words.

    Of more than 2,000 examples so many are counted. A tokenizer of bytes knows all pieces.
    """
    step = max(1, len(examples) / NUM_COUNTED)
    chosen = [examples[int(place * step)] for place in range(min(len(examples), NUM_COUNTED))]
    texts = [text for example in chosen for text in example.own_texts]
    encoded = tokenizer(texts, add_special_tokens=False, verbose=False).encodings if texts else []
    unknown = tokenizer.unk_token_id
    return Pieces(
        unknown=sum(encoding.ids.count(unknown) for encoding in encoded if unknown is not None),
        of=sum(len(encoding.ids) for encoding in encoded),
        words=sum(len(text.split()) for text in texts),
        characters=sum(len("".join(text.split())) for text in texts),
    )
