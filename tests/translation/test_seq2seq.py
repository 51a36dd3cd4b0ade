"""Translation by a model of the Hugging Face form, on a small one that was trained on what the lab tells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from small_translator import RELEASED, write_marian, write_small
from stepstone.core.errors import UserError
from stepstone.core.recipe import Runtime
from stepstone.core.translator import FolderTranslator
from stepstone.lab.files.nli import draw_pairs, tell_pair
from stepstone.lab.grammar import grammar
from stepstone.learning.progress import Stopped, TrainingContext
from stepstone.translation.codes import Codes, find_codes
from stepstone.translation.memory import NAME
from stepstone.translation.sentences import cut, join_translations
from stepstone.translation.seq2seq import EMPTY, LONG, Seq2Seq

EN, DE = grammar("en"), grammar("de")
PAIRS = [
    (tell_pair(EN, pair).hypothesis, tell_pair(DE, pair).hypothesis)
    for pair in draw_pairs(("mnli", "dev", 1), "dev", 12)
]
TEXTS = [text for text, _ in PAIRS]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small(tmp_path_factory.mktemp("translator"), PAIRS)


def opened(model: Path, resume: Path, stop: Event | None = None, tokens: int = 4096, **how: object) -> Seq2Seq:
    context = TrainingContext(Runtime(eval_tokens=tokens), resume, (), lambda event: None, stop or Event())
    given = FolderTranslator(name="small", folder=str(model), **{"num_beams": 2, "max_length": 32, **how})
    return Seq2Seq(model, given, "en", "de", context)


@pytest.mark.trains
def test_it_translates_what_it_was_taught(model: Path, tmp_path: Path) -> None:
    translator = opened(model, tmp_path)
    told = translator.translate([*TEXTS, *TEXTS, f"{TEXTS[0]} {TEXTS[1]}"])
    right = sum(told[one].text == other for one, other in PAIRS)
    assert right >= 10 and len(told) == 13
    assert translator.num_texts == 12, "a sentence is translated once, wherever it stands"
    assert told[f"{TEXTS[0]} {TEXTS[1]}"].text == f"{told[TEXTS[0]].text} {told[TEXTS[1]].text}"
    assert translator.quality(told)["round_trip"] > 60
    # Batches are cut otherwise, but say the same.
    assert opened(model, tmp_path / "other", tokens=64).translate(TEXTS) == {text: told[text] for text in TEXTS}


@pytest.mark.trains
def test_a_run_that_was_stopped_goes_on(model: Path, tmp_path: Path) -> None:
    stop = Event()
    stop.set()
    first = opened(model, tmp_path, stop, tokens=64)
    first.context.clock.earlier = 100.0
    with pytest.raises(Stopped):
        first.translate(TEXTS)
    assert 0 < first.num_texts < len(TEXTS)
    with (tmp_path / NAME).open("a") as file:
        file.write('["cut off')
    again = opened(model, tmp_path)
    written = len(again.memory.known)
    assert written == first.num_texts
    told = again.translate(TEXTS)
    assert len(again.memory.known) == len(TEXTS) and told == opened(model, tmp_path / "other").translate(TEXTS)
    # What the try before took is counted, too.
    assert again.num_texts == len(TEXTS) and again.num_tokens > first.num_tokens and again.context.clock.seconds > 100


@pytest.mark.trains
def test_what_it_cannot_read_is_lost_or_refused(model: Path, tmp_path: Path) -> None:
    long = " ".join(TEXTS[0].rstrip(".") for _ in range(20)) + "."
    assert opened(model, tmp_path).translate([long])[long].lost == LONG
    with pytest.raises(UserError, match="are unknown to the tokenizer"):
        opened(model, tmp_path).translate(["渡し船が出る。"])
    with pytest.raises(UserError, match=r'no piece for the language "de" \(looked for xyz_Latn'):
        opened(model, tmp_path, codes={"de": "xyz_Latn"})


@pytest.mark.slow
@pytest.mark.parametrize("write", RELEASED)
def test_models_of_every_released_form_are_opened_and_write(write: Callable[..., Path], tmp_path: Path) -> None:
    translator = opened(write(tmp_path / "model", [text for pair in PAIRS for text in pair]), tmp_path / "resume")
    named = {
        "write_marian": ([], None),
        "write_nllb": (["eng_Latn"], "deu_Latn"),
        "write_m2m100": (["__en__"], "__de__"),
        "write_mbart": (["en_XX"], "de_DE"),
        "write_t5": (["<2de>"], None),
    }[write.__name__]
    pieces = [translator.tokenizer.convert_ids_to_tokens(number) for number in translator.codes.before]
    forced = translator.codes.forced
    assert (pieces, forced and translator.tokenizer.convert_ids_to_tokens(forced)) == named
    told = translator.translate(TEXTS)
    # Untrained, it says nothing of use; but it reads the pieces and what it says is text.
    assert set(told) == set(TEXTS) and {outcome.lost for outcome in told.values()} <= {"", EMPTY}
    assert translator.num_tokens > 100 and any(outcome.text for outcome in told.values())
    assert ("round_trip" in translator.quality(told)) == (write is not write_marian)


@pytest.mark.slow
def test_half_precision_weights_translate_in_the_precision_that_is_asked_for(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForSeq2SeqLM

    folder = write_marian(tmp_path / "model", [text for pair in PAIRS for text in pair])
    AutoModelForSeq2SeqLM.from_pretrained(folder).half().save_pretrained(folder)
    model = opened(folder, tmp_path / "resume").model
    assert {value.dtype for value in (*model.parameters(), *model.buffers())} == {torch.float32}


def test_a_folder_that_holds_no_translator(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no translator can be opened here"):
        opened(tiny, tmp_path)


@pytest.mark.parametrize(
    ("pieces", "codes"),
    [
        (("eng_Latn", "jpn_Jpan"), Codes((0,), 1)),
        (("__en__", "__ja__"), Codes((0,), 1)),
        (("en_XX", "ja_XX"), Codes((0,), 1)),
        (("<2en>", "<2ja>"), Codes((1,))),
        ((">>eng<<", ">>jpn<<"), Codes((1,))),
        (("a", "b"), Codes()),
    ],
)
def test_languages_are_named_as_the_vocabulary_has_them(pieces: tuple[str, str], codes: Codes) -> None:
    known = {piece: place for place, piece in enumerate(pieces)}
    assert find_codes(known.get, "en", "ja", {}, is_pair=codes == Codes(), where="m") == codes


@pytest.mark.parametrize(
    ("tag", "piece"),
    [
        ("ar", "arb_Arab"),
        ("zh", "zho_Hans"),
        ("zh-Hant", "zho_Hant"),
        ("ko", "kor_Hang"),
        ("sw", "swh_Latn"),
        ("sv", "swe_Latn"),
    ],
)
def test_nllb_names(tag: str, piece: str) -> None:
    known = {"eng_Latn": 7, piece: 8}
    assert find_codes(known.get, "en", tag, {}, is_pair=False, where="m") == Codes((7,), 8)


def test_sentences_are_cut_and_joined_again() -> None:
    text = "Dr. Lee left at 5.30 p.m. on Monday. Why?\n\nHe ran.  So"
    parts = cut(text)
    assert "".join(parts) == text and parts[::2] == ["Dr. Lee left at 5.30 p.m. on Monday.", "Why?", "He ran.", "So"]
    assert join_translations(parts, ["A。", "B。", "C。", "D"], spaced=False) == "A。B。\n\nC。D"
    assert cut("出た。なぜ？走った。")[::2] == ["出た。", "なぜ？", "走った。"] and cut("") == [""]
    assert cut("One. ") == ["One. "]
