"""A hub on this machine, as the hub's libraries speak to one: repositories, pushes, and what goes wrong in between."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import unquote

import pytest
from huggingface_hub import constants

TOKEN = "hf_of_a_test"
_LISTED = re.compile(r"/api/(?:models|datasets)/([^/]+/[^/]+)/(tree|revision)/([^/]+)(?:/.*)?")
_FILE = re.compile(r"(?:/datasets)?/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")
# Files that the hub keeps apart, by their sha256; others are named as git does.
_LARGE = (".safetensors", ".parquet")


class Hub(ThreadingHTTPServer):
    """What it holds and does.

    Attributes:
        repositories: files by name, of a repository at a commit.
        faults: part of "METHOD path" -> what is done instead of an answer, if that returns True.
        calls: method and path of what was asked, in order.
        files: what was committed by a push, by branch; `made` is what the repository was to be.
        refused: part of a path -> the status that a push gets.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.repositories: dict[tuple[str, str], dict[str, bytes]] = {}
        self.faults: dict[str, Callable[[Answers], bool]] = {}
        self.calls: list[str] = []
        self.made: dict[str, Any] = {}
        self.files: dict[str, dict[str, bytes]] = {"main": {}}
        self.refused: dict[str, int] = {}
        self.is_private = True
        self.is_closing = Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that the libraries of this process take for the only one."""
    server = Hub()
    Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True).start()
    monkeypatch.setattr(constants, "ENDPOINT", server.address)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    yield server
    server.is_closing.set()
    server.shutdown()
    server.server_close()


class Answers(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.note()
        if any(part in f"{self.command} {path}" and fault(self) for part, fault in self.server.faults.items()):
            return
        if _FILE.fullmatch(path):
            self.give_file()
        elif found := _LISTED.fullmatch(path):
            self.list_files(found[1], found[2], found[3])
        elif "/repos/create" in self.server.refused:  # there is none
            self.reply({"error": "no"}, 404)
        else:
            self.reply({"id": "org/name", "private": self.server.is_private, "siblings": [], "tags": []})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.note()
        assert self.headers["Authorization"] == f"Bearer {TOKEN}"
        status = next((code for part, code in self.server.refused.items() if part in self.path), 0)
        if status:
            self.reply({"error": "no"}, status)
        elif "/repos/create" in self.path:
            self.server.made = json.loads(body)
            self.reply({"url": f"{self.server.address}/org/name"})
        elif "/branch/" in self.path:
            self.server.files[self.path.rpartition("/")[2]] = {}
            self.reply({})
        elif "/preupload/" in self.path:
            names = [file["path"] for file in json.loads(body)["files"]]
            modes = [{"path": name, "uploadMode": "regular", "shouldIgnore": False} for name in names]
            self.reply({"files": modes})
        elif "/commit/" in self.path:
            self.commit(body)
        else:
            self.reply({"errors": [], "warnings": []})

    def commit(self, body: bytes) -> None:
        branch = self.path.partition("?")[0].rpartition("/")[2]
        for line in map(json.loads, body.splitlines()):
            if line["key"] == "file":
                self.server.files[branch][line["value"]["path"]] = base64.b64decode(line["value"]["content"])
        self.reply({"commitUrl": f"{self.server.address}/org/name/commit/1", "commitOid": "1", "pullRequestUrl": None})

    def asked(self) -> tuple[str, str, bytes | None]:
        """Commit, name and content of the file that is asked for; None where there is none."""
        found = _FILE.fullmatch(self.path.partition("?")[0])
        if found is None:
            return "", "", None
        name = unquote(found[3])
        return found[2], name, self.server.repositories.get((found[1], found[2]), {}).get(name)

    def give_file(self, change: Callable[[bytes], bytes] = bytes) -> None:
        commit, name, content = self.asked()
        if content is None:
            self.reply({"error": "no"}, 404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit})
        else:
            self.send(change(content), headers={"X-Repo-Commit": commit, "ETag": f'"{_digest(name, content)}"'})

    def list_files(self, repository: str, what: str, commit: str) -> None:
        files = self.server.repositories.get((repository, commit))
        if files is None:
            self.reply({"error": "no"}, 404, {"X-Error-Code": "RevisionNotFound"})
        elif what == "revision":
            self.reply({"id": repository, "sha": commit, "private": False, "siblings": [], "tags": []})
        else:
            folders = sorted({name.rpartition("/")[0] for name in files} - {""})
            listed = [{"type": "directory", "path": name, "oid": "0" * 40} for name in folders]
            self.reply([*listed, *(_entry(name, content) for name, content in files.items())])

    def note(self) -> str:
        path = self.path.partition("?")[0]
        self.server.calls.append(f"{self.command} {path}")
        return path

    def reply(self, value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.send(json.dumps(value).encode(), status, {"Content-Type": "application/json", **(headers or {})})

    def send(self, content: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.begin(status, {"Content-Length": str(len(content)), **(headers or {})})
        if self.command != "HEAD":
            self.wfile.write(content)

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Nothing."""


Fault = Callable[[Answers], bool]


def status(code: int, headers: Mapping[str, str] | None = None, times: int = 1000) -> Fault:
    """So many times only this."""
    left = iter(range(times))

    def fault(answers: Answers) -> bool:
        if next(left, None) is None:
            return False
        answers.reply({"error": "no"}, code, headers)
        return True

    return fault


def nothing(answers: Answers) -> bool:
    """The connection is taken, and no answer comes."""
    answers.server.is_closing.wait(20)
    answers.close_connection = True
    return True


def trickle_head(answers: Answers) -> bool:
    """A head that comes by the byte and does not end."""
    answers.wfile.write(b"HTTP/1.1 200 OK\r\nX-Padding: ")
    try:
        while not answers.server.is_closing.wait(0.05):
            answers.wfile.write(b"x")
    except OSError:
        pass
    answers.close_connection = True
    return True


def loop(answers: Answers) -> bool:
    """From one address to the same one."""
    answers.begin(302, {"Location": answers.path, "Content-Length": "0"})
    return True


def page(answers: Answers) -> bool:
    """A page of whatever stands between, as networks send that ask to log in."""
    answers.send(b"<html>log in</html>", headers={"Content-Type": "text/html"})
    return True


def _of_body(send: Callable[[Answers, bytes], None]) -> Fault:
    """A fault of the body alone: what is said of the file beforehand is right."""

    def fault(answers: Answers) -> bool:
        content = answers.asked()[2]
        if content is None or answers.command == "HEAD":
            return False
        send(answers, content)
        answers.close_connection = True
        return True

    return fault


def _half(answers: Answers, content: bytes) -> None:
    answers.begin(200, {"Content-Length": str(len(content))})
    answers.wfile.write(content[: len(content) // 2])


def _stall(answers: Answers, content: bytes) -> None:
    answers.begin(200, {"Content-Length": str(len(content))})
    answers.wfile.write(content[:1])
    answers.server.is_closing.wait(20)


def _endless(answers: Answers, content: bytes) -> None:
    answers.begin(200, {"Transfer-Encoding": "chunked"})
    try:
        while not answers.server.is_closing.is_set():
            answers.wfile.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            time.sleep(0.001)
    except OSError:
        pass


def _trickle(answers: Answers, content: bytes) -> None:
    answers.begin(200, {"Content-Length": str(len(content))})
    try:
        for byte in content:
            answers.wfile.write(bytes([byte]))
            if answers.server.is_closing.wait(0.05):
                break
    except OSError:
        pass


half, stall, trickle, endless = map(_of_body, (_half, _stall, _trickle, _endless))
longer = _of_body(lambda answers, content: answers.give_file(lambda content: content + b"more"))
other = _of_body(lambda answers, content: answers.give_file(lambda content: content[:-1] + bytes([content[-1] ^ 1])))


def _digest(name: str, content: bytes) -> str:
    if name.endswith(_LARGE):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _entry(name: str, content: bytes) -> dict[str, Any]:
    entry = {"type": "file", "path": name, "size": len(content), "oid": _digest("", content)}
    if name.endswith(_LARGE):
        return {**entry, "lfs": {"oid": _digest(name, content), "size": len(content), "pointerSize": 130}}
    return entry
