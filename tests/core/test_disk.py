"""What a disk refuses is said in words with a remedy, whichever library passed it on, and takes no worker with it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stepstone.core.disk import REFUSALS, refusal
from stepstone.core.errors import UserError
from stepstone.store.files import storage_errors

NAMED = (
    *("EACCES", "EDQUOT", "EEXIST", "EFBIG", "EIO", "EISDIR", "ELOOP", "EMFILE", "ENAMETOOLONG"),
    *("ENOLCK", "ENOSPC", "ENOTDIR", "EPERM", "EROFS", "ESTALE"),
)


@pytest.mark.parametrize("name", NAMED)
def test_every_refusal_has_a_remedy(name: str, tmp_path: Path) -> None:
    number = getattr(errno, name)
    with pytest.raises(UserError) as caught, storage_errors(tmp_path):
        raise OSError(number, os.strerror(number), str(tmp_path / "file"))
    assert str(caught.value).startswith(f"{tmp_path / 'file'}: ") and "remedy: " in str(caught.value)


@pytest.mark.parametrize(
    "said",
    [
        'Error while serializing: I/O error: Os { code: 28, kind: StorageFull, message: "No space left on device" }',
        "No space left on device (os error 28)",
        "[Errno 28] Error writing bytes to file. Detail: [errno 28] No space left on device",
    ],
)
def test_a_number_within_a_librarys_text_is_read(said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no space is left"), storage_errors(tmp_path):
        raise RuntimeError(said)


def test_what_came_of_a_refusal_is_one_and_what_is_said_already_stays(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="disk quota"), storage_errors(tmp_path):
        try:
            raise OSError(errno.EDQUOT, "Quota exceeded")
        except OSError as error:
            raise ValueError("cannot be saved") from error
    with pytest.raises(UserError, match="mine"), storage_errors(tmp_path):
        try:
            raise OSError(errno.ENOSPC, "No space")
        except OSError as error:
            raise UserError("mine") from error
    with pytest.raises(ZeroDivisionError), storage_errors(tmp_path):
        raise ZeroDivisionError
    assert refusal(FileNotFoundError(errno.ENOENT, "none")) is None and len(REFUSALS) > len(NAMED)


FULL = """
import sys
from safetensors.numpy import save_file
import numpy
from pathlib import Path
from stepstone.core.errors import UserError
from stepstone.store.files import storage_errors
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder = Path(sys.argv[1])
for write in (
    lambda: save_file({"a": numpy.zeros(9999)}, folder / "a.safetensors"),
    lambda: (folder / "b").write_bytes(bytes(9999)),
):
    try:
        with storage_errors(folder):
            write()
    except UserError as error:
        print(str(error).splitlines()[0])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits of files are Linux's")
def test_the_library_of_weights_meets_a_limit(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, timeout=100)
    lines = done.stdout.splitlines()
    assert len(lines) == 2 and all("larger than the file system or a limit allows" in line for line in lines), (
        done.stderr
    )
