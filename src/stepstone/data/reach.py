"""Whether the hub can be asked: a folder that stands for it, its cache alone, or the network, tried once for a moment.

`HF_HUB_OFFLINE`, `HF_ENDPOINT`, `HF_HOME` and `HF_TOKEN` are the hub's own; `STEPSTONE_HUB_MIRROR` names a folder that
holds repositories as `<namespace>/<name>/...`, read instead of the hub.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from threading import Thread

from stepstone.core.errors import UserError
from stepstone.core.home import expanded

MIRROR = "STEPSTONE_HUB_MIRROR"
_OFFLINE = "HF_HUB_OFFLINE"
# Seconds for an answer of any kind; a name that nobody resolves may take longer, so that the wait itself is limited.
_SECONDS = 3.0
UNREACHABLE = "the hub cannot be reached, and this is not in its cache"


def mirror_folder(repository: str) -> Path | None:
    """The folder that stands for a repository; None: the hub itself is asked.

    Raises:
        UserError: the mirror has no such folder.
    """
    mirror = os.environ.get(MIRROR)
    if not mirror:
        return None
    folder = expanded(mirror) / repository
    if not folder.is_dir():
        raise UserError(f"the hub mirror has no {repository}", where=str(folder), remedy=f"unset {MIRROR}")
    return folder


def is_online() -> bool:
    """Whether the network may be asked; where it may not, the hub's libraries are set to their cache alone.

    The libraries would try for minutes; the hub is tried here once in a process, and its workers inherit the answer.
    """
    from huggingface_hub import constants

    if not constants.HF_HUB_OFFLINE and _answers(constants.ENDPOINT):
        return True
    os.environ[_OFFLINE] = "1"
    constants.HF_HUB_OFFLINE = True
    if "datasets" in sys.modules:
        sys.modules["datasets"].config.HF_HUB_OFFLINE = True
    return False


@cache
def _answers(endpoint: str) -> bool:
    """Whether anything answers there within a moment."""
    heard: list[bool] = []
    asking = Thread(target=lambda: heard.append(_ask(endpoint)), daemon=True)
    asking.start()
    asking.join(_SECONDS + 1)
    return bool(heard and heard[0])


def _ask(endpoint: str) -> bool:
    # A twentieth of a second to open, for a question that most commands do not ask.
    import ssl
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    try:
        urlopen(Request(endpoint, method="HEAD"), timeout=_SECONDS).close()
    except HTTPError:
        return True  # it answers
    except URLError as error:
        # The hub's libraries may know certificates that this does not.
        return isinstance(error.reason, ssl.SSLError)
    except (OSError, ValueError):
        return False
    return True
