"""A bucket over HTTP in which the client may not write, or whose quota is used up: one message, and soon."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from stepstone.core.errors import UserError

pytest.importorskip("obstore", reason="obstore is not installed: no object store is spoken to")

pytestmark = pytest.mark.slow

EMPTY = b'<?xml version="1.0"?><ListBucketResult><Name>stones</Name><IsTruncated>false</IsTruncated></ListBucketResult>'
DENIED = (403, "AccessDenied", "Access Denied")
# As Ceph and MinIO answer; Amazon's buckets have no quota.
QUOTAS = [(403, "QuotaExceeded", "Quota exceeded"), (507, "XMinioStorageFull", "Storage backend is full")]


KEY = "ab" * 32


class Bucket(BaseHTTPRequestHandler):
    """An S3 that holds nothing, is read by everybody, and answers all writing alike."""

    answer: tuple[int, str, str]
    asked: list[str]

    def do_GET(self) -> None:
        self.say(200, EMPTY) if "list-type" in self.path else self.say(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_HEAD(self) -> None:
        self.say(404, b"")

    def do_PUT(self) -> None:
        self.asked.append(self.path)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, code, message = self.answer
        self.say(status, f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode())

    do_POST = do_DELETE = do_PUT

    def say(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *given: object) -> None:
        """Nothing."""


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Bucket]]:
    """What is asked of a bucket that a store at `s3://stones` finds."""
    Bucket.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    monkeypatch.setenv("STEPSTONE_CACHE", str(tmp_path))
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "mock")
    yield Bucket
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (DENIED, "these credentials may not do this here\n  remedy: have them allowed to list, read, write"),
        *((answer, "the quota is used up\n  remedy: free space") for answer in QUOTAS),
    ],
)
def test_a_bucket_that_takes_nothing_is_one_message_before_any_work(
    bucket: type[Bucket], answer: tuple[int, str, str], message: str
) -> None:
    from stepstone.store.given import opened

    bucket.answer = answer
    store, began = opened("s3://stones"), time.monotonic()
    assert not store.complete(KEY)
    for ask in (store.check_writable, lambda: store.start(KEY)):
        with pytest.raises(UserError, match=f"s3://stones: {message}"):
            ask()
    assert time.monotonic() - began < 30, bucket.asked
