"""Word pieces that a tokenizer does not know are counted in the texts of the language that an example belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepstone.core.example import Example, SpanExample, TextExample
from stepstone.core.example_sides import MiningExample, PairExample
from stepstone.core.result import EvaluateResult, FinetuneResult, Pieces
from stepstone.evidence.flags import describe_flag, piece_flags, training_flags
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.stages import pieces as counted
from stepstone.stages.pieces import count_pieces, pieces_of

KNOWN, UNKNOWN = "the miller", "渡し船"


@pytest.mark.parametrize(
    ("example", "share"),
    [
        (TextExample("1", KNOWN, None, "yes"), "none"),
        (TextExample("1", KNOWN, UNKNOWN, "yes"), "some"),
        (SpanExample("1", KNOWN, UNKNOWN, None), "some"),
        (PairExample("1", KNOWN, UNKNOWN), "none"),
        (PairExample("1", UNKNOWN, KNOWN), "some"),
        (MiningExample("1", UNKNOWN, "target", None), "none"),
        (MiningExample("1", UNKNOWN, "source", ()), "some"),
    ],
)
def test_texts_of_the_language_are_counted(example: Example, share: str, tiny: Path) -> None:
    pieces = count_pieces([example], load_tokenizer(tiny))
    assert (pieces.share > 1) == (share == "some") and pieces.unknown <= pieces.of


def test_pieces_are_counted_beside_words_and_characters(tiny: Path) -> None:
    pieces = count_pieces([TextExample("1", "the miller", "a  heron\n", "yes")], load_tokenizer(tiny))
    assert (pieces.words, pieces.characters) == (4, 15) and pieces.of >= 4 and pieces.unknown == 0
    assert Pieces.model_validate({"unknown": 0, "of": 9}).words is None, "older records do not say"


def test_of_many_examples_some_all_over_the_set_are_counted(tiny: Path) -> None:
    examples = [TextExample(str(place), UNKNOWN if place % 2 else KNOWN, None, "yes") for place in range(9001)]
    whole, half = count_pieces(examples[:2], load_tokenizer(tiny)), count_pieces(examples, load_tokenizer(tiny))
    assert half.of < 9001 * whole.of and half.share == pytest.approx(whole.share, abs=3)


def test_examples_that_come_again_are_not_counted_again(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(counted, "count_pieces", lambda *args: calls.append(1) or count_pieces(*args))
    examples = [TextExample("1", KNOWN, UNKNOWN, "yes")]
    first, again = pieces_of(examples, load_tokenizer(tiny)), pieces_of(list(examples), load_tokenizer(tiny))
    assert first == again == count_pieces(examples, load_tokenizer(tiny)) and calls == [1]


def test_no_text_has_no_share(tiny: Path) -> None:
    none = Pieces(unknown=0, of=0, words=0, characters=0)
    assert count_pieces([], load_tokenizer(tiny)) == none and none.share == 0


def test_a_share_above_one_per_cent_is_a_flag_of_evaluations_and_trainings() -> None:
    few, many = Pieces(unknown=1, of=100), Pieces(unknown=6, of=10)
    assert piece_flags(None) == piece_flags(few) == () and piece_flags(many) == ("unknown-pieces",)
    trained = {"num_steps": 1, "num_tokens": 9, "num_examples": 1, "num_features": 1, "num_cut": 0}
    assert training_flags(FinetuneResult(**trained, pieces=many)) == ("unknown-pieces",)
    assert training_flags(FinetuneResult(**trained)) == ()
    assert "unknown to the tokenizer" in describe_flag("unknown-pieces@nli.ja")
    assert EvaluateResult.model_fields["pieces"].default is None, "older records do not say"
