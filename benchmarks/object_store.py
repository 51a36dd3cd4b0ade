"""Stores in buckets: several writers at once, connections that are cut, a slow listing: figures for docs/store.md.

    python benchmarks/object_store.py [--azurite COMMAND]

S3 is spoken by moto, a mock (`pip install obstore 'moto[server]'`); Azure's by Azurite, the emulator of its makers
(`npm install azurite`, COMMAND is its `azurite-blob`); the listing by a server here that has nothing but names.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import os
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from urllib.parse import parse_qs, urlparse

from stepstone.core.errors import UserError
from stepstone.core.model import HubModel
from stepstone.core.result import PretrainedResult
from stepstone.core.specs.encoder import PretrainedSpec
from stepstone.core.stage import Stage
from stepstone.store.cloud import CloudObjects
from stepstone.store.given import opened
from stepstone.store.listing import list_notes
from stepstone.store.store import Store

NUM_BYTES = 300_000
# The account that every Azurite has, and its key, as its documentation prints them.
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

MOCK = {"AWS_ACCESS_KEY_ID": "mock", "AWS_SECRET_ACCESS_KEY": "mock"}
AZURE = {"AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT, "AZURE_STORAGE_ACCOUNT_KEY": ACCOUNT_KEY}


def main() -> None:
    """Run all that what is installed allows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--azurite", help="its command azurite-blob")
    parser.add_argument("--writers", type=int, default=3)
    parser.add_argument("--keys", type=int, default=24)
    parser.add_argument("--records", type=int, default=100_000)
    asked = parser.parse_args()
    os.environ.update(MOCK, **AZURE)
    with s3() as port:
        _try_bucket("moto (S3)", "s3://stones", "AWS_ENDPOINT_URL", "", port, asked)
    if asked.azurite:
        with azure(asked.azurite) as port:
            _try_bucket("Azurite", "az://stones", "AZURE_STORAGE_ENDPOINT", f"/{ACCOUNT}", port, asked)
    for milliseconds in (0, 100):
        _try_listing(asked.records, milliseconds / 1000)


def _try_bucket(name: str, url: str, variable: str, path: str, port: int, asked: argparse.Namespace) -> None:
    """Writers at once, undisturbed and over a line that is cut."""
    os.environ[variable] = f"http://127.0.0.1:{port}{path}"
    _try_writers(f"{name}, undisturbed", f"{url}/plain", asked)
    with _cutting(port) as cutter:
        os.environ[variable] = f"http://127.0.0.1:{cutter.port}{path}"
        _try_writers(f"{name}, connections cut", f"{url}/cut", asked)
        print(f"    {cutter.num_cut} of {cutter.num_connections} connections were cut")


def _try_writers(name: str, url: str, asked: argparse.Namespace) -> None:
    """Several processes on the same keys: one record each, and how often one was computed twice."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        with get_context("spawn").Pool(asked.writers) as pool:
            work = [(url, f"{folder}/{number}", asked.keys) for number in range(asked.writers)]
            found = pool.starmap(write, work)
        os.environ["STEPSTONE_CACHE"] = f"{folder}/reader"
        store = opened(url)
        whole = [stage.key for stage in _stages(asked.keys) if store.folder(stage.key)]
    computed, failed = (sum(each) for each in zip(*found, strict=True))
    print(
        f"{name}: {asked.writers} writers, {asked.keys} keys, {len(whole)} whole records, {computed} computed, "
        f"{failed} tries failed and were repeated, {time.monotonic() - began:.1f} s",
        flush=True,
    )
    assert len(whole) == asked.keys


def write(url: str, cache: str, num_keys: int) -> tuple[int, int]:
    """One writer until every key has its record; how many it computed, and how many tries failed."""
    os.environ["STEPSTONE_CACHE"] = cache
    stages, store, num_computed, num_failed = _stages(num_keys), opened(url), 0, 0
    random.shuffle(stages)
    while stages:
        for stage in list(stages):
            try:
                num_computed += _compute(store, stage)
            except UserError:
                num_failed += 1
        with suppress(UserError):
            stages = [stage for stage in stages if not store.complete(stage.key)]
    return num_computed, num_failed


def _compute(store: Store, stage: Stage) -> bool:
    """Whether it was computed here, for somebody else may be at it, or have been."""
    if store.complete(stage.key):
        return False
    attempt = store.start(stage.key)
    if attempt is None or store.complete(stage.key):
        if attempt is not None:
            store.drop(attempt)
        return False
    (attempt.folder / "model.safetensors").write_bytes(random.randbytes(NUM_BYTES))
    time.sleep(0.05)
    try:
        store.commit(stage, attempt, PretrainedResult(num_parameters=1, weights={}), 0.05, {})
    except UserError:
        store.drop(attempt)
        raise
    return True


def _stages(num: int) -> list[Stage]:
    models = [HubModel(name="tiny", repository="someone/tiny", revision=f"{number:07x}") for number in range(num)]
    return [
        Stage(spec=PretrainedSpec(model=model, content=model.revision), label=model.revision, coordinates={})
        for model in models
    ]


class _Cutter:
    """Passes bytes on between a client and a server, and cuts every second connection after some of them."""

    def __init__(self, server: int) -> None:
        self.num_connections = self.num_cut = 0
        self._server, self._draw = server, random.Random(1)
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                self.num_connections += 1
                left = self._draw.randint(100, 300_000) if self._draw.random() < 0.5 else None
                both = client, socket.create_connection(("127.0.0.1", self._server))
                for source, sink in (both, both[::-1]):
                    threading.Thread(target=self._pass, args=(source, sink, left), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, left: int | None) -> None:
        with suppress(OSError):
            while chunk := source.recv(65536):
                if left is not None and (left := left - len(chunk)) < 0:
                    self.num_cut += 1
                    break
                sink.sendall(chunk)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def _cutting(server: int) -> Iterator[_Cutter]:
    cutter = _Cutter(server)
    try:
        yield cutter
    finally:
        cutter.close()


def _try_listing(num: int, seconds: float) -> None:
    """All names of records, from a server that takes so long for a page of a thousand."""
    names = sorted(
        f"records/{key[:2]}/{key}.json"
        for key in (hashlib.sha256(bytes(str(i), "ascii")).hexdigest() for i in range(num))
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), _names_of(names, seconds))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{server.server_address[1]}"
    objects = CloudObjects.at("s3://stones")
    began = time.monotonic()
    one_by_one = sum(1 for _ in objects.list("records"))
    middle = time.monotonic()
    in_parts = len(list_notes(objects, "records"))
    print(
        f"listing {num:,} records, {seconds * 1000:.0f} ms a page: page by page {middle - began:.1f} s, "
        f"as the store does {time.monotonic() - middle:.1f} s",
        flush=True,
    )
    assert one_by_one == in_parts == num
    server.shutdown()


def _names_of(names: Sequence[str], seconds: float) -> type[BaseHTTPRequestHandler]:
    from bisect import bisect_left, bisect_right

    class Listing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = {name: values[0] for name, values in parse_qs(urlparse(self.path).query).items()}
            first, last = (bisect_left(names, asked["prefix"] + end) for end in ("", "\uffff"))
            first = max(first, bisect_right(names, asked.get("continuation-token", "")))
            page = names[first : min(last, first + 1000)]
            more = f"<NextContinuationToken>{page[-1]}</NextContinuationToken>" if first + 1000 < last else ""
            items = "".join(
                f'<Contents><Key>{name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"{name[8:40]}"'
                "</ETag><Size>9000</Size></Contents>"
                for name in page
            )
            body = f"<ListBucketResult>{items}{more}</ListBucketResult>".encode()
            time.sleep(seconds)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Listing


@contextmanager
def s3() -> Iterator[int]:
    """The port of a mock of S3 with the bucket `stones`."""
    command = shutil.which("moto_server")
    assert command, "moto_server is not installed: pip install 'moto[server]'"
    port = _free_port()
    with _serving([command, "-H", "127.0.0.1", "-p", str(port)]):
        _ask(urllib.request.Request(f"http://127.0.0.1:{port}/stones", method="PUT"))
        yield port


@contextmanager
def azure(command: str) -> Iterator[int]:
    """The port of Azure's emulator with the container `stones`."""
    port = _free_port()
    place = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence", "--disableTelemetry"]
    with _serving([command, *place, "--silent", "--skipApiVersionCheck"]):
        date = formatdate(usegmt=True)
        asked = f"/{ACCOUNT}/{ACCOUNT}/stones\nrestype:container"
        words = f"PUT{chr(10) * 12}x-ms-date:{date}\nx-ms-version:2021-08-06\n{asked}"
        key = base64.b64decode(ACCOUNT_KEY)
        signed = base64.b64encode(hmac.new(key, words.encode(), hashlib.sha256).digest()).decode()
        headers = {"x-ms-date": date, "x-ms-version": "2021-08-06", "Authorization": f"SharedKey {ACCOUNT}:{signed}"}
        url = f"http://127.0.0.1:{port}/{ACCOUNT}/stones?restype=container"
        _ask(urllib.request.Request(url, method="PUT", headers=headers))
        yield port


@contextmanager
def _serving(command: list[str]) -> Iterator[None]:
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        server.terminate()
        server.wait()


def _ask(request: urllib.request.Request) -> None:
    """As soon as the server is there."""
    for _ in range(300):
        with suppress(ConnectionError, urllib.error.URLError):
            urllib.request.urlopen(request).close()
            return
        time.sleep(0.1)
    raise SystemExit(f"{request.full_url} does not answer")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


if __name__ == "__main__":
    main()
