"""Tokenizers that are open in this process, by content: to open XLM-R's takes seconds, and every stage needs it."""

from __future__ import annotations

import copy
import json
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerFast

# One is a quarter of a gigabyte where there are 250,000 pieces.
NUM_OPEN = 2
# Of tokenizer.json what stands before this is how texts were last cut and padded, which every call says anew; the end
# at which they are cut the library takes from there.
_CONTENT = b'"added_tokens"'
_CONFIG, _WHOLE = "tokenizer_config.json", "tokenizer.json"
# How a folder came to be, on which no piece depends.
_PASSING = ("is_local", "local_files_only")
_OTHERS = ("special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt", "*.model")
# All that a tokenizer is opened from, but for the kind of model beside it.
TOKENIZER_FILES = (_WHOLE, _CONFIG, *_OTHERS)


class OpenTokenizers:
    """The last ones that were used; whoever asks gets an object of its own over the same pieces."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, PreTrainedTokenizerFast] = OrderedDict()

    def get(self, folder: Path, load: Callable[[Path], PreTrainedTokenizerFast]) -> PreTrainedTokenizerFast:
        """The tokenizer of a folder, opened by `load` where none of its content is open."""
        try:
            content, max_length = _identify(folder)
        except (OSError, ValueError, RecursionError):
            return load(folder)
        if content not in self._open:
            self._open[content] = load(folder)
        self._open.move_to_end(content)
        while len(self._open) > NUM_OPEN:
            self._open.popitem(last=False)
        found = copy.copy(self._open[content])
        if max_length is not None:
            found.model_max_length = max_length
        return found


def _identify(folder: Path) -> tuple[str, Any]:
    """A digest of all that decides how texts are cut into pieces, and apart from it their greatest length."""
    config = _read(folder / _CONFIG)
    max_length = config.pop("model_max_length", None)
    config = {name: value for name, value in config.items() if name not in _PASSING}
    model = _read(folder / "config.json")
    digest = sha256(json.dumps([config, model.get("model_type"), model.get("tokenizer_class")]).encode())
    whole = (folder / _WHOLE).read_bytes()
    begin = max(0, whole.find(_CONTENT, 0, 4096))
    digest.update(_cut_end(whole[:begin]).encode())
    digest.update(whole[begin:])
    for pattern in _OTHERS:
        for path in sorted(folder.glob(pattern)):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest(), max_length


def _cut_end(head: bytes) -> str:
    """The end at which texts were last cut, by what stands before the content; none where they were not."""
    last = json.loads(head.rstrip(b", \n\t\r") + b"}").get("truncation") if head else None
    return str(last.get("direction")) if isinstance(last, dict) else ""


def _read(path: Path) -> dict[str, Any]:
    table = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if not isinstance(table, dict):
        raise ValueError(f"{path} is no table")
    return table
