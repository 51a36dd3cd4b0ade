"""Whether a run of thousands of stages keeps its memory and its logs: resident memory of the run and of its workers.

    python benchmarks/long_run.py [--stages 2000] [--workers 1]

The stages are as small as they come: an encoder of 2 layers of width 32, trained for 2 steps under each of many seeds
and read off on 8 examples in four languages. Logs are those in the store, and what is printed. It fails where a process
grows by more than a tenth between a tenth of the stages and the last.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOST_GROWTH = 0.1
STUDY = """
name = "long"
models = ["own"]
languages = ["en", "de", "ja", "ko"]
seeds = [{seeds}]
[lab]
[model.own.scratch]
text = "text"
languages = ["en", "de", "ja", "ko"]
num_documents = 60
vocab_size = 600
hidden_size = 32
num_layers = 2
num_heads = 2
max_positions = 96
pretraining = {{ num_steps = 2, batch_size = 4, max_length = 48 }}
[recipe]
max_length = 64
eval_every = 2
num_steps = 2
batch_size = 4
selection = "last"
[target.xnli]
num_examples = 16
num_test = 8
"""
STAGES_OF_SEED = 5  # a training, and a score in each of four languages


def resident(process: int) -> float:
    """Resident memory in MB; 0 where there is no such process any more."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)


def children(process: int) -> list[int]:
    """The processes that a process started."""
    path = Path(f"/proc/{process}/task/{process}/children")
    return [int(number) for number in path.read_text(encoding="utf-8").split()] if path.exists() else []


def num_bytes(*places: Path) -> int:
    """What these files, and those in these folders, hold."""
    files = (file for place in places for file in (place.rglob("*") if place.is_dir() else (place,)))
    return sum(file.stat().st_size for file in files if file.is_file())


def watch(run: subprocess.Popen[bytes], store: Path, output: Path, moments: list[int]) -> list[tuple[float, float]]:
    """Memory of the run and of its largest worker at each number of stages, printed as it is reached."""
    found: list[tuple[float, float]] = []
    while len(found) < len(moments) and run.poll() is None:
        num = sum(len(files) for _, _, files in os.walk(store / "records"))
        if num >= moments[len(found)]:
            own, workers = resident(run.pid), list(map(resident, children(run.pid)))
            found.append((own, max(workers, default=0.0)))
            logs = num_bytes(store / "logs", output) / 1024
            print(f"{num:6,} stages: run {own:.0f} MB, worker {found[-1][1]:.0f} MB, logs {logs:.0f} KB", flush=True)
        time.sleep(0.2)
    return found


def main() -> None:
    """Run, watch, and fail where memory grew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stages", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    moments = [given.stages * part // 10 for part in range(1, 11)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seeds = range(1, 1 + -(-given.stages // STAGES_OF_SEED))
        (folder / "long.toml").write_text(STUDY.format(seeds=", ".join(map(str, seeds))), encoding="utf-8")
        command = [sys.executable, "-m", "stepstone.cli", "run", "long.toml", "--workers", str(given.workers)]
        command += ["--device", "cpu", "--store", "store"]
        with (folder / "output.txt").open("wb") as output:
            run = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
            found = watch(run, folder / "store", folder / "output.txt", moments)
            run.terminate()  # no report is wanted
            run.wait()
        if len(found) < len(moments):
            sys.exit((folder / "output.txt").read_text(encoding="utf-8")[-2000:])
    first, last = found[0], found[-1]
    sys.exit(any(after > before * (1 + MOST_GROWTH) for before, after in zip(first, last, strict=True)))


if __name__ == "__main__":
    main()
