"""Tokenizers are opened once per content: copies cut texts alike, and another content is another tokenizer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from stepstone.learning.opened import NUM_OPEN, OpenTokenizers
from stepstone.learning.tokenizer import _load, copy_tokenizer, load_tokenizer, train_tokenizer
from tiny import sentences


class Loader:
    """Opens tokenizers, and counts."""

    def __init__(self) -> None:
        self.loaded: list[Path] = []

    def __call__(self, folder: Path):
        self.loaded.append(folder)
        return _load(folder)


@pytest.fixture
def saved(tiny: Path, tmp_path: Path) -> Path:
    """The tokenizer as a fine-tuning leaves it: with the length that it cut at."""
    (tmp_path / "saved").mkdir()
    copy_tokenizer(tiny, tmp_path / "saved", max_length=8)
    shutil.copy(tiny / "config.json", tmp_path / "saved")
    return tmp_path / "saved"


def test_the_same_content_is_opened_once_whatever_it_last_cut_at(tiny: Path, saved: Path) -> None:
    open_ones, load = OpenTokenizers(), Loader()
    first, again, other = (open_ones.get(folder, load) for folder in (tiny, tiny, saved))
    assert load.loaded == [tiny]
    assert first is not again
    assert (first.model_max_length, other.model_max_length) == (64, 8)
    text = sentences()[7]
    assert (
        first(text)["input_ids"]
        == again(text)["input_ids"]
        == other(text)["input_ids"]
        == _load(saved)(text)["input_ids"]
    )
    assert type(other) is type(_load(saved)) and other.special_tokens_map == _load(saved).special_tokens_map


def test_the_end_at_which_texts_are_cut_is_each_folders_own(tiny: Path, tmp_path: Path) -> None:
    """The library keeps it in tokenizer.json, where a call left it, and takes it from there."""
    folders = {"right": tiny, "left": tmp_path}
    used = _load(tiny)
    used.truncation_side = "left"
    used(["a heron mends"], truncation=True, max_length=5)
    used.save_pretrained(tmp_path)
    shutil.copy(tiny / "config.json", tmp_path)
    for order in (("right", "left"), ("left", "right")):
        open_ones = OpenTokenizers()
        found = {end: open_ones.get(folders[end], _load) for end in order}
        assert {end: tokenizer.truncation_side for end, tokenizer in found.items()} == {
            "right": "right",
            "left": "left",
        }
        cut = {end: one(sentences()[7], truncation=True, max_length=5)["input_ids"] for end, one in found.items()}
        assert cut["left"] != cut["right"]


def test_what_one_stage_sets_another_does_not_see(tiny: Path) -> None:
    one, other = load_tokenizer(tiny), load_tokenizer(tiny)
    one.model_max_length, one.truncation_side = 5, "left"
    assert other.model_max_length == 64 and other.truncation_side == "right"
    assert load_tokenizer(tiny).model_max_length == 64


def test_another_tokenizer_in_the_same_folder_is_noticed(tiny: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny, tmp_path / "changed")
    text = sentences()[3]
    before = load_tokenizer(folder)(text)["input_ids"]
    train_tokenizer(sentences()[:25], 40, 64).save_pretrained(folder)
    after = load_tokenizer(folder)
    assert after(text)["input_ids"] == _load(folder)(text)["input_ids"] != before
    table = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**table, "unk_token": "<mask>"}))
    assert load_tokenizer(folder).unk_token == "<mask>"


def test_few_are_kept_open(tiny: Path, tmp_path: Path) -> None:
    open_ones, load = OpenTokenizers(), Loader()
    folders = [shutil.copytree(tiny, tmp_path / str(number)) for number in range(NUM_OPEN + 1)]
    for number, folder in enumerate(folders):
        table = json.loads((folder / "tokenizer_config.json").read_text())
        (folder / "tokenizer_config.json").write_text(json.dumps({**table, "cls_token": f"<{number}>"}))
        open_ones.get(folder, load)
    open_ones.get(folders[-1], load)
    assert len(load.loaded) == NUM_OPEN + 1
    open_ones.get(folders[0], load)
    assert load.loaded[-1] == folders[0]
    assert len(open_ones._open) == NUM_OPEN


def test_a_copy_has_the_same_bytes_whatever_a_tokenizer_was_used_for(tiny: Path, tmp_path: Path) -> None:
    copies = [tmp_path / name for name in ("before", "after")]
    for folder in copies:
        folder.mkdir()
        copy_tokenizer(tiny, folder, max_length=17)
        # A call leaves in a tokenizer how it cut and padded, which the library would save with it.
        load_tokenizer(tiny)(["a heron mends"], truncation=True, max_length=5, padding="max_length", stride=1)
    before, after = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in copies)
    assert before == after
    assert before["tokenizer.json"] == (tiny / "tokenizer.json").read_bytes()
    assert load_tokenizer(copies[0]).model_max_length == 17
