"""What can be wrong with the folder of a model: each kind is refused by its file before a training, or works."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from sentencepiece import SentencePieceTrainer
from transformers import (
    AutoModel,
    AutoModelForMultipleChoice,
    AutoTokenizer,
    BertConfig,
    BertModel,
    CamembertConfig,
    CanineConfig,
    ConvBertConfig,
    DistilBertConfig,
    FNetConfig,
    GPT2Config,
    LukeConfig,
    ModernBertConfig,
    ModernBertForMaskedLM,
    MPNetConfig,
    MT5Config,
    PreTrainedConfig,
    RoFormerConfig,
    XLMRobertaForMaskedLM,
    XLMRobertaForSequenceClassification,
    XLMRobertaModel,
    XLNetConfig,
    XmodConfig,
)

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.model import FolderModel
from stepstone.core.place import Place
from stepstone.core.recipe import Limits, Runtime
from stepstone.core.result import PretrainedResult
from stepstone.core.specs.encoder import PretrainedSpec
from stepstone.learning.encoder import load_encoder, load_whole, with_new_head
from stepstone.learning.layers import num_positions
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.stages.context import StageContext
from stepstone.stages.limits import check_max_length
from stepstone.stages.pretrained import run as obtain
from tiny import MODEL, sentences

pytestmark = pytest.mark.slow

SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 66,
    "pad_token_id": 1,
    "bos_token_id": 0,
    "eos_token_id": 2,
}
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 1112201288\n"


@pytest.fixture
def folder(tiny: Path, tmp_path: Path) -> Path:
    """A model folder that is whole, to be damaged."""
    return Path(shutil.copytree(tiny, tmp_path / "model"))


def take(folder: Path, notes: list[str] | None = None) -> PretrainedResult:
    """Obtain the model of a folder into `taken` beside it, as its stage does."""
    target = folder.parent / "taken"
    target.mkdir()
    spec = PretrainedSpec(model=FolderModel(name="own", folder=str(folder)), content="own")
    said = notes if notes is not None else []

    def report(event: dict[str, Any]) -> None:
        if event["event"] == "note":
            said.append(event["message"])

    return obtain(
        spec, target, StageContext(Place(), BUILT_IN, Runtime(device="cpu"), target / "resume", report=report)
    )


def refusal(folder: Path) -> str:
    with pytest.raises(UserError) as caught:
        take(folder)
    return str(caught.value)


def rewrite(folder: Path, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> None:
    path = folder / "model.safetensors"
    save_file(change(load_file(path)), path, metadata={"format": "pt"})


def edit(folder: Path, name: str, **fields: Any) -> None:
    """Set fields of a JSON file; None takes one out."""
    table = {**json.loads((folder / name).read_text(encoding="utf-8")), **fields}
    kept = {field: value for field, value in table.items() if value is not None}
    (folder / name).write_text(json.dumps(kept), encoding="utf-8")


def shard(folder: Path) -> None:
    """Save the weights in several files."""
    AutoModel.from_pretrained(folder).save_pretrained(folder, max_shard_size="30KB")
    (folder / "model.safetensors").unlink()


def replace_encoder(folder: Path, config: PreTrainedConfig) -> None:
    torch.manual_seed(0)
    AutoModel.from_config(config).save_pretrained(folder)


def vocab(folder: Path) -> int:
    return len(AutoTokenizer.from_pretrained(folder))


# Weights -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prefix",
    ["module.", "_orig_mod.", "0.auto_model.", "model.", "module._orig_mod.", "_fsdp_wrapped_module.", "auto_model."],
)
@pytest.mark.parametrize("is_sharded", [False, True])
def test_a_wrapper_s_prefix_is_taken_off_and_that_is_said(prefix: str, is_sharded: bool, folder: Path) -> None:
    whole = load_encoder(folder)
    if is_sharded:
        shard(folder)
        index = folder / "model.safetensors.index.json"
        parts = json.loads(index.read_text())["weight_map"]
        edit(folder, index.name, weight_map={prefix + name: part for name, part in parts.items()})
        for path in folder.glob("model-*.safetensors"):
            save_file({prefix + name: value for name, value in load_file(path).items()}, path)
    else:
        rewrite(folder, lambda weights: {prefix + name: value for name, value in weights.items()})
    notes: list[str] = []
    result = take(folder, notes)
    assert result.weights["unwrapped"] == [prefix] and result.weights["kept"] >= whole.num_kept
    assert f'"{prefix}" was taken off' in notes[0] and str(folder) in notes[0]
    again = load_encoder(folder.parent / "taken").model.state_dict()
    assert all(
        torch.equal(value, again[name]) for name, value in whole.model.state_dict().items() if "pooler" not in name
    )


def test_an_encoder_under_its_own_names_is_linked_as_it_is_and_only_its_pooler_is_new(folder: Path) -> None:
    result = take(folder)
    assert "unwrapped" not in result.weights and result.weights["new"] == ["pooler.dense.bias", "pooler.dense.weight"]
    assert (folder.parent / "taken" / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()


MODERN = {**SIZES, "cls_token_id": 0, "sep_token_id": 2}


def _tied_under_the_output_s_name(folder: Path, **changes: Any) -> torch.Tensor:
    """A ModernBERT as the hub's converter leaves it: tied weights keep the name that comes first."""
    torch.manual_seed(0)
    model = ModernBertForMaskedLM(ModernBertConfig(vocab_size=vocab(folder), **{**MODERN, **changes}))
    model.save_pretrained(folder)
    table = model.model.embeddings.tok_embeddings.weight.detach()
    rewrite(
        folder,
        lambda weights: {
            **{name: value for name, value in weights.items() if "tok_embeddings" not in name},
            "decoder.weight": table.clone(),
        },
    )
    return table


def test_embeddings_that_were_saved_as_the_output_tied_to_them_are_found(folder: Path) -> None:
    table = _tied_under_the_output_s_name(folder)
    notes: list[str] = []
    result = take(folder, notes)
    assert result.weights["tied"] == ["decoder.weight"] and result.weights["new"] == []
    assert "tied to decoder.weight" in notes[0]
    again = load_encoder(folder.parent / "taken").model.state_dict()
    assert torch.equal(again["embeddings.tok_embeddings.weight"], table)


def test_an_output_that_is_not_tied_is_no_embedding(folder: Path) -> None:
    _tied_under_the_output_s_name(folder, tie_word_embeddings=False)
    assert "1 of the encoder's" in refusal(folder)


def _under_unknown_names(folder: Path) -> None:
    rewrite(folder, lambda weights: {f"student.net.{name}": value for name, value in weights.items()})


def _two_in_one_file(folder: Path) -> None:
    rewrite(
        folder,
        lambda weights: {
            prefix + name: value.clone() for name, value in weights.items() for prefix in ("model.", "module.")
        },
    )


def _without_a_layer(folder: Path) -> None:
    rewrite(folder, lambda weights: {name: value for name, value in weights.items() if ".layer.1." not in name})


def _wrapped_without_a_layer(folder: Path) -> None:
    _without_a_layer(folder)
    rewrite(folder, lambda weights: {f"module.{name}": value for name, value in weights.items()})


def _within_a_layer(folder: Path, name: str) -> None:
    rewrite(folder, lambda weights: {**weights, f"roberta.encoder.layer.1.{name}": torch.ones(3, 4)})


def _without_one_bias(folder: Path) -> None:
    rewrite(
        folder, lambda weights: {name: value for name, value in weights.items() if "1.output.dense.bias" not in name}
    )


def _not_a_number(folder: Path) -> None:
    def spoil(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        weights["roberta.encoder.layer.1.output.dense.weight"][0, 0] = float("nan")
        return weights

    rewrite(folder, spoil)


def _as_bytes(folder: Path) -> None:
    rewrite(folder, lambda weights: {name: (value * 10).to(torch.int8) for name, value in weights.items()})


def _zeros(folder: Path) -> None:
    rewrite(folder, lambda weights: {name: torch.zeros_like(value) for name, value in weights.items()})


def _lost_shard(folder: Path) -> None:
    shard(folder)
    next(folder.glob("model-00002*.safetensors")).unlink()


def _lost_index(folder: Path) -> None:
    shard(folder)
    (folder / "model.safetensors.index.json").unlink()


def _index_without_map(folder: Path) -> None:
    shard(folder)
    edit(folder, "model.safetensors.index.json", weight_map=None)


def _cut(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


FAULTS: dict[str, tuple[Callable[[Path], Any], tuple[str, ...]]] = {
    "unknown names": (_under_unknown_names, ("37 of the encoder's 39", "student.net.lm_head.bias", "save_pretrained")),
    "two models in one file": (_two_in_one_file, ("of the encoder's 39 weights are not in",)),
    "a missing layer": (_without_a_layer, ("16 of the encoder's 39", "encoder.layer.1.", "num_hidden_layers")),
    "a missing layer, wrapped": (_wrapped_without_a_layer, ("16 of the encoder's 39", "encoder.layer.1.")),
    "a missing bias": (_without_one_bias, ("1 of the encoder's 39", "encoder.layer.1.output.dense.bias")),
    "a deeper config": (lambda folder: edit(folder, "config.json", num_hidden_layers=3), ("16 of the encoder's 55",)),
    "a shallower config": (
        lambda folder: edit(folder, "config.json", num_hidden_layers=1),
        ("config.json: has fewer layers than the weights", "16 would be left out", "encoder.layer.1."),
    ),
    "a config without layers": (
        lambda folder: edit(folder, "config.json", num_hidden_layers=0),
        ("config.json: has fewer layers than the weights", "32 would be left out"),
    ),
    "a config of many layers": (
        lambda folder: edit(folder, "config.json", num_hidden_layers=10**7),
        ("config.json: num_hidden_layers is 10,000,000", "from the same checkpoint"),
    ),
    "a config of a huge encoder": (
        lambda folder: edit(folder, "config.json", vocab_size=10**12),
        ("config.json: describes an encoder of 32,000,0", "files hold 30,485"),
    ),
    "weights as bytes": (_as_bytes, ("37 weights of the encoder are stored as I8", "was quantised from")),
    "weights of zeros": (_zeros, ("the same state for every piece of every text", "copy their files again")),
    "adapters alone": (
        lambda folder: (folder / "model.safetensors").rename(folder / "adapter_model.safetensors"),
        ("it has adapter_model.safetensors", "merge_and_unload"),
    ),
    "a wider config": (
        lambda folder: edit(folder, "config.json", intermediate_size=256),
        ("config.json: 6 weights have other shapes", "[128], not [256]"),
    ),
    "a larger vocabulary in the config": (
        lambda folder: edit(folder, "config.json", vocab_size=vocab(folder) + 10),
        ("config.json: 1 weights have other shapes", "embeddings.word_embeddings.weight"),
    ),
    "not a number": (_not_a_number, ("1 weights hold values that are not finite", "layer.1.output.dense.weight")),
    "a lost shard": (_lost_shard, ("model-00002", "names it and it is not there", "copy it there too")),
    "a lost index": (_lost_index, ("has neither model.safetensors nor", "model-00001", "index.json there too")),
    "an index without its map": (_index_without_map, ("index.json: has no weight_map",)),
    "cut weights": (_cut, ("model.safetensors: is cut short", "copy it there again")),
    "empty weights": (
        lambda folder: (folder / "model.safetensors").write_bytes(b""),
        ("model.safetensors: is cut short or no safetensors file (0 bytes",),
    ),
    "a pointer for weights": (
        lambda folder: (folder / "model.safetensors").write_text(POINTER),
        ("model.safetensors: is a pointer of Git LFS", "git lfs pull"),
    ),
    "a pointer for a tokenizer": (
        lambda folder: (folder / "tokenizer.json").write_text(POINTER),
        ("tokenizer.json: is a pointer of Git LFS", "git lfs pull"),
    ),
    "a pointer for pieces": (
        lambda folder: (folder / "sentencepiece.bpe.model").write_text(POINTER),
        ("sentencepiece.bpe.model: is a pointer of Git LFS",),
    ),
    "pickles alone": (
        lambda folder: (folder / "model.safetensors").rename(folder / "pytorch_model.bin"),
        ("holds no safetensors weights", "pickled ones are never opened"),
    ),
    # The config.
    "a config that is no JSON": (
        lambda folder: (folder / "config.json").write_text('{\n "model_type": "bert",\n'),
        ("config.json:3: is not JSON", "copy it there again"),
    ),
    "a config of 10,000 brackets": (
        lambda folder: (folder / "config.json").write_text('{"a": ' + "[" * 10_000 + "]" * 10_000 + "}"),
        ("config.json: is nested too deep", "copy it there again"),
    ),
    "a number of 5,000 digits in a file that nothing reads": (
        lambda folder: (folder / "generation_config.json").write_text('{"a": ' + "9" * 5000 + "}"),
        ("generation_config.json: is nested too deep, or holds thousands of digits",),
    ),
    "a head of a billion labels": (
        lambda folder: edit(folder, "config.json", num_labels=10**9),
        ("no model can be opened here", "num_labels is 1,000,000,000"),
    ),
    "a head that cannot be made": (
        lambda folder: edit(folder, "config.json", classifier_dropout=5),
        ("config.json: AutoModelForSequenceClassification cannot be made of it", "between 0 and 1", "classifier_drop"),
    ),
    "weights that say they are quantised": (
        lambda folder: edit(folder, "config.json", quantization_config={"quant_method": "bitsandbytes"}),
        ("config.json: says that its weights are quantised (bitsandbytes)", "take quantization_config out of it"),
    ),
    "positions of a kind that the library has no more": (
        lambda folder: _within_a_layer(folder, "attention.self.distance_embedding.weight"),
        ("1 weights within its layers are none that xlm-roberta has", "distance_embedding"),
    ),
    "adapters within the layers": (
        lambda folder: _within_a_layer(folder, "output.adapters.ja.adapter_down.0.weight"),
        ("1 weights within its layers are none that xlm-roberta has", "adapters are merged"),
    ),
    "adapters beside the weights": (
        lambda folder: (folder / "adapter_config.json").write_text('{"peft_type": "LORA"}'),
        ("adapter_config.json: names adapters beside the whole weights", "merge_and_unload"),
    ),
    "a dropout that leaves nothing": (
        lambda folder: edit(folder, "config.json", hidden_dropout_prob=1),
        ("config.json: hidden_dropout_prob = 1 leaves nothing",),
    ),
    "a config that is a list": (
        lambda folder: (folder / "config.json").write_text("[1]"),
        ("config.json: is no table of names and values", "copy it there again"),
    ),
    "a size that is a text": (
        lambda folder: edit(folder, "config.json", hidden_size="32"),
        ("no model can be opened here", "hidden_size"),
    ),
    "a config without an architecture": (
        lambda folder: edit(folder, "config.json", model_type=None, architectures=None),
        ("no model can be opened here", "config.json of an architecture"),
    ),
    "an unknown architecture": (
        lambda folder: edit(folder, "config.json", model_type="bert9"),
        ("no model can be opened here", "bert9"),
    ),
    "code that comes with weights": (
        lambda folder: edit(
            folder, "config.json", model_type="own9", auto_map={"AutoConfig": "own.C", "AutoModel": "own.M"}
        ),
        ("no model can be opened here", "is never run"),
    ),
    "heads that do not divide": (
        lambda folder: edit(folder, "config.json", num_attention_heads=5),
        ("no model can be opened here",),
    ),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_what_is_wrong_with_files_weights_and_config_is_refused(kind: str, folder: Path) -> None:
    spoil, words = FAULTS[kind]
    spoil(folder)
    said = refusal(folder)
    assert said.startswith(str(folder)) and "remedy: " in said
    assert [word for word in words if word not in said] == [], said


# The tokenizer -------------------------------------------------------------------------------------------------------


def _newer_tokenizer(folder: Path) -> None:
    table = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    edit(folder, "tokenizer.json", model={**table["model"], "type": "UnigramNext", "extra": 1})


def _more_pieces(folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(["ferryboat", "heronry"])
    tokenizer.save_pretrained(folder)


def _to_nothing(folder: Path) -> None:
    edit(folder, "tokenizer.json", normalizer={"type": "Replace", "pattern": {"Regex": "."}, "content": ""})


def _types(folder: Path) -> None:
    """The second text of a pair is numbered 1."""
    names = ["input_ids", "token_type_ids", "attention_mask"]
    edit(folder, "tokenizer_config.json", model_input_names=names)
    after = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["post_processor"]
    for item in after["pair"]:
        if item.get("Sequence", {}).get("id") == "B":
            item["Sequence"]["type_id"] = 1
    edit(folder, "tokenizer.json", post_processor=after)


def _types_for_none(folder: Path) -> None:
    _types(folder)
    replace_encoder(folder, ModernBertConfig(vocab_size=vocab(folder), **SIZES, cls_token_id=0, sep_token_id=2))


def _other_padding(folder: Path) -> None:
    edit(folder, "tokenizer_config.json", pad_token="<mask>")


def _japanese(folder: Path) -> None:
    """What the folder of a Japanese BERT holds: whole pieces of a segmenter, no tokenizer.json."""
    for path in folder.iterdir():
        path.unlink()
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "渡し", "船", *"は九時に", "オスロ", "を", "出る", "。"]
    sizes = {name: value for name, value in SIZES.items() if "token" not in name}
    BertModel(BertConfig(vocab_size=len(pieces), **sizes)).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": false, "word_tokenizer_type": "mecab"}')


def _japanese_by_name(folder: Path) -> None:
    _japanese(folder)
    edit(folder, "tokenizer_config.json", tokenizer_class="BertJapaneseTokenizer")


def _japanese_by_config(folder: Path) -> None:
    _japanese(folder)
    edit(folder, "config.json", tokenizer_class="BertJapaneseTokenizer")


def _exploding(folder: Path) -> None:
    replacing = {"type": "Replace", "pattern": {"String": "e"}, "content": "e" * 10_000}
    edit(folder, "tokenizer.json", normalizer=replacing)


def _without_unknown(folder: Path) -> None:
    model = json.loads((folder / "tokenizer.json").read_text())["model"]
    edit(folder, "tokenizer.json", model={**model, "unk_id": None}, normalizer=None)


TOKENIZERS: dict[str, tuple[Callable[[Path], Any], tuple[str, ...]]] = {
    "of a newer kind": (_newer_tokenizer, ("tokenizer.json: the installed tokenizers cannot read it", "install those")),
    "not JSON": (
        lambda folder: (folder / "tokenizer.json").write_text('{"version": '),
        ("tokenizer.json:1: is not JSON",),
    ),
    "a list": (
        lambda folder: (folder / "tokenizer.json").write_text("[]"),
        ("tokenizer.json: is no table of names and values",),
    ),
    "one that loses every letter": (_to_nothing, ("tokenizer.json: gives two different texts the same 2 pieces",)),
    "none": (
        lambda folder: [(folder / name).unlink() for name in ("tokenizer.json", "tokenizer_config.json")],
        ("no tokenizer can be opened here", "tokenizer.json of the model"),
    ),
    "more pieces than rows": (
        _more_pieces,
        ("tokenizer.json: has 2 pieces beyond", "ferryboat, heronry", "resize_token"),
    ),
    "no piece for padding": (
        lambda folder: edit(folder, "tokenizer_config.json", pad_token=None),
        ("tokenizer_config.json: names no piece for padding", '"pad_token": "<pad>"'),
    ),
    "another piece for padding": (_other_padding, ("tokenizer_config.json: pads with piece", "by piece 1 (<pad>)")),
    "types beyond the table": (
        _types,
        ("tokenizer_config.json: numbers the texts of a pair 0 to 1", "has 1 (type_vocab_size)", '"model_input_names"'),
    ),
    "types for an encoder without": (_types_for_none, ("while the encoder knows none", '"model_input_names"')),
    "slow": (
        _japanese_by_name,
        ("tokenizer_config.json: the tokenizer BertJapaneseTokenizer", "choose an encoder that"),
    ),
    "one that makes thousands of a letter": (
        _exploding,
        ("tokenizer.json: makes ", "pieces of a text of 28 characters"),
    ),
    "no piece for what is unknown": (_without_unknown, ("its tokenizer cuts no text into pieces", "own checkpoint")),
    "a length that is a text": (
        lambda folder: edit(folder, "tokenizer_config.json", model_max_length="long"),
        ("its tokenizer cuts no text into pieces", "tokenizer_config.json"),
    ),
    "a class that is a list": (
        lambda folder: edit(folder, "tokenizer_config.json", tokenizer_class=["x"]),
        ("the installed tokenizers cannot read it",),
    ),
    "slow by its config": (_japanese_by_config, ("config.json: the tokenizer BertJapaneseTokenizer is a slow one",)),
}


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_a_tokenizer_that_does_not_fit_is_refused(kind: str, folder: Path) -> None:
    spoil, words = TOKENIZERS[kind]
    spoil(folder)
    said = refusal(folder)
    assert said.startswith(str(folder)) and "remedy: " in said
    assert [word for word in words if word not in said] == [], said


@pytest.mark.parametrize(
    ("spoil", "mend"),
    [
        (_types, {"model_input_names": ["input_ids", "attention_mask"]}),
        (lambda folder: edit(folder, "tokenizer_config.json", pad_token=None), {"pad_token": "<pad>"}),
    ],
)
def test_what_a_refusal_asks_for_mends_it(spoil: Callable[[Path], Any], mend: dict[str, Any], folder: Path) -> None:
    spoil(folder)
    edit(folder, "tokenizer_config.json", **mend)
    assert take(folder).num_positions == 64


def test_a_tokenizer_that_parts_no_texts_or_reads_otherwise_than_its_file_is_used_and_that_is_said(
    folder: Path, tmp_path: Path
) -> None:
    notes: list[str] = []
    take(folder, notes)
    assert notes == []
    edit(folder, "tokenizer_config.json", tokenizer_class="RobertaTokenizer")
    shutil.rmtree(tmp_path / "taken")
    take(folder, notes)
    (said,) = notes
    assert "tokenizer.json as it stands cuts a text pair into" in said and "the RobertaTokenizer that" in said
    edit(folder, "tokenizer_config.json", tokenizer_class="PreTrainedTokenizerFast")
    edit(folder, "tokenizer.json", post_processor=None)
    shutil.rmtree(tmp_path / "taken")
    notes.clear()
    take(folder, notes)
    assert [said for said in notes if "puts no piece around a text or between two" in said] == notes != []


# Architectures -------------------------------------------------------------------------------------------------------

POSITIONS: dict[str, tuple[type[PreTrainedConfig], dict[str, Any], int | None]] = {
    "camembert": (CamembertConfig, {"type_vocab_size": 1}, 64),
    "mpnet": (MPNetConfig, {}, 64),
    "luke": (LukeConfig, {"entity_vocab_size": 4, "entity_emb_size": 8}, 64),
    "x-mod with a default language": (XmodConfig, {"languages": ("en_XX", "ja_XX"), "default_language": "en_XX"}, 64),
    "bert": (BertConfig, {}, 66),
    "modernbert": (ModernBertConfig, {"cls_token_id": 0, "sep_token_id": 2}, 66),
    "distilbert": (DistilBertConfig, {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64}, 66),
    "xlnet": (XLNetConfig, {"d_model": 32, "n_layer": 2, "n_head": 2, "d_inner": 64}, None),
    "mt5": (MT5Config, {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_heads": 2}, None),
}


@pytest.mark.parametrize("architecture", POSITIONS)
def test_as_many_pieces_as_are_recorded_can_be_placed_and_one_more_is_refused(architecture: str, folder: Path) -> None:
    made, extra, num = POSITIONS[architecture]
    sizes = {} if architecture in ("mt5", "distilbert", "xlnet") else SIZES
    padding = {"pad_token_id": 1, "max_position_embeddings": 66} if architecture == "distilbert" else {}
    replace_encoder(folder, made(vocab_size=vocab(folder), **{**sizes, **padding, **extra}))
    assert take(folder).num_positions == num
    model = load_encoder(folder.parent / "taken").model
    assert num_positions(model) == num
    if num is not None:
        check_max_length(model, Limits(max_length=num), folder)
        with pytest.raises(UserError, match=f"set max_length = {num} or less"):
            check_max_length(model, Limits(max_length=num + 1), folder)


def test_adapters_of_languages_ask_for_the_language(folder: Path) -> None:
    config = XmodConfig(vocab_size=vocab(folder), languages=("en_XX", "ja_XX"), **SIZES)
    replace_encoder(folder, config)
    said = refusal(folder)
    assert f"{folder / 'config.json'}: the encoder (xmod) cannot read a text pair" in said
    assert '"default_language": "en_XX"' in said


def test_a_head_that_an_encoder_cannot_be_put_under_is_known_when_it_is_obtained(folder: Path) -> None:
    made, extra, _ = POSITIONS["mt5"]
    replace_encoder(folder, made(vocab_size=vocab(folder), **extra))
    heads = take(folder).heads or ()
    assert "span" not in heads and "classification" in heads


def test_a_language_model_that_reads_from_left_to_right_is_no_encoder(folder: Path) -> None:
    replace_encoder(folder, GPT2Config(vocab_size=vocab(folder), n_embd=32, n_layer=2, n_head=2, n_positions=64))
    assert f"{folder / 'config.json'}: is a decoder (gpt2)" in refusal(folder)


@pytest.mark.parametrize(
    ("config", "sizes"),
    [
        (ConvBertConfig, {**SIZES, "embedding_size": 16, "head_ratio": 1, "conv_kernel_size": 3}),
        (FNetConfig, {name: size for name, size in SIZES.items() if name != "num_attention_heads"}),
    ],
)
def test_an_encoder_that_reads_padding_is_refused(
    config: type[PreTrainedConfig], sizes: dict[str, Any], folder: Path
) -> None:
    replace_encoder(folder, config(vocab_size=vocab(folder), initializer_range=0.2, **sizes))
    said = refusal(folder)
    assert (
        f"{folder / 'config.json'}: the encoder ({config.model_type}) has other states for a text where padding" in said
    )


@pytest.mark.parametrize(
    ("config", "left_out"),
    [
        (XLNetConfig(d_model=32, n_layer=2, n_head=2, d_inner=64), {"classification", "regression", "choice"}),
        (RoFormerConfig(embedding_size=32, **SIZES), {"choice"}),
    ],
)
def test_a_head_that_reads_the_last_state_is_left_out_until_it_reads_the_first(
    config: PreTrainedConfig, left_out: set[str], folder: Path
) -> None:
    config.vocab_size, config.initializer_range = vocab(folder), 0.2
    replace_encoder(folder, config)
    notes: list[str] = []
    heads = set(take(folder, notes).heads or ())
    assert not left_out & heads and {"tagging", "span"} <= heads
    assert any("would read the last state of a text" in note for note in notes)
    with pytest.raises(UserError, match='write into it: "summary_type": "first"'):
        with_new_head(AutoModelForMultipleChoice, folder, 1)
    edit(folder, "config.json", summary_type="first")
    shutil.rmtree(folder.parent / "taken")
    assert left_out <= set(take(folder).heads or ())


def test_what_a_config_says_of_calls_is_left_out_and_a_checkpoint_can_be_saved(folder: Path) -> None:
    said = {"output_attentions": True, "output_hidden_states": True, "chunk_size_feed_forward": 5, "return_dict": False}
    edit(folder, "config.json", **said)
    take(folder)
    taken = folder.parent / "taken"
    assert not set(said) & set(json.loads((taken / "config.json").read_text("utf-8")))
    model = with_new_head(AutoModelForMultipleChoice, taken, 1).model
    assert model(torch.zeros(1, 2, 7, dtype=torch.long)).logits.shape == (1, 2)
    model.save_pretrained(taken)


def test_an_encoder_of_characters_has_no_table_of_pieces(folder: Path) -> None:
    check_pieces_of_characters = CanineConfig(**{**SIZES, "max_position_embeddings": 512}, local_transformer_stride=16)
    replace_encoder(folder, check_pieces_of_characters)
    assert "canine" in refusal(folder)


def test_a_tokenizer_without_a_mask_token_is_recorded_as_such(folder: Path) -> None:
    named = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    (folder / "tokenizer_config.json").write_text(json.dumps({**named, "mask_token": None}), encoding="utf-8")
    assert take(folder).has_mask_token is False


def test_a_config_that_names_no_padding_is_told_which_it_is(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "pad_token_id": None}), encoding="utf-8")
    said = refusal(folder)
    assert '"pad_token_id": ' in said and "reads text alone" not in said


# Checkpoints of our own -----------------------------------------------------------------------------------------------


def test_nothing_may_be_missing_from_a_checkpoint_of_our_own(folder: Path) -> None:
    XLMRobertaForSequenceClassification.from_pretrained(folder).save_pretrained(folder)
    load_whole(XLMRobertaForSequenceClassification, folder)
    rewrite(folder, lambda weights: {name: value for name, value in weights.items() if "classifier.dense" not in name})
    with pytest.raises(UserError, match=r"2 weights of the checkpoint are missing \(classifier.dense.bias"):
        load_whole(XLMRobertaForSequenceClassification, folder)
    _without_a_layer(folder)
    with pytest.raises(UserError, match="16 of the encoder's 39 weights"):
        load_encoder(folder)


def test_an_encoder_saved_without_its_pooler_class_is_whole(folder: Path) -> None:
    XLMRobertaModel.from_pretrained(folder, add_pooling_layer=False).save_pretrained(folder)
    assert take(folder).weights["new"] == ["pooler.dense.bias", "pooler.dense.weight"]


@pytest.mark.parametrize(
    ("architecture", "file", "name"),
    [
        ("deberta-v2", "spm.model", "DebertaV2Tokenizer"),
        ("xlm-roberta", "sentencepiece.bpe.model", "XLMRobertaTokenizer"),
    ],
)
def test_a_repository_with_a_model_of_sentencepiece_alone_has_its_tokenizer_converted(
    architecture: str, file: str, name: str, tmp_path: Path
) -> None:
    pytest.importorskip("google.protobuf", reason="protobuf, a declared dependency, is not installed here")
    roles = {"unk_id": 3, "bos_id": 1, "eos_id": 2, "pad_id": 0, "bos_piece": "[CLS]", "eos_piece": "[SEP]"}
    SentencePieceTrainer.train(
        sentence_iterator=iter(sentences()),
        model_writer=(tmp_path / file).open("wb"),
        vocab_size=60,
        hard_vocab_limit=False,
        **roles,
        pad_piece="[PAD]",
        unk_piece="[UNK]",
    )
    (tmp_path / "config.json").write_text(json.dumps({"model_type": architecture}))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": name}))
    tokenizer = load_tokenizer(tmp_path)
    assert tokenizer.is_fast and tokenizer.unk_token not in tokenizer.tokenize("the old ferry")


def test_an_encoder_s_count_is_without_the_head_of_the_language_model(tiny: Path) -> None:
    shape = MODEL.architecture.model_copy(update={"vocab_size": vocab(tiny)})
    assert XLMRobertaForMaskedLM.from_pretrained(tiny).base_model.num_parameters() == shape.num_parameters
