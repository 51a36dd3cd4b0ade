"""Probes of checkpoints: loss of masked pieces under the pretrained head, retrieval and alignment by layer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from transformers import AutoModel, AutoModelForMaskedLM

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.recipe import Limits, Runtime
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.probe import LayerProbeSpec, MlmProbeSpec, TextVectorResult, TextVectorSpec
from stepstone.core.uses import DataUse
from stepstone.families import classification
from stepstone.learning.batch import sample
from stepstone.learning.encoder import load_encoder
from stepstone.learning.heads import ManyHeads
from stepstone.learning.language_model import has_language_model, load_language_model
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.stages import evaluate, layer_probe, mlm_probe
from stepstone.stages import text_vector as text_vector_stage
from stepstone.stages.context import StageContext
from tiny import sentences

LIMITS = Limits(max_length=32)
NLI = BUILT_IN.task("xnli")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Running text in English, and sentences with what stands for translations: every other word, turned round."""
    texts = sentences()
    (tmp_path / "text" / "own").mkdir(parents=True)
    lines = "".join(f"d.{number}\t{text}\n" for number, text in enumerate(texts))
    (tmp_path / "text" / "own" / "en.txt").write_text(lines)
    turned = [" ".join(text.split()[::-2]) for text in texts]
    for name, side in (("deu", turned), ("eng", texts)):
        (tmp_path / f"tatoeba.deu-eng.{name}").write_text("\n".join(side[:40]) + "\n")
    return tmp_path


def context(folder: Path, parents: dict[str, Path], **runtime: int) -> StageContext:
    place = Place(folders=(folder,), cache=folder / "cache", use_hub=False)
    return StageContext(place, BUILT_IN, Runtime(device="cpu", **runtime), folder / "resume", parents)


def mlm(folder: Path, checkpoint: Path, encoder: Path, num: int | None = 40, head: str = "", **runtime: int) -> float:
    data = DataUse(task="text", split="train", language="en", content="x", family_version=1, num_examples=num)
    parents = {"checkpoint": checkpoint, "encoder": encoder}
    result = mlm_probe.run(
        MlmProbeSpec(data=data, limits=LIMITS, head=head), folder, context(folder, parents, **runtime)
    )
    assert result.loss is not None and result.num_examples == (num or len(sentences()))
    return result.loss


@pytest.fixture
def trained(tiny: Path, tmp_path: Path) -> Path:
    """A fine-tuned checkpoint: another head, no language-model head, and an encoder that has moved."""
    model = classification.family.build(tiny, NLI, seed=1).model
    torch.manual_seed(1)
    with torch.no_grad():
        for weight in model.base_model.parameters():
            weight += 0.05 * torch.randn_like(weight)
    shutil.copytree(tiny, tmp_path / "trained")
    model.save_pretrained(tmp_path / "trained")
    return tmp_path / "trained"


def test_an_encoder_under_its_own_head_has_the_loss_of_its_whole_model(tiny: Path, folder: Path) -> None:
    own = load_language_model(tiny, tiny).state_dict()
    again = AutoModelForMaskedLM.from_pretrained(tiny).state_dict()
    assert own.keys() == again.keys() and all(torch.equal(own[name], again[name]) for name in own)
    # Nothing is learnt: no piece is much likelier than another.
    assert mlm(folder, tiny, tiny) == pytest.approx(torch.tensor(len(again["lm_head.bias"])).log().item(), abs=0.5)


def test_a_fine_tuned_checkpoint_is_read_under_the_encoder_s_head(tiny: Path, trained: Path) -> None:
    model, checkpoint = load_language_model(tiny, trained), AutoModel.from_pretrained(trained)
    pretrained = AutoModelForMaskedLM.from_pretrained(tiny)
    base = dict(model.base_model.named_parameters())
    assert all(torch.equal(base[name], weight) for name, weight in checkpoint.named_parameters() if name in base)
    assert torch.equal(model.lm_head.dense.weight, pretrained.lm_head.dense.weight)
    # The output stays tied, to the embeddings of the checkpoint.
    assert model.lm_head.decoder.weight is model.get_input_embeddings().weight
    assert not torch.equal(model.lm_head.decoder.weight, pretrained.lm_head.decoder.weight)


def test_the_loss_depends_on_the_checkpoint_and_not_on_how_it_is_cut_into_batches(
    tiny: Path, trained: Path, folder: Path
) -> None:
    found = mlm(folder, trained, tiny)
    assert found != pytest.approx(mlm(folder, tiny, tiny), abs=1e-3)
    assert found == pytest.approx(mlm(folder, trained, tiny, eval_tokens=1), rel=1e-6)
    assert found == mlm(folder, trained, tiny)


def test_an_encoder_saved_without_its_head_is_known_and_refused(tiny: Path, folder: Path) -> None:
    headless = folder / "headless"
    shutil.copytree(tiny, headless)
    AutoModel.from_pretrained(tiny).save_pretrained(headless)
    assert has_language_model(tiny) and not has_language_model(headless)
    with pytest.raises(UserError, match="no language-model head"):
        mlm(folder, headless, headless)


def test_a_mixture_is_read_under_the_head_that_it_trained(tiny: Path, folder: Path) -> None:
    whole = AutoModelForMaskedLM.from_pretrained(tiny)
    torch.manual_seed(2)
    with torch.no_grad():
        whole.lm_head.bias += torch.randn_like(whole.lm_head.bias)
    for name in ("whole", "mixed"):
        shutil.copytree(tiny, folder / name, ignore=shutil.ignore_patterns("*.safetensors"))
    whole.save_pretrained(folder / "whole")
    ManyHeads(load_encoder(tiny).model, {"mlm": whole}).save(folder / "mixed", {"mlm": {}})
    own = mlm(folder, folder / "mixed", tiny, head="mlm")
    assert own == pytest.approx(mlm(folder, folder / "whole", folder / "whole"), rel=1e-6)
    assert own != pytest.approx(mlm(folder, folder / "mixed", tiny), abs=1e-2)


def test_every_layer_comes_from_one_pass_and_the_target_s_layer_has_the_target_s_score(
    trained: Path, folder: Path
) -> None:
    data = DataUse(task="tatoeba", split="test", language="de", content="x", family_version=1)
    names = {"metric": "nearest_neighbour", "definition": "xtreme-2020", "limits": LIMITS}
    here = context(folder, {"checkpoint": trained})
    found = layer_probe.run(LayerProbeSpec(data=data, **names), folder, here)
    assert len(found.retrieval) == len(found.alignment) == 3 and found.num_examples == 40
    scores = [
        evaluate.run(EvaluateSpec(data=data, layer=layer, **names), folder, here).scores.value for layer in range(3)
    ]
    assert list(found.retrieval) == scores and len(set(scores)) > 1
    # Nearest from both sides is at least nearest from one.
    assert all(one <= other for one, other in zip(found.alignment, found.retrieval, strict=True))
    # int(0.6 x layers) is the target's own choice.
    assert evaluate.run(EvaluateSpec(data=data, **names), folder, here).scores.value == found.retrieval[1]


def text_vector(folder: Path, encoder: Path, task: str, language: str, **spec: int) -> TextVectorResult:
    split = "train" if task == "text" else "test"
    data = DataUse(task=task, split=split, language=language, content="x", family_version=1, num_examples=30)
    here = context(folder, {"checkpoint": encoder})
    return text_vector_stage.run(TextVectorSpec(data=data, limits=LIMITS, **spec), folder, here)


@pytest.mark.parametrize("layer", [None, 0, 1])
def test_a_text_vector_is_the_mean_over_texts_of_the_mean_over_their_pieces(
    tiny: Path, folder: Path, layer: int | None
) -> None:
    found = text_vector(folder, tiny, "text", "en", **({} if layer is None else {"layer": layer}))
    assert found.num_examples == 30
    tokenizer, model = load_tokenizer(tiny), AutoModel.from_pretrained(tiny).eval()
    lines = (folder / "text" / "own" / "en.txt").read_text().splitlines()
    texts = [line.partition("\t")[2] for line in lines]
    places = sample(len(texts), 30, 0)
    means = []
    for place in places:
        encoded = tokenizer(texts[place], truncation=True, max_length=32, return_tensors="pt")
        with torch.inference_mode():
            states = model(**encoded, output_hidden_states=True).hidden_states
        means.append(states[-1 if layer is None else layer][0].mean(dim=0))
    assert list(found.vector) == pytest.approx(torch.stack(means).mean(dim=0).tolist(), abs=1e-5)


def test_all_texts_of_an_example_are_read(tiny: Path, folder: Path) -> None:
    pairs, lines = text_vector(folder, tiny, "tatoeba", "de"), text_vector(folder, tiny, "text", "en")
    assert pairs.num_examples == 30 and pairs.vector != lines.vector
