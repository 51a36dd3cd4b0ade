"""Folders of models as a plan reads them, for their digest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stepstone.core.errors import UserError
from stepstone.data.model_folder import digest_folder

pytestmark = pytest.mark.usefixtures("nothing_hangs")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    for name in ("config.json", "model.safetensors", "tokenizer.json", "special_tokens_map.json"):
        (tmp_path / name).write_text("{}")
    return tmp_path


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "special_tokens_map.json"])
def test_a_pipe_or_a_device_in_a_model_s_folder_is_not_waited_for(name: str, model: Path) -> None:
    digest_folder(model, model / "cache")
    for plant in (os.mkfifo, lambda path: path.symlink_to("/dev/zero")):
        (model / name).unlink()
        plant(model / name)
        with pytest.raises(UserError, match=f"{name}: is no regular file"):
            digest_folder(model, model / "cache")


def test_a_link_to_a_file_is_the_file(model: Path, tmp_path: Path) -> None:
    """The hub's cache is made of such links."""
    whole = digest_folder(model, tmp_path / "cache")
    (model / "tokenizer.json").rename(tmp_path / "elsewhere")
    (model / "tokenizer.json").symlink_to(tmp_path / "elsewhere")
    assert digest_folder(model, tmp_path / "cache") == whole
