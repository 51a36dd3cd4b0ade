"""What is translated already, and what it took: line by line, so that a run that was cut off goes on where it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from stepstone.translation.texts import TranslatedText

NAME = "translations.jsonl"


class TranslationEffort(NamedTuple):
    """What translating took so far, in all tries: seconds of the stage, texts written, word pieces read and written."""

    seconds: float = 0.0
    num_texts: int = 0
    num_tokens: int = 0


class TranslationCache:
    """Outcomes by text, of this try and of those before it, and what these took."""

    def __init__(self, folder: Path, older: Sequence[Path]) -> None:
        self._path = folder / NAME
        self.known: dict[str, TranslatedText] = {}
        self.effort = TranslationEffort()
        for path in (*(one / NAME for one in older), self._path):
            known, effort = _read(path)
            self.known.update(known)
            # Each counts those that it went on from.
            self.effort = max(self.effort, effort)

    def add(self, found: Mapping[str, TranslatedText], effort: TranslationEffort) -> None:
        """Remember outcomes and what all took, on disk too."""
        self.known.update(found)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        rows = ([text, outcome.text, outcome.lost] for text, outcome in found.items())
        with self._path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in (*rows, effort._asdict()))


def _read(path: Path) -> tuple[dict[str, TranslatedText], TranslationEffort]:
    """What a file remembers; its last line may have been cut off."""
    found, effort = {}, TranslationEffort()
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1] if path.is_file() else []
    for line in lines:
        try:
            row = json.loads(line)
            if isinstance(row, dict):
                effort = TranslationEffort(float(row["seconds"]), int(row["num_texts"]), int(row["num_tokens"]))
                continue
            text, written, lost = row
        except (ValueError, TypeError, KeyError):
            continue
        found[text] = TranslatedText(written, lost)
    return found, effort
