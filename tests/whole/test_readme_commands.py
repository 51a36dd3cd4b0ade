"""The commands of the README, in its order and with its options, given on a small finished study."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from commands import commands_in
from whole.conftest import Command

pytestmark = pytest.mark.trains

TESTS = Path(__file__).resolve().parent.parent
README = (TESTS.parent / "README.md").read_text(encoding="utf-8")
STANDS_FOR = {
    "my_study.toml": "killed.toml",
    "OTHER.toml": "other.toml",
    "DATA": "files",
    "LABEL": "own/none/xnli/s1",
    "DIR": "exported",
    "FILE": "sealed.zip",
    "15m": "1s",
}
# What takes a network, an encoder, a benchmark or minutes is run by tests of its own.
ELSEWHERE = {
    "init": "test_five_commands_lead_to_a_first_result_of_one_s_own",
    "data get": "test_tables_are_fetched_and_counted_into_the_hub_s_cache",
    "claims": "test_a_study_that_was_not_run_has_claims_without_a_test",
    "submit": "test_what_was_written_is_shown_with_its_scores_and_its_gaps",
    "score": "test_scores_are_shown_with_their_rules_and_their_number",
    "verify": "test_a_seal_is_verified_with_a_re_run_and_one_changed_line_is_falsified",
}


def _lines() -> list[str]:
    return [line.partition("#")[0].removeprefix("stepstone").strip() for line in commands_in(README) if "#" in line]


def _is_elsewhere(line: str) -> bool:
    return any(line.startswith(f"{verb} ") for verb in ELSEWHERE)


def test_every_command_of_the_readme_s_list_is_run(finished: Path, tmp_path: Path, stepstone: Command) -> None:
    folder = Path(shutil.copytree(finished, tmp_path / "copy", symlinks=True))
    (folder / "other.toml").write_text((folder / "killed.toml").read_text().replace("1e-3", "2e-3"), encoding="utf-8")
    for split in ("xnli_test_en", "squad_dev_en"):
        (written,) = (folder / "store" / "cache" / "lab").glob(f"*-1/{split}/files")
        shutil.copytree(written, folder / "files", dirs_exist_ok=True)
    lines = [line for line in _lines() if not _is_elsewhere(line)]
    assert len(lines) > 10
    for line in lines:
        words = [STANDS_FOR.get(word, word) for word in line.split()]
        done = stepstone(folder, *words)
        # Its time was up, as was asked.
        expected = 124 if "1s" in words else 0
        assert done.returncode == expected, line + done.stdout + done.stderr
    assert (folder / "exported" / "README.md").is_file() and (folder / "sealed.zip").is_file()


def test_what_is_run_elsewhere_is_there() -> None:
    assert all(any(line.startswith(f"{verb} ") for line in _lines()) for verb in ELSEWHERE)
    written = "".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    assert all(re.search(rf"def {name}\(", written) for name in ELSEWHERE.values())
