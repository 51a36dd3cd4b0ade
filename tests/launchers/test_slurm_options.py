"""What may be said about Slurm jobs, and what is wrong with what was said."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepstone.core.errors import UserError
from stepstone.launchers.find import find_launcher
from stepstone.launchers.slurm_options import read_options


def test_options_become_words_of_sbatch() -> None:
    given = ["account=nlp", "partition=a,b", "gres=gpu:a100:1", "gpus=1", "cpus=4", "mem=16G", "time=1-12"]
    words = read_options([*given, "sbatch=--qos=long", "sbatch=--exclude=n3", "constraint=a100&ib"]).words()
    assert words == [
        "--cpus-per-task=4",
        "--account=nlp",
        "--partition=a,b",
        "--constraint=a100&ib",
        "--gres=gpu:a100:1",
        "--mem=16G",
        "--time=1-12",
        "--qos=long",
        "--exclude=n3",
    ]
    assert read_options(["setup=module load cuda", "setup=ulimit -c 0"]).setup == ("module load cuda", "ulimit -c 0")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["acount=nlp"], "acount=nlp: slurm has no option 'acount'\n  remedy: did you mean \"account\""),
        (["nlp"], "nlp: is not NAME=VALUE\n  remedy: known names: account, partition"),
        (["account="], "account=: is one word"),
        (["account=a", "account=b"], "account is given more than once"),
        (["partition=a b"], "is one word, without blanks"),
        (["gpus=65"], "less than or equal to 64"),
        (["cpus=many"], "cpus=many: Input should be a valid integer"),
        (["mem=lots"], "mem=lots: "),
        (["time=soon"], "time=soon: is minutes, "),
        (["time=1:00"], "is 60 s, and work is saved 120 s before the end"),
        (["container='apptainer"], "is not what a shell reads"),
        (["sbatch=-p gpu"], "is a long option of sbatch"),
        (["sbatch=--requeue"], "--requeue is set by the launcher itself"),
        (["sbatch=--partition=gpu"], "is given as partition="),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(given: list[str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        read_options(given)
    assert message in str(caught.value) and "remedy: " in str(caught.value)


def test_a_launcher_without_options_refuses_them(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the launcher local has no options"):
        find_launcher("local")(1, tmp_path, ["partition=gpu"])
