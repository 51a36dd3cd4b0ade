"""Text and vocabulary of an encoder from scratch that cannot be had are refused by `plan`, with what would do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.model import ModelEntry
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.data.running_text import load_text
from stepstone.planning.plan import plan
from stepstone.planning.vocabulary import fewest_pieces

LANGUAGES = ["ar", "el", "en", "hi", "ja", "ko", "ru", "th", "zh"]  # a language of each script that is counted


def _study(vocab_size: int, second: str = "ja") -> Study:
    scratch = {"text": "text", "languages": ["en", second], "num_documents": 5, "vocab_size": vocab_size}
    model = {"own": {"scratch": {**scratch, "pretraining": {"num_steps": 1}}}}
    table = {
        "name": "s",
        "lab": {},
        "models": ["own"],
        "model": model,
        "languages": ["de"],
        "target": {"tatoeba": {"recipe": {"max_length": 32}}},
    }
    return Study.parse(table)


def test_a_vocabulary_that_no_text_fits_is_refused_with_the_smallest_that_may_do(tmp_path: Path) -> None:
    place = Place(cache=tmp_path, use_hub=False)
    with pytest.raises(
        UserError, match=r"model\.own\.scratch\.vocab_size: 134 word pieces .* of en, ja take; give 135"
    ):
        plan(_study(134), place)
    plan(_study(135), place)
    with pytest.raises(UserError, match=r'model\.own\.scratch\.languages: no language has the code "xx"'):
        plan(_study(135, "xx"), place)


def test_more_text_than_the_lab_can_write_is_refused_with_what_it_would_take(tmp_path: Path) -> None:
    place, study = Place(cache=tmp_path, use_hub=False), _study(135)
    scratch = {**(study.model["own"].scratch or {}), "num_documents": 10**9}
    large = study.model_copy(update={"model": {"own": ModelEntry(scratch=scratch)}})
    said = (
        r"num_documents: 2,000,000,000 documents in 2 languages take 1,000 GB of disk and 222 hours .* 500,000 or less"
    )
    with pytest.raises(UserError, match=said):
        plan(large, place)


@pytest.mark.slow
def test_no_text_is_learnt_with_fewer_pieces_and_the_message_has_the_number_that_works(tmp_path: Path) -> None:
    from stepstone.learning.tokenizer import train_tokenizer  # opens torch, for this test alone

    place = Place(cache=tmp_path, lab_seed=1, use_hub=False)
    texts = {code: load_text(BUILT_IN.task("text"), [code], (), place, 5) for code in LANGUAGES}
    for code, sentences in (*texts.items(), ("en,ja", texts["en"] + texts["ja"])):
        text = [sentence.text for sentence in sentences]
        with pytest.raises(UserError, match=r"^scratch\.vocab_size: 8 word pieces") as caught:
            train_tokenizer(text, 8, 16)
        (least,) = map(int, re.findall(r"give (\d+) or more", str(caught.value)))
        assert fewest_pieces(code.split(",")) <= least == len(train_tokenizer(text, least, 16))
