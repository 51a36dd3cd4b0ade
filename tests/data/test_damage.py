"""Whatever is wrong with a file of whatever layout: one message with file, task and language, and never a score."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.data.load import load_examples

from .conftest import DataFolder
from .layouts import RELEASES, Release

each_file = pytest.mark.parametrize(
    ("layout", "name"), [(layout, name) for layout, release in RELEASES.items() for name in release.files]
)
each_layout = pytest.mark.parametrize("layout", RELEASES)
in_json = pytest.mark.parametrize(
    ("layout", "name"),
    [(k, name) for k, release in RELEASES.items() for name, text in release.files.items() if text.startswith("{")],
)


def put(data: DataFolder, release: Release) -> None:
    for name, text in release.files.items():
        data.write(name, text)


def load(data: DataFolder, release: Release) -> list[Example]:
    return load_examples(BUILT_IN.task(release.task), release.split, release.language, data.place)


def refusal(data: DataFolder, release: Release) -> str:
    with pytest.raises(UserError) as caught:
        load(data, release)
    return str(caught.value)


def line_of(told: str, path: Path) -> int:
    """The line that a message tells of."""
    return int(told.partition(f"{path}, line ")[2].split()[0].rstrip(":"))


@each_layout
def test_a_good_release_is_read(data: DataFolder, layout: str) -> None:
    put(data, RELEASES[layout])
    assert load(data, RELEASES[layout])


@each_file
@pytest.mark.parametrize(
    "spelling",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text.replace("\n", "\r\n") + "\r\n\r\n",
        lambda text: text.rstrip("\n"),
    ],
    ids=["mark", "crlf", "both and blank lines", "no last end"],
)
def test_marks_and_ends_of_lines_change_nothing(data: DataFolder, layout: str, name: str, spelling: Any) -> None:
    release = RELEASES[layout]
    put(data, release)
    expected = load(data, release)
    data.write(name, spelling(release.files[name]))
    assert load(data, release) == expected


@each_file
@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda raw: b"", "is empty"),
        (lambda raw: b"\n\n", "is empty"),
        (lambda raw: raw.decode().encode("utf-16"), "is UTF-16"),
        (lambda raw: raw + b"\0\0\n", "holds NUL bytes"),
        (lambda raw: raw + b"\xff\n", "is not UTF-8"),
    ],
    ids=["empty", "blank", "utf-16", "nul", "not utf-8"],
)
def test_what_is_no_text_is_told_with_its_line(
    data: DataFolder, layout: str, name: str, harm: Any, message: str
) -> None:
    release = RELEASES[layout]
    put(data, release)
    path = data.write(name, harm(release.files[name].encode()))
    told = refusal(data, release)
    assert told.startswith(str(path)) and message in told
    assert f"({release.task} {release.split}, {release.language})" in told and "remedy: " in told
    if message != "is empty":
        broken = release.files[name].count("\n") + (not release.files[name].endswith("\n"))
        assert line_of(told, path) in (1, broken, broken + 1)


@each_file
def test_another_encoding_is_told_with_its_line(data: DataFolder, layout: str, name: str) -> None:
    release = RELEASES[layout]
    put(data, release)
    text = release.files[name]
    if text.isascii():
        text = text.replace("e", "é", 1) if "e" in text else "é" + text
    path = data.write(name, text.replace("’", "'").encode("latin-1"))
    told = refusal(data, release) if not text.replace("’", "'").isascii() else f"{path}, line 1"
    assert line_of(told, path) >= 1


@each_file
def test_a_file_that_breaks_off_is_told_or_gives_whole_examples(data: DataFolder, layout: str, name: str) -> None:
    release = RELEASES[layout]
    put(data, release)
    whole = load(data, release)
    raw = release.files[name].encode()
    for end in range(1, len(raw), max(1, len(raw) // 25)):
        data.write(name, raw[:end])
        try:
            found = load(data, release)
        except UserError as error:
            assert any(Path(part).name in str(error) for part in release.files), error
        else:
            # A line of text may break off unnoticed: all before it is as it was.
            assert len(found) <= len(whole)
            assert layout == "BUCC" or found[:-1] == whole[: len(found) - 1]


@in_json
def test_json_that_breaks_off_is_always_told(data: DataFolder, layout: str, name: str) -> None:
    release = RELEASES[layout]
    put(data, release)
    raw = release.files[name].rstrip("\n").encode()
    for end in (1, len(raw) // 3, len(raw) * 2 // 3, len(raw) - 1):
        path = data.write(name, raw[:end])
        told = refusal(data, release)
        assert line_of(told, path) == raw[:end].count(b"\n") + 1 and "is not" in told


@in_json
def test_json_of_another_shape_is_refused_and_never_a_crash(data: DataFolder, layout: str, name: str) -> None:
    release = RELEASES[layout]
    put(data, release)
    first = release.files[name].splitlines()[0]
    num_refused = 0
    for changed in variants(json.loads(first)):
        path = data.write(name, json.dumps(changed) + "\n")
        try:
            load(data, release)
        except UserError as error:
            num_refused += 1
            assert path.name in str(error), error
    assert num_refused > 3


def variants(value: Any) -> Iterator[Any]:
    """The document with each of its values in turn left out, or of another type."""
    for place in places(value):
        for other in (None, 7, "", "zzz", [], {}, [None], ...):
            changed = copy.deepcopy(value)
            parent = changed
            for key in place[:-1]:
                parent = parent[key]
            if other is ...:
                del parent[place[-1]]
            else:
                parent[place[-1]] = other
            yield changed


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield (key,)
        yield from ((key, *rest) for rest in places(item))


@pytest.mark.parametrize(
    ("layout", "name"),
    # Any line is a sentence of pairs.
    [(layout, name) for layout, release in RELEASES.items() for name in release.files if layout != "pairs"],
)
def test_a_file_of_another_layout_is_refused(data: DataFolder, layout: str, name: str) -> None:
    release = RELEASES[layout]
    put(data, release)
    data.write(name, "just\ta\tline\tof\tseven\tcolumns\there\nand another\n")
    told = refusal(data, release)
    assert any(str(data.folder / part) in told for part in release.files)
    assert f"{release.task} {release.split}, {release.language}" in told


@each_file
def test_a_missing_file_is_an_error_and_not_an_empty_set(data: DataFolder, layout: str, name: str) -> None:
    release = RELEASES[layout]
    put(data, release)
    (data.folder / name).unlink()
    told = refusal(data, release)
    # A corpus may come without gold, but not one that thresholds are chosen on.
    assert "the example has no label" in told if name.endswith(".gold") else Path(name).name in told


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@each_file
@given(change=st.data())
def test_any_bytes_in_a_file_are_read_or_refused(data: DataFolder, layout: str, name: str, change: Any) -> None:
    release = RELEASES[layout]
    put(data, release)
    raw = bytearray(release.files[name].encode())
    for _ in range(change.draw(st.integers(1, 3))):
        # At the end one may write too: a file of a few bytes can lose them all.
        place = change.draw(st.integers(0, len(raw)))
        raw[place : place + change.draw(st.integers(0, 2))] = change.draw(
            st.sampled_from([b"", b"\n", b"\t", b'"', b",", b"\\", b"0", b"[", b"\r", b"\x80", b"-1", b"null"])
        )
    data.write(name, bytes(raw))
    try:
        assert load(data, release)
    except UserError as error:
        assert str(error)
