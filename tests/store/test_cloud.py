"""What tests take for a bucket behaves as one does: one drill for it, for one in memory, S3, Azure and Google."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from google_objects import google
from in_memory import MemoryObjects
from stepstone.core.errors import UserError
from stepstone.store.objects import Objects, Unchanged


def servers() -> ModuleType:
    """What starts servers, which opens obstore."""
    pytest.importorskip("obstore", reason="obstore is not installed: no object store is spoken to")
    return import_module("object_store")


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """The address of a mock of S3 (moto), with the bucket `stones`."""
    if shutil.which("moto_server") is None:
        pytest.skip("moto_server is not installed (pip install 'moto[server]'): S3 itself is not spoken to")
    with servers().s3() as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def azurite() -> Iterator[str]:
    """The address of Azure's emulator, with the container `stones`."""
    if (command := shutil.which("azurite-blob")) is None:
        pytest.skip("azurite-blob is not installed (npm install azurite): Azure's is not spoken to")
    with servers().azure(command) as port:
        yield f"http://127.0.0.1:{port}/{servers().ACCOUNT}"


@pytest.fixture(scope="module")
def found_at() -> Iterator[dict[str, str]]:
    """The variables that lead to a bucket that behaves as Google's."""
    with google() as variables:
        yield variables


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("moto", "azurite")]


@pytest.fixture(params=["ours", "obstore's", "google's", *SLOW])
def objects(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Objects:
    if request.param == "ours":
        return MemoryObjects()
    pytest.importorskip("obstore", reason="obstore is not installed: no object store is spoken to")
    from obstore.store import MemoryStore

    from stepstone.store.cloud import CloudObjects

    if request.param == "obstore's":
        return CloudObjects(MemoryStore(), "memory:///")
    scheme, variables = _ways(request)[request.param]()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return CloudObjects.at(f"{scheme}://stones/{time.monotonic_ns()}")


def _ways(request: pytest.FixtureRequest) -> dict[str, Callable[[], tuple[str, dict[str, str]]]]:
    """The scheme of a bucket's URL, and the variables that lead to it; asked for, it is started."""
    ask = request.getfixturevalue
    return {
        "google's": lambda: ("gs", ask("found_at")),
        "moto": lambda: ("s3", {**servers().MOCK, "AWS_ENDPOINT_URL": ask("moto")}),
        "azurite": lambda: ("az", {**servers().AZURE, "AZURE_STORAGE_ENDPOINT": ask("azurite")}),
    }


def test_an_object_is_created_once(objects: Objects) -> None:
    assert objects.create("a/x", b"1") and objects.create("a/x", b"2") is None
    assert objects.get("a/x").content == b"1"


def test_one_whose_answer_was_lost_is_known_by_what_it_holds(objects: Objects) -> None:
    objects.put("a/x", b"mine")
    found = objects.create("a/x", b"mine")
    assert found in (None, objects.get("a/x").tag)


def test_it_is_replaced_only_where_it_is_the_one_that_was_read(objects: Objects) -> None:
    first = objects.create("a/x", b"1")
    second = objects.replace("a/x", b"2", first)
    assert second and second != first and objects.replace("a/x", b"3", first) is None
    assert objects.get("a/x").content == b"2" and objects.replace("a/none", b"3", first) is None


def test_what_did_not_change_is_not_sent(objects: Objects) -> None:
    tag = objects.create("a/x", b"1")
    with pytest.raises(Unchanged):
        objects.get("a/x", tag)
    objects.put("a/x", b"2")
    assert objects.get("a/x", tag).content == b"2" and objects.get("a/none", tag) is None


def test_a_listing_has_what_lies_below_a_folder(objects: Objects) -> None:
    for name in ("a/x", "a/b/y", "ab/z"):
        objects.put(name, name.encode())
    found = {one.name: one.num_bytes for one in objects.list("a")}
    assert found == {"a/x": 3, "a/b/y": 5} and {one.tag for one in objects.list("ab")} == {objects.get("ab/z").tag}
    objects.delete(["a/x", "a/none"])
    assert [one.name for one in objects.list("a")] == ["a/b/y"]


def test_files_come_and_go_whole(objects: Objects, tmp_path: Path) -> None:
    content = os.urandom(12_000_000)  # in several parts
    (tmp_path / "sent").write_bytes(content)
    objects.put("tries/w", tmp_path / "sent")
    objects.fetch("tries/w", tmp_path / "deep" / "got")
    assert (tmp_path / "deep" / "got").read_bytes() == content
    with pytest.raises(FileNotFoundError):
        objects.fetch("tries/none", tmp_path / "none")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["got"] and not (tmp_path / "none").exists()


def test_the_clock_is_near_ours(objects: Objects) -> None:
    assert abs(objects.clock() - time.time()) < 60 and not list(objects.list("clock"))


@pytest.mark.slow
@pytest.mark.parametrize("bucket", ["no-such-bucket"])
def test_a_bucket_that_is_not_there_is_one_message(moto: str, monkeypatch: pytest.MonkeyPatch, bucket: str) -> None:
    pytest.importorskip("obstore", reason="obstore is not installed: no object store is spoken to")
    from stepstone.store.given import opened

    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mock")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mock")
    for ask in (lambda store: store.keys(), lambda store: store.check_writable(), lambda store: store.start("ab" * 32)):
        with pytest.raises(UserError, match=f"s3://{bucket}: the bucket is not there"):
            ask(opened(f"s3://{bucket}"))


def test_an_address_that_nobody_answers_at_is_one_message_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("obstore", reason="obstore is not installed: no object store is spoken to")
    from stepstone.store.given import opened

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mock")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mock")
    began = time.monotonic()
    with pytest.raises(UserError, match=r"s3://stones: the object store does not answer"):
        opened("s3://stones").complete("ab" * 32)
    assert time.monotonic() - began < 30
