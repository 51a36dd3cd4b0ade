"""Whatever bytes come in at a door, the answer is what was meant or one message; `make fuzz` asks for many.

STEPSTONE_FUZZ says how many inputs each door gets, STEPSTONE_FUZZ_SECONDS for how long at most; what once failed is
kept in corpus/DOOR/ and comes first.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepstone.data.sources import readers

from .doors import ANSWERS, Door, doors

CORPUS = Path(__file__).parent / "corpus"
NUM_INPUTS = int(os.environ.get("STEPSTONE_FUZZ", "5"))
# Seconds of processor time after which a door gets no more.
BUDGET = float(os.environ.get("STEPSTONE_FUZZ_SECONDS", "inf"))
# After so many inputs the time is looked at.
PORTION = 500
DOORS = doors()
# What breaks readers that trust what they read.
PIECES = (
    *(b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\r", b"\n\n", b"\t", b'"', b"'", b"\\ud800", b"\\u0000", b"\\"),
    *(b"[" * 3000, b'{"a":' * 2000, b"]", b"}", b"{}", b"[]", b"null", b"true", b"NaN", b"nan", b"inf", b"-Infinity"),
    *(
        b"9" * 5000,
        b"0x" + b"f" * 5000,
        b"1e400",
        b"-1",
        b"0",
        b"18446744073709551616",
        b"1" + b"0" * 18,
        b"2025-02-30",
    ),
    *(
        b"../",
        b"/",
        b"~nosuchuser/",
        b"a\\u0000b",
        b"%s",
        b"{language}",
        b"{x!r:>{y}}",
        b"*",
        b"x" * 300,
        b"=",
        b"#",
        b",",
    ),
    *("日本語".encode(), "\u202e".encode(), "\u2028".encode(), b"\xed\xa0\x80", b"\x1b[31m"),
)


@st.composite
def damaged(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """A whole file with a few changes: pieces put in or in place of others, parts taken out, repeated or cut."""
    content = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 12)))
        put = draw(st.sampled_from(PIECES) | st.binary(max_size=6) | st.just(content[start:end] * 2) | st.just(b""))
        content = content[:start] + put + content[end:]
    return content[: draw(st.integers(0, len(content)))] if draw(st.integers(0, 9)) == 0 else content


@pytest.fixture(scope="module")
def room() -> Iterator[Path]:
    """A folder in memory where there is one: thousands of files are written."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def answered(door: Door, content: bytes, room: Path) -> None:
    """Enter, and leave the room empty; raises what is no answer."""
    folder = Path(tempfile.mkdtemp(dir=room))
    try:
        door.enter(content, folder)
    except ANSWERS as error:
        assert str(error), "an answer has words"
        str(error).encode()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", DOORS)
def test_every_file_gets_an_answer(name: str, room: Path) -> None:
    door, num_tried, began = DOORS[name], 0, time.process_time()

    @settings(
        max_examples=min(NUM_INPUTS, PORTION), deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(damaged(door.seeds()) | st.binary(max_size=60))
    def ask(content: bytes) -> None:
        nonlocal num_tried
        num_tried += 1
        answered(door, content, room)

    while num_tried < NUM_INPUTS and time.process_time() - began < BUDGET:
        ask()
    print(f"{name}: {num_tried:,} inputs in {time.process_time() - began:.0f} s")


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(CORPUS.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_once_failed_gets_one(path: Path, room: Path) -> None:
    answered(DOORS[path.parent.name], path.read_bytes(), room)


@pytest.mark.slow
@pytest.mark.parametrize("name", DOORS)
def test_a_whole_file_comes_in(name: str, tmp_path: Path) -> None:
    """Else nothing behind the door would be tried."""
    for number, seed in enumerate(DOORS[name].seeds()):
        folder = tmp_path / str(number)
        folder.mkdir()
        DOORS[name].enter(seed, folder)


def test_every_layout_of_files_has_a_door() -> None:
    assert {f"rows_{name}" for name in readers()} < set(DOORS)
    assert {path.parent.name for path in CORPUS.glob("*/*")} <= set(DOORS)
