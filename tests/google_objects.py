"""A bucket over HTTP by what Google's documentation says of its XML API: generations, and writes under conditions.

No emulator at hand speaks it whole: of those on the package index none knows conditions, and Google's own testbench
neither lists nor removes by it.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlparse

# Of nobody: what is asked is not signed.
NOBODY = {"disable_oauth": True, "client_email": "", "private_key": "", "private_key_id": ""}


class Kept(NamedTuple):
    """An object: its bytes, its generation, and when it was written."""

    content: bytes
    generation: int
    date: str

    @property
    def tag(self) -> str:
        return hashlib.md5(self.content + bytes(str(self.generation), "ascii")).hexdigest()


@contextmanager
def google() -> Iterator[dict[str, str]]:
    """The variables by which a client finds the bucket `stones`."""
    handler = type("Handler", (_Google,), {"kept": {}, "parts": {}, "turn": threading.Lock()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield {
        "GOOGLE_BASE_URL": f"http://127.0.0.1:{server.server_port}",
        "GOOGLE_SERVICE_ACCOUNT_KEY": json.dumps(NOBODY),
    }
    server.shutdown()
    server.server_close()


class _Google(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    kept: dict[str, Kept]
    parts: dict[str, dict[int, bytes]]
    turn: threading.Lock

    def do_GET(self) -> None:
        name, asked = self._asked()
        if "list-type" in asked:
            self._list(asked["prefix"])
            return
        found = self.kept.get(name)
        if found is None:
            self._say(404)
        elif self.headers.get("If-None-Match", "").strip('"') == found.tag:
            self._say(304)
        else:
            self._say(200, found.content, found)

    do_HEAD = do_GET

    def do_PUT(self) -> None:
        name, asked = self._asked()
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.turn:
            if "uploadId" in asked:
                self.parts[name][int(asked["partNumber"])] = content
                self._say(200, written=Kept(content, 0, formatdate(usegmt=True)))
            else:
                self._write(name, content)

    def do_POST(self) -> None:
        """A large object in parts: it begins, and it is whole."""
        name, asked = self._asked()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.turn:
            if "uploads" in asked:
                self.parts[name] = {}
                begun = "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
                self._say(200, begun.encode())
                return
            parts = self.parts.pop(name)
            found = self._keep(name, b"".join(parts[number] for number in sorted(parts)))
            ended = f"<CompleteMultipartUploadResult><ETag>{found.tag}</ETag></CompleteMultipartUploadResult>"
            self._say(200, ended.encode(), found)

    def do_DELETE(self) -> None:
        name, _ = self._asked()
        self._say(404 if self.kept.pop(name, None) is None else 204)

    def _write(self, name: str, content: bytes) -> None:
        """Only where the generation is the one that is named; 0: there is none."""
        wanted, found = self.headers.get("x-goog-if-generation-match"), self.kept.get(name)
        if wanted is not None and int(wanted) != (found.generation if found else 0):
            self._say(412)
        else:
            self._say(200, written=self._keep(name, content))

    def _keep(self, name: str, content: bytes) -> Kept:
        before = self.kept.get(name)
        self.kept[name] = Kept(content, (before.generation if before else 100) + 1, formatdate(usegmt=True))
        return self.kept[name]

    def _list(self, prefix: str) -> None:
        items = "".join(
            f"<Contents><Key>{name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f'<ETag>"{one.tag}"</ETag><Size>{len(one.content)}</Size></Contents>'
            for name, one in sorted(self.kept.items())
            if name.startswith(prefix)
        )
        self._say(200, f"<ListBucketResult>{items}</ListBucketResult>".encode())

    def _asked(self) -> tuple[str, dict[str, str]]:
        parsed = urlparse(self.path)
        asked = {name: values[0] for name, values in parse_qs(parsed.query, keep_blank_values=True).items()}
        return unquote(parsed.path.removeprefix("/stones").removeprefix("/")), asked

    def _say(self, status: int, content: bytes = b"", written: Kept | None = None) -> None:
        self.send_response(status)
        if written is not None:
            self.send_header("ETag", f'"{written.tag}"')
            self.send_header("Last-Modified", written.date)
            self.send_header("x-goog-generation", str(written.generation))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *given: object) -> None:
        """Nothing."""
