"""Sizes that no machine has, and files that are barely TOML: refused where they stand, not hours later in a worker."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from stepstone.core.errors import UserError
from stepstone.core.home import expanded
from stepstone.core.model import ScratchModel
from stepstone.core.recipe import PretrainRecipe, Recipe
from stepstone.core.study import Study
from stepstone.core.toml import MAX_BYTES, parse_toml, read_toml

MINE = {"name": "m", "text": "text", "languages": ("en",)}
SIZES: dict[str, tuple[Any, ...]] = {
    "num_layers": (-1, 0, 10**9),
    "num_heads": (-1, 0, 3, 10**9),
    "hidden_size": (-4, 0, 33, 10**12),
    "vocab_size": (-5, 0, 10**12),
    "max_positions": (0, 1, 10**12),
    "dropout": (-1, 1, 2, float("nan")),
    "num_documents": (-1, 0),
    "initializer_range": (0, 1e9),
    "seed": (2**40, -1),
}
TRAINING: dict[str, tuple[Any, ...]] = {
    "num_steps": (0, 10**18),
    "num_epochs": (0, 1e300),
    "batch_size": (0, 10**18),
    "learning_rate": (0, -1, 100, 1e300),
    "weight_decay": (-1, 1e300),
    "adam_epsilon": (0, 1e300),
    "clip_norm": (0, 1e300),
    "warmup_ratio": (-0.1, 1, 2),
    "eval_every": (0, 10**18),
    "max_length": (0, 10**18),
    "doc_stride": (0, 10**18),
    "num_best": (0, 10**12),
    "lora_rank": (-1, 10**18),
    "average_last": (0, 10**18),
}


@pytest.mark.parametrize("field", SIZES)
def test_sizes_of_an_encoder_from_scratch_are_those_of_one(field: str) -> None:
    ScratchModel.model_validate(MINE)
    for size in SIZES[field]:
        with pytest.raises(ValidationError) as caught:
            ScratchModel.model_validate({**MINE, field: size})
        assert field in str(caught.value)


@pytest.mark.parametrize("field", TRAINING)
@pytest.mark.parametrize("recipe", [Recipe, PretrainRecipe])
def test_numbers_of_a_recipe_are_those_of_a_training(recipe: type[Recipe], field: str) -> None:
    for number in TRAINING[field]:
        with pytest.raises(ValidationError, match=field):
            recipe.model_validate({field: number})


def test_a_study_names_the_key_of_a_size_that_does_not_fit() -> None:
    table = {"name": "s", "models": ["m"], "target": {"xnli": {}}}
    scratch = {"text": "text", "languages": ["en"], "hidden_size": 33, "num_heads": 2}
    with pytest.raises(UserError, match=r"model.m.scratch: .*hidden_size: 33 is no multiple of num_heads = 2"):
        Study.parse({**table, "model": {"m": {"scratch": scratch}}})
    for change in ({"num_shots": [10**18]}, {"num_target_examples": [10**18]}, {"target": {"xnli": {"layer": 10**12}}}):
        with pytest.raises(UserError, match="less than or equal to"):
            Study.parse({**table, **change})


TOML = {
    "digits": (b"a = " + b"9" * 5000, "is not TOML"),
    "hexadecimal digits": (b"[b]\nc = [0x" + b"f" * 6000 + b"]", "b.c: is a whole number of more than 64 bits"),
    "a number of 65 bits": (b"a = 18446744073709551616", "a: is a whole number of more than 64 bits"),
    "arrays in arrays": (b"a = " + b"[" * 5000 + b"]" * 5000, "too deep"),
    "tables in tables": (b"a = " + b"{a=" * 5000 + b"1" + b"}" * 5000, "too deep"),
    "no end": (b"a = " + b"[" * 5000, "is not TOML|too deep"),
    "no calendar's date": (b"a = 2025-02-30", "is not TOML"),
    "UTF-16": ("a = 1".encode("utf-16"), "is not UTF-8"),
    "half of a character": (b'a = "\\ud800"', "is not TOML"),
    "a NUL": (b"a = 1\0", "is not TOML"),
    "a key of a thousand parts": (b"\n" + b".".join([b"a"] * 1000) + b" = 1", ":2: holds a key of more than 64 parts"),
    "a header of quoted parts": (b"[" + b" . ".join([b'"a"', b"'b'"] * 50) + b"]", ":1: holds a key of more than 64"),
    "too much": (b"#" * (MAX_BYTES + 1), "has more than"),
}


@pytest.mark.parametrize("kind", TOML)
def test_a_file_that_is_barely_toml_is_a_mistake_of_its_writer(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(TOML[kind][0])
    with pytest.raises(UserError, match=f"{path}.*({TOML[kind][1]})"):
        read_toml(path)


def test_what_comes_from_an_archive_has_the_bounds_of_a_file() -> None:
    with pytest.raises(UserError, match=r"study\.toml: has more than"):
        parse_toml(TOML["too much"][0], where="study.toml")


@pytest.mark.parametrize(
    "line", ["a" * 2**20, "a-" * 2**19, '"' * 2**20, "'a'" * 2**18, "a." * 60 + " ", "... " * 2**18]
)
def test_looking_for_a_deep_key_takes_no_longer_than_reading(line: str) -> None:
    """A search that grew with the square would take minutes here."""
    before = time.process_time()
    with pytest.raises(UserError, match="is not TOML"):
        parse_toml(line.encode(), where="study.toml")
    assert time.process_time() - before < 5


@pytest.mark.parametrize("number", ["inf", "-inf", "nan", "1e400"])
def test_what_is_no_number_is_none_in_a_study(number: str, tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(f'name = "s"\nmodels = ["m"]\n[target.xnli]\n[recipe]\nlearning_rate = {number}\n')
    with pytest.raises(UserError, match="recipe: learning_rate: Input should be a finite number"):
        Study.load(path)


@pytest.mark.parametrize("path", ["a\0b", "x" * 300, "d/" * 3000, "~nosuchuser/x", "é" * 200, "a\udcff"])
def test_a_path_that_no_system_has_is_refused(path: str) -> None:
    with pytest.raises(UserError):
        expanded(path)
    with pytest.raises(UserError):
        read_toml(Path(path))
