"""Running text that holds what is evaluated is refused before anything is trained, unless it is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepstone.core.errors import UserError
from stepstone.planning.preflight import check_data


def _arms(**portion: object) -> dict:
    text = {"task": "text", "language": ["de", "en"], **portion}
    return {"nli": {"arms": {"en+mlm": ["mnli:en", text]}}}


def _write(data: Path, line: str) -> None:
    for code, text in (("de", "Ein Reiher wartet."), ("en", line)):
        path = data / "text" / "own" / f"{code}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"d.1\t{text}\nd.2\tSomething else.\n")


def test_a_passage_of_a_target_in_the_text_is_refused_with_its_corpus_and_language(make_plan, data: Path) -> None:
    _write(data, "The ferry left.")
    planned = make_plan(intermediate=_arms())
    with pytest.raises(UserError) as caught:
        check_data(planned, planned.stages)
    said = str(caught.value)
    assert "intermediate.nli: the corpus own of text in en holds the passages of 1 of the 1 examples of xquad" in said
    assert "allow_overlap = true" in said and "in de holds" not in said


def test_it_may_be_asked_for_and_other_text_passes(make_plan, data: Path) -> None:
    _write(data, "The ferry left.")
    planned = make_plan(intermediate=_arms(allow_overlap=True))
    assert check_data(planned, planned.stages).num_unread == 0
    _write(data, "A heron waits.")
    planned = make_plan(intermediate=_arms())
    assert check_data(planned, planned.stages).num_unread == 0


def test_text_that_is_not_there_is_named_with_its_language(make_plan, data: Path) -> None:
    _write(data, "A heron waits.")
    with pytest.raises(UserError, match="- text: train in ja"):
        make_plan(intermediate={"nli": {"arms": {"m": ["mnli:en", "text:ja"]}}})


def test_running_text_alone_asks_for_its_steps(make_plan, data: Path) -> None:
    _write(data, "A heron waits.")
    arms = {"arms": {"mlm": ["text:en"]}, "recipe": {"selection": "last"}}
    with pytest.raises(UserError, match=r"intermediate.more.recipe.num_steps: is missing"):
        make_plan(intermediate={"more": arms})
    planned = make_plan(intermediate={"more": {**arms, "recipe": {"selection": "last", "num_steps": 5}}})
    assert planned.num_stages["mixture"] == 2
