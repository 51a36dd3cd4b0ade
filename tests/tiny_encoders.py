"""Tiny random encoders by architecture and kind of tokenizer, in folders that hold what such a repository holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from sentencepiece import SentencePieceTrainer
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AutoModel,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    EuroBertConfig,
    ModernBertConfig,
    PreTrainedConfig,
    RemBertConfig,
    XLMRobertaConfig,
    XLMRobertaXLConfig,
)

from stepstone.learning.tokenizer import load_tokenizer, train_tokenizer
from tiny import sentences

NUM_PIECES = 400
PLACED = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 66,
    # Wide draws: different texts get different outputs.
    "initializer_range": 0.2,
}
DISENTANGLED = {
    "type_vocab_size": 0,
    "relative_attention": True,
    "pos_att_type": ["p2c", "c2p"],
    "position_biased_input": False,
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "position_buckets": 16,
    "pooler_hidden_size": 32,
}
DISTILLED = {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64, "max_position_embeddings": 66}
CONFIGS: Mapping[str, tuple[type[PreTrainedConfig], dict[str, Any]]] = {
    "xlm-roberta": (XLMRobertaConfig, {**PLACED, "type_vocab_size": 1}),
    "xlm-roberta-xl": (XLMRobertaXLConfig, {**PLACED, "type_vocab_size": 1}),
    "bert": (BertConfig, PLACED),
    "distilbert": (DistilBertConfig, {**DISTILLED, "initializer_range": 0.2}),
    "rembert": (RemBertConfig, {**PLACED, "input_embedding_size": 16}),
    "deberta-v2": (DebertaV2Config, {**PLACED, **DISENTANGLED}),
    "modernbert": (ModernBertConfig, {**PLACED, "local_attention": 16}),
    "eurobert": (EuroBertConfig, {**PLACED, "num_key_value_heads": 2, "head_dim": 16}),
}
_FILES = {"deberta-v2": "spm.model", "rembert": "sentencepiece.model", "xlm-roberta": "sentencepiece.bpe.model"}
_CLASSES = {"deberta-v2": "DebertaV2Tokenizer", "rembert": "RemBertTokenizer", "xlm-roberta": "XLMRobertaTokenizer"}


def write_encoder(folder: Path, architecture: str, tokenizer: str) -> Path:
    """config.json, model.safetensors and the files of a tokenizer of this kind that was learnt from a few sentences."""
    folder.mkdir(parents=True, exist_ok=True)
    made, sizes = CONFIGS[architecture]
    (folder / "config.json").write_text(json.dumps({"model_type": architecture}))
    _WRITERS[tokenizer](folder, architecture)
    opened = load_tokenizer(folder)
    roles = {f"{role}_token_id": getattr(opened, f"{role}_token_id") for role in ("pad", "bos", "eos", "cls", "sep")}
    torch.manual_seed(3)
    AutoModel.from_config(made(vocab_size=len(opened), **{**roles, **sizes})).save_pretrained(folder)
    return folder


def write_pieces(path: Path, architecture: str) -> None:
    """A model of SentencePiece with the ids of special pieces that an architecture's release has."""
    roles = {"unk_id": 0, "bos_id": 1, "eos_id": 2, "pad_id": -1}
    if architecture == "deberta-v2":
        roles = {"pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3}
        roles |= {"pad_piece": "[PAD]", "bos_piece": "[CLS]", "eos_piece": "[SEP]", "unk_piece": "[UNK]"}
    if architecture == "rembert":
        roles = {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": 3, "user_defined_symbols": "[CLS],[SEP],[MASK]"}
    with path.open("wb") as file:
        SentencePieceTrainer.train(
            sentence_iterator=iter(sentences()),
            model_writer=file,
            vocab_size=80,
            hard_vocab_limit=False,
            minloglevel=2,
            **roles,
        )


def _sentencepiece(folder: Path, architecture: str) -> None:
    write_pieces(folder / _FILES[architecture], architecture)
    _say(folder, tokenizer_class=_CLASSES[architecture])


def _unigram(folder: Path, architecture: str) -> None:
    """XLM-R's tokenizer.json, which multilingual E5's small model, a BERT, has as well; or that of RemBERT."""
    if architecture == "rembert":
        _sentencepiece(folder, architecture)
        made = load_tokenizer(folder).backend_tokenizer
        _around(made, "[CLS]", "[SEP]")
        made.save(str(folder / "tokenizer.json"))
        return
    train_tokenizer(sentences(), 220, 64).save_pretrained(folder)
    _say(folder, tokenizer_class="XLMRobertaTokenizer")


def _wordpiece(folder: Path, architecture: str) -> None:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(sentences(), trainers.WordPieceTrainer(vocab_size=NUM_PIECES, special_tokens=special))
    # The repositories have the vocabulary alone or tokenizer.json beside it; the vocabulary decides.
    names = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece, _ in names), encoding="utf-8")
    kind = "BertTokenizer" if architecture == "bert" else "DistilBertTokenizer"
    _say(folder, tokenizer_class=kind, do_lower_case=False)


def _byte_level(folder: Path, architecture: str) -> None:
    """ModernBERT's, with BERT's special pieces, or EuroBERT's, with those of Llama 3."""
    is_llama = architecture == "eurobert"
    special = ["<|begin_of_text|>", "<|end_of_text|>", "<|mask|>", "<|pad|>"]
    special = special if is_llama else ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = None if is_llama else normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=NUM_PIECES, special_tokens=special, initial_alphabet=alphabet)
    tokenizer.train_from_iterator(sentences(), trainer)
    first, last = (special[0], special[1]) if is_llama else ("[CLS]", "[SEP]")
    _around(tokenizer, first, last)
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"bos_token": first, "eos_token": last, "mask_token": special[2], "pad_token": special[3]}
    if not is_llama:
        names = {"unk_token": "[UNK]", "cls_token": first, "sep_token": last, "pad_token": "[PAD]"}
        names["mask_token"] = "[MASK]"
    _say(folder, tokenizer_class="PreTrainedTokenizerFast", model_input_names=["input_ids", "attention_mask"], **names)


def _byte_fallback(folder: Path, architecture: str) -> None:
    """Gemma 2's as mmBERT has it: characters that no piece covers are bytes, and blanks are pieces' own."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *(f"<0x{byte:02X}>" for byte in range(256))]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.train_from_iterator(sentences(), trainers.BpeTrainer(vocab_size=NUM_PIECES, special_tokens=special))
    _around(tokenizer, "<bos>", "<eos>")
    table = json.loads(tokenizer.to_str())
    table["added_tokens"] = table["added_tokens"][:5]
    (folder / "tokenizer.json").write_text(json.dumps(table, ensure_ascii=False), encoding="utf-8")
    names = {f"{role}_token": f"<{role}>" for role in ("bos", "eos", "unk", "pad", "mask")}
    _say(folder, tokenizer_class="GemmaTokenizerFast", padding_side="left", **names)


def _unigram_fallback(folder: Path, architecture: str) -> None:
    """That of ModernBERT-Ja: a Unigram model whose unknown characters are bytes, under Llama's name."""
    written = json.loads(train_tokenizer(sentences(), 220, 64).backend_tokenizer.to_str())
    pieces = [*written["model"]["vocab"], *([f"<0x{byte:02X}>", -20.0] for byte in range(256))]
    written["model"] |= {"vocab": pieces, "byte_fallback": True}
    (folder / "tokenizer.json").write_text(json.dumps(written, ensure_ascii=False), encoding="utf-8")
    names = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>"}
    names |= {"unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>"}
    _say(folder, tokenizer_class="LlamaTokenizer", **names)


def _around(tokenizer: Tokenizer, first: str, last: str) -> None:
    ids = [(piece, tokenizer.token_to_id(piece)) for piece in (first, last)]
    single = f"{first} $A {last}"
    tokenizer.post_processor = processors.TemplateProcessing(
        single=single, pair=f"{single} $B {last}", special_tokens=ids
    )


def _say(folder: Path, **fields: Any) -> None:
    path = folder / "tokenizer_config.json"
    table = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    path.write_text(json.dumps({**table, **fields}), encoding="utf-8")


_WRITERS: Mapping[str, Callable[[Path, str], None]] = {
    "sentencepiece": _sentencepiece,
    "unigram": _unigram,
    "unigram-bytes": _unigram_fallback,
    "wordpiece": _wordpiece,
    "byte-level": _byte_level,
    "bpe-bytes": _byte_fallback,
}
