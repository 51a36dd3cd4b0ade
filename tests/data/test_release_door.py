"""Releases as they are released, in clones and archives, and damaged archives: read, or refused with a remedy."""

from __future__ import annotations

import io
import json
import random
import tarfile
import zipfile
from collections.abc import Mapping

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.data.load import load_examples

from .conftest import DataFolder

COPA = json.dumps(
    {"premise": "Paat lahkus.", "choice1": "a", "choice2": "b", "question": "effect", "label": 1, "idx": 0}
)
COSMOS = "id,context,question,answer0,answer1,answer2,answer3,label\nq,It rained .,What ?,a,b,c,d,1\n"
PAWS = "id\tsentence1\tsentence2\tlabel\n1\ta\tb\t1\n"
TYDI = {"id": "korean-1", "question": "?", "answers": [{"text": "b", "answer_start": 2}]}
SQUAD = json.dumps({"data": [{"title": "t", "paragraphs": [{"context": "a b", "qas": [TYDI]}]}]})
TATOEBA = {f"data/tatoeba/v1/tatoeba.deu-eng.{code}": "x\n" for code in ("deu", "eng")}

# Task, split and language, the folder that a clone or an unpacked archive is, and files below it.
RELEASES: list[tuple[str, str, str, tuple[str, ...], Mapping[str, str]]] = [
    ("xcopa", "test", "et", ("xcopa", "xcopa-master", "xcopa-main"), {"data/et/test.et.jsonl": COPA}),
    ("cosmosqa", "train", "en", ("cosmosqa", "cosmosqa-master"), {"data/train.csv": COSMOS}),
    ("cosmosqa", "dev", "en", ("cosmosqa", "cosmosqa-master"), {"data/valid.csv": COSMOS}),
    ("tatoeba", "test", "de", ("LASER", "LASER-main"), TATOEBA),
    ("paws_clean", "train", "en", ("paws_wiki_labeled_final", "paws", "whatever"), {"final/test.tsv": PAWS}),
    ("tydiqa", "test", "ko", ("tydiqa-goldp-v1.1-dev",), {"tydiqa-goldp-dev-korean.json": SQUAD}),
]
each = pytest.mark.parametrize(
    ("name", "split", "language", "folder", "files"),
    [(name, split, code, folder, files) for name, split, code, folders, files in RELEASES for folder in folders],
)


@each
def test_a_clone_and_its_archive_are_found(
    data: DataFolder, name: str, split: str, language: str, folder: str, files: Mapping[str, str]
) -> None:
    with zipfile.ZipFile(data.folder / "all.zip", "w") as packed:
        for path, text in files.items():
            packed.writestr(f"{folder}/{path}", text)
    found = load_examples(BUILT_IN.task(name), split, language, data.place)
    (data.folder / "all.zip").unlink()
    for path, text in files.items():
        data.write(f"{folder}/{path}", text)
    assert len(found) == 1 and found == load_examples(BUILT_IN.task(name), split, language, data.place)


def test_an_archive_whose_members_have_plain_names_is_known_by_its_own(data: DataFolder) -> None:
    with tarfile.open(data.folder / "paws_wiki_labeled_final.tar.gz", "w:gz") as packed:
        member = tarfile.TarInfo("final/test.tsv")
        member.size = len(PAWS)
        packed.addfile(member, io.BytesIO(PAWS.encode()))
    assert len(load_examples(BUILT_IN.task("paws_clean"), "train", "en", data.place)) == 1


def refusal(data: DataFolder) -> str:
    with pytest.raises(UserError) as caught:
        load_examples(BUILT_IN.task("pawsx"), "dev", "de", data.place)
    return str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["zip", "tar.gz", "tar.bz2", "tar.xz", "tar"])
def test_a_damaged_archive_is_read_right_or_refused(data: DataFolder, ending: str) -> None:
    whole = _packed(ending)
    chance = random.Random(ending)
    for number in range(40):
        raw = bytearray(whole)
        for _ in range(3):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        # Another name each time: what was unpacked is remembered by it.
        path = data.folder / f"{number}.{ending}"
        path.write_bytes(raw if number % 2 else whole[: chance.randrange(len(whole))])
        try:
            load_examples(BUILT_IN.task("pawsx"), "dev", "de", data.place)
        except UserError as error:
            assert "pawsx" in str(error) and "remedy: " in str(error), error
        path.unlink()


def _packed(ending: str) -> bytes:
    text = "".join(f"sentence {number}\tanother\t{number % 2}\n" for number in range(500)).encode()
    buffer = io.BytesIO()
    if ending == "zip":
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("pawsx/dev-de.tsv", text)
        return buffer.getvalue()
    mode = "w:" + ending.removeprefix("tar").removeprefix(".")
    with tarfile.open(fileobj=buffer, mode=mode) as tape:  # type: ignore[call-overload]
        member = tarfile.TarInfo("pawsx/dev-de.tsv")
        member.size = len(text)
        tape.addfile(member, io.BytesIO(text))
    return buffer.getvalue()


def test_an_archive_with_a_password_is_to_be_unpacked_by_hand(data: DataFolder) -> None:
    raw = bytearray(_packed("zip"))
    # Bit 0 of the flags, in the member's own header and in the directory, says that it is encrypted.
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    (data.folder / "all.zip").write_bytes(raw)
    message = refusal(data)
    assert "all.zip (pawsx dev, de)" in message and "unpack it yourself" in message and "again" not in message


def test_a_release_is_to_be_taken_again_and_a_file_of_ones_own_is_not(data: DataFolder) -> None:
    data.write("pawsx/dev-de.tsv", "a\tb\t1\nc\td\te\tf\t1\n")
    message = refusal(data)
    assert "line 2 (pawsx dev, de)" in message and "take it from its release again" in message
