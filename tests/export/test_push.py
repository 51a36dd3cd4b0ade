"""An export reaches the hub as one commit of the files that were listed; whatever is in the way is one message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import EvalResult, ModelCardData, constants

from local_hub import Hub, serving
from stepstone.core.errors import UserError
from stepstone.data import reach
from stepstone.export.push import check_repository, push, to_send


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serving(monkeypatch) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An export, with what nobody may send beside its files."""
    result = EvalResult(
        task_type="text-classification",
        dataset_type="xnli",
        dataset_name="XNLI (de)",
        metric_type="accuracy",
        metric_value=71.5,
    )
    data = ModelCardData(model_name="alpha", eval_results=[result], license="other")
    texts = {
        "README.md": f"---\n{data.to_yaml()}\n---\n\n# alpha\n",
        "config.json": "{}",
        "tokenizer.json": "{}",
        "vocab.txt": "a\n",
        "model.safetensors": "\0\1",
        "optimizer.pt": "pickled",
        ".env": "HF_TOKEN=secret",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


SENT = ["README.md", "config.json", "model.safetensors", "tokenizer.json", "vocab.txt"]


def test_what_is_listed_is_what_is_sent_in_one_commit(hub: Hub, folder: Path) -> None:
    listed = to_send(folder)
    assert [name for name, _ in listed] == SENT and dict(listed)["model.safetensors"] == 2
    assert not hub.calls
    assert push(folder, "org/name").endswith("/org/name/commit/1")
    assert hub.files == {"main": {name: (folder / name).read_bytes() for name in SENT}}
    assert len([call for call in hub.calls if "/commit/" in call]) == 1
    assert hub.made["name"] == "name" and hub.made["organization"] == "org" and not hub.made.get("private")
    assert b"model-index" in hub.files["main"]["README.md"]


def test_a_private_repository_and_a_branch_are_made(hub: Hub, folder: Path) -> None:
    push(folder, "org/name", private=True, revision="s1")
    assert hub.made.get("private") is True or hub.made.get("visibility") == "private"
    assert sorted(hub.files["s1"]) == SENT and not hub.files["main"]


def test_nothing_private_goes_into_a_public_repository(hub: Hub, folder: Path) -> None:
    hub.is_private = False
    with pytest.raises(UserError, match=r"--push org/name: is there and public; the export in .* is kept\n.*--private"):
        push(folder, "org/name", private=True)
    assert hub.files == {"main": {}}


@pytest.mark.parametrize(
    ("part", "status", "told"),
    [
        ("/repos/create", 401, "the hub does not accept the token"),
        ("/preupload/", 403, "the token may not write there"),
        ("/commit/", 403, "the token may not write there"),
        ("/preupload/", 404, "the hub has no such place to write to"),
        ("/commit/", 400, "the hub refused it: "),
    ],
)
def test_what_the_hub_refuses_is_one_message_and_the_export_stays(
    hub: Hub, folder: Path, part: str, status: int, told: str
) -> None:
    hub.refused = {part: status}
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(UserError) as caught:
        push(folder, "org/name")
    first, remedy = str(caught.value).splitlines()
    assert first.startswith(f"--push org/name: {told}") and first.endswith(f"the export in {folder} is kept")
    assert remedy.startswith("  remedy: ")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before and hub.files == {"main": {}}


def test_without_a_token_or_a_network_nothing_is_asked(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(reach, "_OFFLINE", "STEPSTONE_TEST_OFFLINE")
    monkeypatch.delenv("STEPSTONE_TEST_OFFLINE", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(UserError, match=r"the hub cannot be reached; the export in .* is kept\n.*HF_HUB_OFFLINE"):
        push(folder, "org/name")
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    with pytest.raises(UserError, match=r"there is no token for the hub; the export in .* is kept\n.*HF_TOKEN"):
        push(folder, "org/name")
    assert not hub.calls


@pytest.mark.parametrize("name", ["name", "a/b/c", "org/na me", "-org/name", "org/name.git", f"org/{97 * 'x'}"])
def test_a_name_that_the_hub_does_not_take_is_reported(name: str) -> None:
    with pytest.raises(UserError, match=rf"^--push {re.escape(name)}: is no repository of the hub: .*\n.*OWNER/NAME"):
        check_repository(name)


def test_a_card_that_the_hub_could_not_read_is_not_sent(hub: Hub, folder: Path) -> None:
    (folder / "README.md").write_text("---\n- a\n---\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"README\.md: is no model card: "):
        push(folder, "org/name")
    assert not hub.calls
