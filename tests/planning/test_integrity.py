"""A file that lost a bit, and kept its size and time, is noticed before anything is computed from it."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.data import archive
from stepstone.planning.integrity import check_bytes
from stepstone.planning.plan import Plan, plan

PAIRS = "One ferry.\nTwo herons.\n"
PACKED, PLAIN = "tatoeba.deu-eng.deu", "tatoeba.jpn-eng.jpn"


def _rot(path: Path) -> None:
    """One bit of a file is another one; its time is what it was."""
    state, content = path.stat(), bytearray(path.read_bytes())
    content[3] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of data in which that of one language is packed."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in (PLAIN, "tatoeba.jpn-eng.eng"):
        (folder / name).write_text(PAIRS, encoding="utf-8")
    _pack(folder, PAIRS)
    return folder


def _pack(folder: Path, text: str) -> None:
    with zipfile.ZipFile(folder / "release.zip", "w") as packed:
        for name in (PACKED, "tatoeba.deu-eng.eng"):
            packed.writestr(name, text)


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    """The folder of an encoder that nobody opens here."""
    folder = tmp_path / "encoder"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (folder / name).write_text("{     }", encoding="utf-8")
    return folder


@pytest.fixture
def planned(data: Path, encoder: Path, tmp_path: Path) -> Plan:
    table = {
        "name": "s",
        "models": ["own"],
        "seeds": [1],
        "languages": ["de", "ja"],
        "model": {"own": {"folder": str(encoder)}},
        "target": {"tatoeba": {}},
    }
    return plan(Study.parse(table), Place(folders=(data,), cache=tmp_path / "cache", use_hub=False))


def test_what_was_unpacked_and_lost_a_bit_is_unpacked_again(planned: Plan) -> None:
    (unpacked,) = planned.place.cache.rglob(PACKED)
    _rot(unpacked)
    archive._WHOLE.clear()  # as another process finds it
    check_bytes(planned, planned.stages)
    assert unpacked.read_text(encoding="utf-8") == PAIRS


def test_an_archive_that_gives_other_bytes_than_before_is_refused(planned: Plan, data: Path) -> None:
    (unpacked,) = planned.place.cache.rglob(PACKED)
    state = (data / "release.zip").stat()
    _pack(data, PAIRS.replace("One", "Oze"))
    os.utime(data / "release.zip", ns=(state.st_atime_ns, state.st_mtime_ns))
    _rot(unpacked)
    with pytest.raises(UserError, match=PACKED):
        check_bytes(planned, planned.stages)


def test_a_file_of_data_or_of_an_encoder_that_lost_a_bit_is_refused_before_anything_runs(
    planned: Plan, data: Path, encoder: Path
) -> None:
    check_bytes(planned, planned.stages)
    for path in (data / PLAIN, encoder / "tokenizer.json"):
        _rot(path)
        with pytest.raises(UserError, match=rf"\(1\):\n- {path}\n  remedy: .*`touch`"):
            check_bytes(planned, planned.stages)
        check_bytes(planned, ())
        _rot(path)
    check_bytes(planned, planned.stages)
