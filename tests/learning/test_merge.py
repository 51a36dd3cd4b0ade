"""Merging against plain arithmetic: every method, weight by weight; unlike encoders are refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoModelForQuestionAnswering, AutoModelForSequenceClassification, BertConfig

from stepstone.core.arm import Merged
from stepstone.core.errors import UserError
from stepstone.learning.encoder import load_encoder, with_new_head
from stepstone.learning.merge import merge
from stepstone.learning.ties import merge_signs, nth_largest, trim
from stepstone.learning.tokenizer import copy_tokenizer, load_tokenizer

pytestmark = pytest.mark.slow

Arrays = dict[str, np.ndarray]


def _leave(origin: Path, folder: Path, seed: int, auto_class: type = AutoModelForSequenceClassification) -> Path:
    """A checkpoint with a head, all of whose weights were moved away from those of `origin`; in several files."""
    model = with_new_head(auto_class, origin, seed).model
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in model.parameters():
            value.add_(0.02 * torch.randn(value.shape, generator=generator))
    model.save_pretrained(folder, max_shard_size="50KB" if seed % 2 else "1GB")
    copy_tokenizer(origin, folder)
    return folder


@pytest.fixture(scope="module")
def trained(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three checkpoints of the tiny encoder: two under a head for texts, one under a head for spans."""
    root = tmp_path_factory.mktemp("trained")
    heads = [AutoModelForSequenceClassification, AutoModelForSequenceClassification, AutoModelForQuestionAnswering]
    return [_leave(tiny, root / str(seed), seed, head) for seed, head in enumerate(heads, start=1)]


def _arrays(folder: Path) -> Arrays:
    """As float64, under the encoder's names: what is in the files, read without the code that is tested."""
    state = {name: value for path in folder.glob("*.safetensors") for name, value in load_file(path).items()}
    return {
        name.removeprefix("roberta."): value.double().numpy()
        for name, value in state.items()
        if name.startswith("roberta.")
    }


def _how(method: str, num: int, **fields: object) -> Merged:
    over = {"over": "seeds"} if num == 1 else {}
    return Merged(merge=tuple("abc"[:num]), method=method, **over, **fields)  # type: ignore[arg-type]


def _merged(how: Merged, folders: list[Path], base: Path | None = None) -> Arrays:
    found = merge(how, folders, base)
    state = found.model.state_dict()
    assert not found.left_out
    return {name: state[name].double().numpy() for name in found.names}


def _same(found: Arrays, wanted: Arrays) -> None:
    assert found.keys() == wanted.keys()
    for name in wanted:
        np.testing.assert_allclose(found[name], wanted[name], rtol=0, atol=1e-6, err_msg=name)


def test_the_mean_is_that_of_every_weight(trained: list[Path]) -> None:
    one, two, three = map(_arrays, trained)
    found = _merged(_how("mean", 3), trained)
    _same(found, {name: (one[name] + two[name] + three[name]) / 3 for name in one})


def test_a_sum_adds_scaled_task_vectors_to_the_base(tiny: Path, trained: list[Path]) -> None:
    base, one, two = map(_arrays, [tiny, *trained[:2]])
    found = _merged(_how("sum", 2, scale=0.4), trained[:2], tiny)
    _same(found, {name: base[name] + 0.4 * (one[name] + two[name] - 2 * base[name]) for name in one})


def test_one_task_vector_may_be_scaled(tiny: Path, trained: list[Path]) -> None:
    base, one = _arrays(tiny), _arrays(trained[0])
    found = _merged(_how("sum", 1, scale=0.5), trained[:1], tiny)
    _same(found, {name: (base[name] + one[name]) / 2 for name in one})


def test_ties_trims_the_whole_vector_elects_signs_and_averages_what_agrees(tiny: Path, trained: list[Path]) -> None:
    base = _arrays(tiny)
    names = sorted(_arrays(trained[0]))
    flat = [np.concatenate([(_arrays(folder)[n] - base[n]).ravel() for n in names]) for folder in trained]
    kept = []
    for vector in flat:
        num = round(0.3 * len(vector))
        limit = np.sort(np.abs(vector))[-num]
        kept.append(np.where(np.abs(vector) >= limit, vector, 0))
    sign = np.sign(sum(kept))
    agree = [np.where(np.sign(vector) == sign, vector, 0) for vector in kept]
    count = sum((vector != 0).astype(int) for vector in agree)
    change = sum(agree) / np.maximum(count, 1)
    found = _merged(_how("ties", 3, density=0.3, scale=0.7), trained, tiny)
    moved = np.concatenate([(found[name] - base[name]).ravel() for name in names])
    # A value at the very limit may fall to either side of it for float noise.
    assert np.mean(np.abs(moved - 0.7 * change) > 1e-6) < 1e-4
    assert 0.3 < np.mean(np.abs(moved) > 1e-6) < 0.7


def test_ties_by_hand() -> None:
    one, two = torch.tensor([0.5, -3.0, 2.0, 0.1, 1.0]), torch.tensor([4.0, 2.0, 0.2, -0.3, -1.0])
    # Three of five are kept: magnitudes from 1 on of the first, from 1 on of the second.
    assert nth_largest(lambda: [one], 3) == 1.0 and nth_largest(lambda: [two[:2], two[2:]], 3) == 1.0
    trimmed = torch.stack([trim(one, 1.0), trim(two, 1.0)])
    assert trimmed.tolist() == [[0.0, -3.0, 2.0, 0.0, 1.0], [4.0, 2.0, 0.0, 0.0, -1.0]]
    # Alone, outweighed (-3 + 2 < 0), alone, nothing, of equal weight.
    assert merge_signs(trimmed).tolist() == [4.0, -3.0, 2.0, 0.0, 0.0]


@pytest.mark.parametrize("num", [1, 2, 500, 999, 1000])
def test_the_nth_largest_magnitude_is_exact(num: int) -> None:
    values = np.random.default_rng(num).normal(size=1000).astype(np.float32)
    values[::7] = values[3]
    parts = [torch.from_numpy(part) for part in np.array_split(values, 7)]
    assert nth_largest(lambda: parts, num) == np.sort(np.abs(values))[-num]


def test_a_lower_part_of_one_goes_under_the_upper_part_of_the_other(trained: list[Path]) -> None:
    one, two = map(_arrays, trained[:2])
    lower = "encoder.layer.0."
    found = _merged(_how("layers", 2, num_layers=1), trained[:2])
    _same(found, {name: (one if name.startswith(lower) else two)[name] for name in one})
    found = _merged(_how("layers", 2, num_layers=1, embeddings=True), trained[:2])
    _same(found, {name: (one if name.startswith(("embeddings.", lower)) else two)[name] for name in one})
    with pytest.raises(UserError, match="num_layers = 3, but it has 2 layers"):
        merge(_how("layers", 2, num_layers=3), trained[:2], None)


def test_products_are_those_of_task_vectors(tiny: Path, trained: list[Path]) -> None:
    base = _arrays(tiny)
    flat = [np.concatenate([(a[n] - base[n]).ravel() for n in sorted(a)]) for a in map(_arrays, trained)]
    found = merge(_how("sum", 3), trained, tiny)
    np.testing.assert_allclose(found.products, [[one @ two for two in flat] for one in flat], rtol=1e-4, atol=1e-6)


def _bert(folder: Path, tiny: Path, **sizes: int) -> Path:
    tokenizer = load_tokenizer(tiny)
    settings = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64} | sizes
    torch.manual_seed(5)
    AutoModel.from_config(BertConfig(vocab_size=len(tokenizer), pad_token_id=1, **settings)).save_pretrained(folder)
    copy_tokenizer(tiny, folder)
    return folder


def test_a_pooler_that_not_all_have_is_left_out(tiny: Path, tmp_path: Path) -> None:
    origin = _bert(tmp_path / "bert", tiny)
    texts = [_leave(origin, tmp_path / str(seed), seed) for seed in (1, 2)]
    spans = _leave(origin, tmp_path / "3", 3, AutoModelForQuestionAnswering)
    pair = _how("mean", 2)
    assert "pooler.dense.weight" in merge(pair, texts, None).names
    found = merge(pair, [texts[0], spans], None)
    assert found.left_out == ("pooler.dense.bias", "pooler.dense.weight")
    found.model.save_pretrained(tmp_path / "out", state_dict={n: found.model.state_dict()[n] for n in found.names})
    assert set(load_encoder(tmp_path / "out").new) == set(found.left_out)


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({"num_hidden_layers": 1}, r"it lacks 16 weights of it \(encoder.layer.1"),
        ({"num_hidden_layers": 3}, r"it has others \(encoder.layer.2"),
        ({"intermediate_size": 48}, r"encoder.layer.0.intermediate.dense.bias is \[48\], not \[64\]"),
    ],
)
def test_unlike_encoders_are_refused(tiny: Path, tmp_path: Path, sizes: dict[str, int], said: str) -> None:
    folders = [
        _leave(_bert(tmp_path / f"origin{seed}", tiny, **more), tmp_path / f"{seed}", seed)
        for seed, more in ((1, {}), (2, sizes))
    ]
    with pytest.raises(UserError, match=said) as caught:
        merge(_how("mean", 2), folders, None)
    assert str(folders[1]) in str(caught.value) and "merge checkpoints that were trained from one encoder" in str(
        caught.value
    )
