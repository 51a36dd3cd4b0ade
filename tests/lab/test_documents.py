"""Pretraining text: what is restated is so, what is denied is not, and one id says the same in all languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.solver import solve
from stepstone.core.errors import UserError
from stepstone.lab.documents import AnsweredQuestion, KindStatement, Statement, YesOrNo, draw_document
from stepstone.lab.draw import Draw
from stepstone.lab.lexicon import lexicon
from stepstone.lab.world import is_a
from stepstone.lab.write import write_text

DOCUMENTS = [draw_document(Draw("tests", i)) for i in range(400)]


def test_what_is_said_again_follows_from_the_facts() -> None:
    seen: dict[str, int] = {}
    for document in DOCUMENTS:
        facts = tuple(line.fact for line in document[:3] if isinstance(line, Statement))
        assert len(facts) == 3
        for line in document[3:]:
            if isinstance(line, YesOrNo):
                verdict = solve(facts, line.fact)
                assert verdict == ("entailment" if line.truth else "contradiction"), (facts, line)
                seen[f"{line.truth}"] = seen.get(f"{line.truth}", 0) + 1
            elif isinstance(line, Statement):
                seen[solve(facts, line.fact)] = seen.get(solve(facts, line.fact), 0) + 1
            elif isinstance(line, KindStatement):
                assert is_a(line.subject.head, line.kind.head)
    assert seen.get("contradiction", 0) == 0
    assert min(seen["True"], seen["False"], seen["entailment"]) > 100


def test_half_of_the_lines_ask_or_answer() -> None:
    lines = [line for document in DOCUMENTS for line in document[3:]]
    assert 0.4 < sum(isinstance(line, AnsweredQuestion | YesOrNo) for line in lines) / len(lines) < 0.7


def test_the_same_ids_stand_in_every_language(tmp_path: Path) -> None:
    paths = write_text(tmp_path, ["en", "ja", "sw"], 5, 20)
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        f"text/lab/{x}.txt" for x in ("en", "ja", "sw")
    ]
    rows = [[line.split("\t") for line in path.read_text("utf-8").splitlines()] for path in paths]
    assert all(len(row) == 2 and row[1] for table in rows for row in table)
    ids = [[name for name, _ in table] for table in rows]
    assert ids[0] == ids[1] == ids[2]
    assert ids[0][:2] == ["d000000.0", "d000000.1"]
    assert len(set(ids[0])) == len(ids[0])


def test_translations_name_the_same_people_and_numbers(tmp_path: Path) -> None:
    en, ko = (path.read_text("utf-8").splitlines() for path in write_text(tmp_path, ["en", "ko"], 6, 40))
    names = {lexicon("en")[f"name{i:02d}"]: lexicon("ko")[f"name{i:02d}"] for i in range(36)}
    for one, other in zip(en, ko, strict=True):
        assert all((name in one.split("\t")[1]) <= (told in other) for name, told in names.items())
        digits = [sorted(filter(str.isdigit, line.split("\t")[1])) for line in (one, other)]
        assert digits[0] == digits[1]


def test_other_seeds_tell_other_documents(tmp_path: Path) -> None:
    one = write_text(tmp_path / "a", ["en"], 1, 5)[0].read_bytes()
    assert one == write_text(tmp_path / "b", ["en"], 1, 5)[0].read_bytes()
    assert one != write_text(tmp_path / "c", ["en"], 2, 5)[0].read_bytes()


def test_nothing_to_write_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nothing to write"):
        write_text(tmp_path, [], 1, 5)
    with pytest.raises(UserError, match='no language "xx"'):
        write_text(tmp_path, ["xx"], 1, 5)
