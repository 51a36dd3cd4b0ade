"""What is translated already: appended line by line, so that a run that was cut off goes on where it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from stepstone.translation.texts import TranslatedText

NAME = "translations.jsonl"


class TranslationCache:
    """Outcomes by text, of this try and of those before it."""

    def __init__(self, folder: Path, older: Sequence[Path]) -> None:
        self._path = folder / NAME
        self.known: dict[str, TranslatedText] = {}
        for path in (*(one / NAME for one in older), self._path):
            self.known.update(_read(path))

    def add(self, found: Mapping[str, TranslatedText]) -> None:
        """Remember outcomes, on disk too."""
        self.known.update(found)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        rows = ([text, outcome.text, outcome.lost] for text, outcome in found.items())
        with self._path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _read(path: Path) -> dict[str, TranslatedText]:
    """What a file remembers; its last line may have been cut off."""
    found = {}
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1] if path.is_file() else []
    for line in lines:
        try:
            text, written, lost = json.loads(line)
        except ValueError:
            continue
        found[text] = TranslatedText(written, lost)
    return found
