"""Two and three processes train as one does: the same losses and weights, whoever continues what was begun."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from shutil import copytree
from threading import Event

import pytest
import torch
from torch import nn
from transformers import AlbertConfig, AlbertForSequenceClassification

import ranks_lesson
from learning_lesson import RECIPE, equal
from ranks_lesson import KINDS, NUM_STEPS, SMALL, STOP, Trained, mixture, train, trainings
from stepstone.core.errors import UserError
from stepstone.core.recipe import Runtime
from stepstone.learning.batch import cut_by_tokens
from stepstone.learning.device import rank_devices
from stepstone.learning.ranks import check_ranks

pytestmark = pytest.mark.trains

ALONE = Runtime(device="cpu", train_tokens=24)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ranks")


@pytest.fixture(scope="module")
def found(tiny: Path, folder: Path) -> dict[str, Trained]:
    """What several processes make, of which this one is the first."""
    train(tiny, folder / "one-begun", ALONE, stop=Event())
    for kind in KINDS:
        copytree(folder / "one-begun", folder / f"{kind}-taken")
    words = (sys.executable, ranks_lesson.__file__, str(tiny), str(folder))
    others = [subprocess.Popen([*words, str(number)]) for number in range(1, max(KINDS.values()))]
    try:
        made = trainings(tiny, folder, 0)
        assert [other.wait(600) for other in others] == [0] * len(others)
    finally:
        for other in others:
            other.kill()
    return made


@pytest.fixture(scope="module")
def alone(tiny: Path, folder: Path) -> Trained:
    return train(tiny, folder / "alone", ALONE)


def _assert_close(one: nn.Module, two: nn.Module) -> None:
    # A weight whose gradient is next to nothing is moved by the noise in it: by a hundredth of a step's length at most.
    for name, value in one.state_dict().items():
        torch.testing.assert_close(value, two.state_dict()[name], atol=RECIPE.learning_rate / 100, rtol=1e-4, msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_several_have_the_losses_of_one_step_by_step_and_its_weights(
    kind: str, found: dict[str, Trained], alone: Trained
) -> None:
    two = found[f"{kind}-whole"]
    assert two.losses == pytest.approx(alone.losses, abs=1e-6) and len(alone.losses) == NUM_STEPS
    _assert_close(two.model, alone.model)
    assert two.progress is not None and alone.progress is not None
    for ours, theirs in zip(two.progress.dev, alone.progress.dev, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-4)
    assert two.progress.num_tokens == alone.progress.num_tokens
    assert two.progress.num_trained == alone.progress.num_trained


@pytest.mark.parametrize("kind", KINDS)
def test_a_stopped_training_goes_on_bit_for_bit_with_as_many(kind: str, found: dict[str, Trained]) -> None:
    begun, ended = found[f"{kind}-begun"], found[f"{kind}-ended"]
    assert begun.progress is None and len(begun.losses) == STOP
    assert begun.losses + ended.losses == found[f"{kind}-whole"].losses
    assert equal(ended.model, found[f"{kind}-whole"].model)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stopped_training_of_several_goes_on_with_one(
    kind: str, tiny: Path, folder: Path, found: dict[str, Trained], alone: Trained
) -> None:
    rest = train(tiny, folder / f"{kind}-begun", ALONE)
    assert rest.losses == pytest.approx(alone.losses[STOP:], abs=1e-6)
    _assert_close(rest.model, alone.model)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stopped_training_of_one_goes_on_with_several(kind: str, found: dict[str, Trained], alone: Trained) -> None:
    rest = found[f"{kind}-taken"]
    assert rest.losses == pytest.approx(alone.losses[STOP:], abs=1e-6)
    _assert_close(rest.model, alone.model)


@pytest.mark.parametrize("kind", KINDS)
def test_several_heads_have_the_same_weights_and_accounts(
    kind: str, tiny: Path, folder: Path, found: dict[str, Trained]
) -> None:
    one, two = train(tiny, folder / f"{kind}-one", ALONE, given=mixture(tiny)), found[f"{kind}-mixed"]
    _assert_close(two.model, one.model)
    assert two.progress is not None and one.progress is not None
    for name, account in one.progress.portions.items():
        other = two.progress.portions[name]
        assert other.num_tokens == account.num_tokens
        for ours, theirs in zip((*other.norms, *other.losses), (*account.norms, *account.losses), strict=True):
            assert ours == pytest.approx(theirs, abs=1e-5)


def test_a_model_that_was_divided_is_an_ordinary_one_again(
    tiny: Path, tmp_path: Path, found: dict[str, Trained], alone: Trained
) -> None:
    model, plain = found["shards-whole"].model.cpu(), ranks_lesson.lesson(tiny)
    assert [type(part) for part in model.modules()] == [type(part) for part in alone.model.modules()]
    batch = plain.collate(plain.draw(0))
    torch.testing.assert_close(plain.loss(model.train(), batch), plain.loss(alone.model.train(), batch))
    model.save_pretrained(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["architectures"] == [type(model).__name__]


def test_sharded_points_are_divided_among_files(folder: Path, found: dict[str, Trained]) -> None:
    (point,) = (folder / "shards-begun").iterdir()
    names = {path.name for path in point.iterdir()}
    assert {"model-00001-of-00003.safetensors", "optimiser-00003-of-00003.safetensors"} < names
    sizes = [path.stat().st_size for path in sorted(point.glob("model-*"))]
    assert len(sizes) == 3 and max(sizes) < 1.3 * min(sizes)


@pytest.mark.parametrize("num_ranks", [1, 2, 3, 5])
def test_no_rank_has_more_than_its_budget(num_ranks: int) -> None:
    lengths = [3, 9, 4, 8, 8, 2, 30, 7, 7, 1, 1, 1]
    cuts = cut_by_tokens(lengths, 18, num_ranks)
    assert sorted(place for cut in cuts for place in cut) == list(range(len(lengths)))
    for cut in cuts:
        rows = [cut[rank::num_ranks] for rank in range(num_ranks)]
        widths = [len(own) * max(lengths[place] for place in own) for own in rows if own]
        assert all(width <= 18 or len(own) == 1 for width, own in zip(widths, rows, strict=False))


def test_what_cannot_be_shared_is_refused_before_training(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"6 devices are more than the 5 inputs of a step[\s\S]*give at most 5"):
        check_ranks(nn.Linear(1, 1), SMALL, Runtime(num_devices=6))
    config = AlbertConfig(vocab_size=20, embedding_size=8, hidden_size=8, intermediate_size=8, num_attention_heads=2)
    with pytest.raises(UserError, match=r"--shard: the encoder has no stack of layers"):
        check_ranks(AlbertForSequenceClassification(config), RECIPE, Runtime(num_devices=2, shard=True))
    with pytest.raises(UserError, match="nothing to divide a model among"):
        Runtime(shard=True)
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("cuda"))
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 2)
    assert rank_devices("cuda", 2) == ["cuda:0", "cuda:1"] and rank_devices("cpu", 3) == ["cpu"] * 3
    with pytest.raises(UserError, match=r"3 devices are asked for, and there is cuda:0, cuda:1 [\s\S]*give 2 or fewer"):
        rank_devices("cuda", 3)
    with pytest.raises(UserError, match="2 devices cannot be cuda:1"):
        rank_devices("cuda:1", 2)
