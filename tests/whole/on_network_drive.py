"""Two machines on one store over a network drive, one of them lost: every stage once, the bits of a local disk.

    python tests/whole/on_network_drive.py FOLDER         # needs sshfs, OpenSSH's sftp-server, and root for a namespace

FOLDER/back is mounted twice through sshfs, which remembers what it listed for twenty seconds, as FOLDER/one and
FOLDER/two; where something is mounted there already, as by NFS, that is taken. The second run has numbers of processes
and of the machine's start of its own, as on another machine: leases alone tell it that the first is lost.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests")]
from whole_study import STUDY, results_of  # noqa: E402 - the tests' folder is not a package

SERVERS = ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server")
BOOT = "/proc/sys/kernel/random/boot_id"


def main(folder: Path) -> int:
    """Run, lose one, compare; returns 0 where all is as it should be."""
    study = folder / "killed.toml"
    for name in ("back", "one", "two"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    study.write_text(STUDY.replace("[lab]", "seeds = [1, 2]\n[lab]", 1), encoding="utf-8")
    (folder / "boot").write_text("another machine\n", encoding="utf-8")
    if all((folder / name).is_mount() for name in ("one", "two")):
        return _disturb(folder, study)
    server = folder / "server.sh"
    server.write_text(f"#!/bin/sh\nexec {next(path for path in SERVERS if Path(path).exists())}\n", encoding="utf-8")
    server.chmod(0o755)
    for name in ("one", "two"):
        subprocess.run(["sshfs", "-o", f"ssh_command={server}", f"here:{folder / 'back'}", folder / name], check=True)
    try:
        return _disturb(folder, study)
    finally:
        for name in ("one", "two"):
            subprocess.run(["fusermount3", "-u", folder / name], check=False)


def _disturb(folder: Path, study: Path) -> int:
    first = _begin(study, folder / "one" / "store", folder / "one.log")
    elsewhere = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c"]
    moved = [*elsewhere, f'mount --bind {folder / "boot"} {BOOT}; exec "$@"', "sh"]
    second = _begin(study, folder / "two" / "store", folder / "two.log", *moved)
    while "done   own  " not in (folder / "one.log").read_text(encoding="utf-8"):
        assert first.poll() is None, (folder / "one.log").read_text(encoding="utf-8")
        time.sleep(0.2)
    time.sleep(2)
    os.killpg(first.pid, signal.SIGKILL)
    status = second.wait()
    _begin(study, folder / "local", folder / "local.log").wait()
    shared, alone = results_of(folder / "back" / "store"), results_of(folder / "local")
    tries = len(list((folder / "back" / "store" / "tries").glob("??/*/*")))
    print(f"status {status}; {len(shared)} stages, {tries} tries; equal to the bit: {shared == alone}")
    return int(status != 0 or shared != alone or tries > len(shared) + 1)


def _begin(study: Path, store: Path, log: Path, *before: str) -> subprocess.Popen[bytes]:
    command = [
        *before,
        sys.executable,
        "-m",
        "stepstone.cli",
        "run",
        str(study),
        "--store",
        str(store),
        "--workers",
        "1",
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    with log.open("wb") as out:
        out_of = ["--out", str(log.with_suffix(""))]
        return subprocess.Popen([*command, *out_of], stdout=out, stderr=out, env=env, start_new_session=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
