"""What the hub's libraries may not do: wait for as long as they are told to, ask for ever, take more than was said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from math import inf
from threading import Thread
from time import monotonic
from typing import Any

LONGEST = 60
"""Seconds that the hub may ask for before the same question; a longer wait is the user's to decide on."""
SILENCE = 20.0
"""Seconds without a byte after which nothing will come, at most; it is asked again a few times."""
SPAN, FEWEST = 60.0, 60_000
"""Seconds, and the bytes of a body that come in as many at least, or all of a head: what comes by the byte would be
waited for for days."""
MOST_TIMES = 10
"""How often one file is begun anew: a server that breaks off and cannot continue would be asked again for ever."""
_BETWEEN = "see what stands between this machine and the hub"
_LATER = f"{_BETWEEN}, or try later"
_SPARE = 2**20  # bytes: what is packed on the way may be a little longer than what is not
_BEGUN = Counter[str]()
_SIZES: dict[str, int] = {}


class FetchTimeoutError(Exception):
    """It would not end, or not in a time that anybody waits; the message says why, `remedy` what helps."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def http() -> Any:
    """The library that `huggingface_hub` speaks HTTP with: httpx, or what took its place."""
    from huggingface_hub import get_session

    return import_module(type(get_session()).__module__.partition(".")[0])


@contextmanager
def limits() -> Iterator[None]:
    """What `huggingface_hub` and `datasets` fetch within has these limits."""
    from huggingface_hub import get_session

    _BEGUN.clear()
    _SIZES.clear()
    client: Any = get_session()
    hooks = client.event_hooks
    send = client.send
    client.event_hooks = {"request": [*hooks["request"], _ask], "response": [*hooks["response"], _hear]}
    client.send = partial(_send, send)
    try:
        yield
    finally:
        client.event_hooks, client.send = hooks, send


def _send(send: Callable[..., Any], request: Any, *, stream: bool = False, **how: Any) -> Any:
    """An answer, its body unread where it is to stream; raises FetchTimeoutError where its head does not end.

    The library waits anew for each byte of a head, and says nothing in between: so it waits in a thread of its own.
    """
    done: Future[Any] = Future()
    Thread(target=_fulfil, args=(done, partial(send, request, stream=True, **how)), daemon=True).start()
    if not wait([done], SPAN).done:
        raise FetchTimeoutError(f"the hub has not answered to the end of a head in {SPAN:g} s", _LATER)
    response = done.result()
    if not stream:
        try:
            response.read()
        except BaseException:
            response.close()
            raise
    return response


def _fulfil(done: Future[Any], call: Callable[[], Any]) -> None:
    """What comes of a call, for another thread."""
    try:
        done.set_result(call())
    except BaseException as error:
        done.set_exception(error)


def _ask(request: Any) -> None:
    """Nothing is waited for without end: the library asks for lists of files so, and for files with a minute each."""
    timeouts = request.extensions.get("timeout", {})
    timeouts = {name: min(SILENCE, seconds or SILENCE) for name, seconds in timeouts.items()}
    request.extensions = {**request.extensions, "timeout": timeouts}


def _hear(response: Any) -> None:
    """Look at the head of an answer; raises FetchTimeoutError."""
    asked = response.headers.get("Retry-After", "").strip()
    if response.status_code >= 400 and asked.isdecimal() and int(asked) > LONGEST:
        why = f"the hub wants to be asked again in {int(asked):,} s ({response.status_code})"
        raise FetchTimeoutError(why, "give the same command again then; with a token (HF_TOKEN) the hub takes more")
    url = str(response.request.url)
    if response.request.method == "HEAD":
        said = response.headers.get("X-Linked-Size") or response.headers.get("Content-Length", "")
        if said.isdecimal():
            _SIZES[str(response.headers.get("Location") or url)] = int(said)
        return
    if response.status_code == 200:
        _BEGUN[url] += 1
        if _BEGUN[url] > MOST_TIMES:
            raise FetchTimeoutError("a file broke off again and again", "give the same command again later")
    is_unknown = "Content-Length" not in response.headers and response.status_code == 200 and url in _SIZES
    response.stream = _watched(response.stream, _SIZES[url] + _SPARE if is_unknown else inf)


def _watched(stream: Any, most: float) -> Any:
    """The bytes of an answer; raises FetchTimeoutError after so many, or where they come too slowly."""

    class Watched(http().SyncByteStream):  # type: ignore[misc]
        def __iter__(self) -> Iterator[bytes]:
            num_bytes, in_span, since = 0, 0, monotonic()
            for part in stream:
                num_bytes, in_span = num_bytes + len(part), in_span + len(part)
                if num_bytes > most:
                    raise FetchTimeoutError("a file does not end", _BETWEEN)
                if (now := monotonic()) - since > SPAN:
                    if in_span < FEWEST:
                        raise FetchTimeoutError(f"the hub sends {in_span:,} bytes in {SPAN:g} s", _LATER)
                    in_span, since = 0, now
                yield part

        def close(self) -> None:
            stream.close()

    return Watched()
