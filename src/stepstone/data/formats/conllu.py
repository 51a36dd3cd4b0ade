"""CoNLL-U, the format of Universal Dependencies: syntactic words with their universal part-of-speech tags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from stepstone.data.formats.lines import FileRow, Layout, lines
from stepstone.data.formats.log import DataFileError, Log
from stepstone.data.formats.options import ReaderOptions
from stepstone.data.formats.sentences import sentence_rows

_FORM, _UPOS, _WIDTH = 1, 3, 10


class Options(ReaderOptions):
    """Nothing besides what all readers take."""


def read(paths: Sequence[Path], layout: Layout[Options]) -> Iterator[FileRow]:
    """Rows with sent_id, words and tags, and the document that they stand in where the file marks documents.

    Lines of multi-word tokens (`1-2`) and of empty nodes (`8.1`) are left out: the syntactic words carry the tags.
    """
    log, sentence_of = layout.log, _Comments()

    def parse(start: int, sentence: list[str]) -> FileRow | None:
        rows = []
        for number, line in enumerate(sentence, start):
            if line.startswith("#"):
                sentence_of.hear(line, number)
                log.skip("comment lines")
            else:
                rows.append((number, line.split("\t")))
        name = sentence_of.take()
        words = _words(rows, paths[0], log)
        return FileRow(rows[0][0], {**name, **words}) if words else None

    return sentence_rows(lines(paths[0], log), parse)


class _Comments:
    """What comments say of the sentence that follows, and of the document that goes on."""

    def __init__(self) -> None:
        self.sent_id = self.document = ""

    def hear(self, line: str, number: int) -> None:
        key, _, value = line[1:].partition("=")
        if key.strip() == "sent_id":
            self.sent_id = value.strip()
        elif key.split()[:1] == ["newdoc"]:
            self.document = value.strip() or f"line {number}"

    def take(self) -> dict[str, str]:
        name, self.sent_id = self.sent_id, ""
        return {"sent_id": name, "document": self.document}


def _words(rows: Sequence[tuple[int, list[str]]], path: Path, log: Log) -> dict[str, list[str]]:
    """Words and tags; nothing where there is none, or where a line is no CoNLL-U, of which the log hears."""
    kept, is_whole = [], True
    for number, columns in rows:
        message = ""
        if len(columns) != _WIDTH:
            message = f"has {len(columns)} columns, not {_WIDTH}"
        elif not columns[0].replace("-", "", 1).replace(".", "", 1).isdigit():
            message = f'has the id "{columns[0][:20]}"'
        if message:
            is_whole = False
            log.damaged(
                DataFileError(message, path, number, mend="a line of CoNLL-U has 10 columns between tabs, the id first")
            )
        elif columns[0].isdigit():
            kept.append(columns)
        else:
            log.skip("lines of fused words" if "-" in columns[0] else "lines of empty nodes")
    if not kept or not is_whole:
        return {}
    return {"words": [columns[_FORM] for columns in kept], "tags": [columns[_UPOS] for columns in kept]}
