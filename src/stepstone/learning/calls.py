"""What a config.json says of how a model is called, which is for whoever calls it to say."""

from __future__ import annotations

import json
from pathlib import Path

# As every pass here is made. With other values a head gives tuples, its checkpoint cannot be saved, or the length of a
# batch has to be a multiple of something.
_OURS = {"return_dict": True, "output_attentions": False, "output_hidden_states": False, "chunk_size_feed_forward": 0}


def find_calls(config: Path) -> tuple[str, ...]:
    """Names of what a config says of calls otherwise than they are made here."""
    table = json.loads(config.read_text(encoding="utf-8"))
    return tuple(name for name, value in _OURS.items() if table.get(name, value) != value)


def write_without(config: Path, names: tuple[str, ...], target: Path) -> None:
    """The config without these; no weight and no score depends on them."""
    table = json.loads(config.read_text(encoding="utf-8"))
    kept = {name: value for name, value in table.items() if name not in names}
    target.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
