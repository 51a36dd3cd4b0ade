"""A small study on a disk that is full again and again, a little larger each time: figures for docs/reliability.md.

    make full-disk STUDIES=3

The disk is a tmpfs of this run's own (mounting takes root). Each run must end by itself with a message that names the
full disk and a remedy, never in a traceback; the same command then continues on a disk that has a little more room.
In the end records, predictions and weights must be those of the study that always had room, to the bit.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from stepstone import cli
from stepstone.store.store import Store
from warm import Started
from whole_study import LIMIT, STUDY, results_of

# Kilobytes by which the disk grows from one run to the next: from less than any file to more than a checkpoint.
GROWTH = (4, 8, 16, 40, 100, 250)
FULL = re.compile("no space is left", re.IGNORECASE)
RUN = ("run", "killed.toml", "--workers", "1", "--device", "cpu", "--store", "disk/store", "--out", "disk/report")


def main() -> None:
    """Take as many studies through full disks as are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    draw, seen = random.Random(asked.seed), Counter[str]()
    with tempfile.TemporaryDirectory() as place:
        with _disk(Path(place) / "plain", 200_000) as folder:
            assert _run(folder)[0] == 0
            expected = results_of(folder / "disk" / "store")
        for number in range(asked.studies):
            with _disk(Path(place) / f"study-{number}", draw.choice(GROWTH)) as folder:
                _fill(folder, draw, seen)
                assert results_of(folder / "disk" / "store") == expected, f"{folder} has other bits"
            print(f"{seen.total()} full disks, {number + 1} studies with the bits of the undisturbed one", flush=True)
    for message, num in seen.most_common():
        print(f"{num:4}  {message}")


@contextmanager
def _disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A folder with the study and `disk`, which has so much room."""
    (folder / "disk").mkdir(parents=True)
    (folder / "killed.toml").write_text(STUDY, encoding="utf-8")
    _mount("tmpfs", kilobytes, folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder / "disk")], check=True)


def _mount(options: str, kilobytes: int, folder: Path) -> None:
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder / "disk")]
    if options == "remount":
        command = ["mount", "-o", f"remount,size={kilobytes}k", str(folder / "disk")]
    subprocess.run(command, check=True)


def _run(folder: Path) -> tuple[int, str]:
    """Exit status of the command line, and what it wrote."""
    status = Started(_stepstone, folder).wait(LIMIT)
    return status, (folder / "said").read_text(encoding="utf-8")


def _stepstone(folder: Path) -> None:
    """The command line, but that it does not look beforehand whether weights fit: it would not even begin."""
    Store.free_bytes = lambda _: 2**60
    with (folder / "said").open("wb") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    os.environ["COLUMNS"] = "400"
    os.chdir(folder)
    sys.argv = ["stepstone", *RUN]
    cli.main()


def _fill(folder: Path, draw: random.Random, seen: Counter[str]) -> None:
    """One study, run again on a disk that has grown until it is finished."""
    size = 4
    while True:
        status, said = _run(folder)
        if status == 0:
            return
        assert "Traceback" not in said, said
        assert FULL.search(said) and "free" in said, f"status {status} with no word of the disk:\n{said}"
        seen[next(line.strip()[:110] for line in said.splitlines() if FULL.search(line))] += 1
        size += draw.choice(GROWTH)
        _mount("remount", size, folder)


if __name__ == "__main__":
    main()
