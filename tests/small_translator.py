"""Small sequence-to-sequence models: one trained for seconds on the lab's text, and random ones of released forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
from transformers import (
    AutoTokenizer,
    M2M100Config,
    M2M100ForConditionalGeneration,
    MarianConfig,
    MarianMTModel,
    MarianTokenizer,
    MBartConfig,
    MBartForConditionalGeneration,
    PreTrainedModel,
    T5Config,
    T5ForConditionalGeneration,
)

from stepstone.learning.tokenizer import train_tokenizer

LANGUAGES = {"en": "eng_Latn", "de": "deu_Latn"}


def write_small(folder: Path, pairs: list[tuple[str, str]], num_steps: int = 160) -> Path:
    """A model in NLLB's form that knows these sentences of `en` and `de`, both ways."""
    tokenizer = train_tokenizer([text for pair in pairs for text in pair], 160, 64)
    tokenizer.add_special_tokens({"additional_special_tokens": list(LANGUAGES.values())})
    torch.manual_seed(0)
    config = M2M100Config(
        vocab_size=len(tokenizer), d_model=64, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=128, decoder_ffn_dim=128, dropout=0.0, attention_dropout=0.0,
        encoder_layerdrop=0.0, decoder_layerdrop=0.0, max_position_embeddings=64, pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.eos_token_id, scale_embedding=False,
    )  # fmt: skip
    model = M2M100ForConditionalGeneration(config)
    _train(model, tokenizer, pairs, num_steps)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _train(model: M2M100ForConditionalGeneration, tokenizer: Any, pairs: list[tuple[str, str]], num_steps: int) -> None:
    codes = {code: tokenizer.convert_tokens_to_ids(piece) for code, piece in LANGUAGES.items()}
    there = [("en", one, "de", other) for one, other in pairs]
    rows = [*there, *(("de", other, "en", one) for _, one, _, other in there)]
    ids = [
        ([codes[source], *_ids(tokenizer, one)], [codes[to], *_ids(tokenizer, other)])
        for source, one, to, other in rows
    ]
    inputs, mask = _pad([one for one, _ in ids], tokenizer.pad_token_id)
    labels, _ = _pad([other for _, other in ids], -100)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    model.train()
    for _ in range(num_steps):
        loss = model(input_ids=inputs, attention_mask=mask, labels=labels).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()


def _ids(tokenizer: Any, text: str) -> list[int]:
    return [*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]


def _pad(rows: list[list[int]], filler: int) -> tuple[torch.Tensor, torch.Tensor]:
    width = max(map(len, rows))
    padded = [[*row, *[filler] * (width - len(row))] for row in rows]
    return torch.tensor(padded), torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])


def write_marian(folder: Path, sentences: list[str]) -> Path:
    """A random model of one pair of languages, with the files of OPUS-MT's releases."""
    folder.mkdir(parents=True)
    for name in ("source", "target"):
        _train_pieces(folder / f"{name}.spm", sentences)
    pieces = SentencePieceProcessor(model_file=str(folder / "source.spm"))
    names = ["</s>", "<unk>", *(pieces.id_to_piece(number) for number in range(3, pieces.get_piece_size())), "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({name: number for number, name in enumerate(names)}))
    pad = len(names) - 1
    _configure(folder, {}, "marian")
    config = MarianConfig(
        vocab_size=len(names),
        pad_token_id=pad,
        eos_token_id=0,
        decoder_start_token_id=pad,
        forced_eos_token_id=0,
        **_SHAPE,
    )
    MarianTokenizer(str(folder / "source.spm"), str(folder / "target.spm"), str(folder / "vocab.json")).save_pretrained(
        folder
    )
    return _save(folder, MarianMTModel, config)


def write_nllb(folder: Path, sentences: list[str]) -> Path:
    """A random model in NLLB's form: pieces of SentencePiece, and a piece for each language behind them."""
    return _write_m2m(
        folder, sentences, {"tokenizer_class": "NllbTokenizer", "additional_special_tokens": [*LANGUAGES.values()]}
    )


def write_m2m100(folder: Path, sentences: list[str]) -> Path:
    """A random model in M2M-100's form: numbers of pieces in a file of their own."""
    folder.mkdir(parents=True)
    _train_pieces(folder / "sentencepiece.bpe.model", sentences, model_type="bpe")
    pieces = SentencePieceProcessor(model_file=str(folder / "sentencepiece.bpe.model"))
    own = [pieces.id_to_piece(number) for number in range(3, pieces.get_piece_size())]
    names = ["<s>", "<pad>", "</s>", "<unk>", *own]
    (folder / "vocab.json").write_text(json.dumps({name: number for number, name in enumerate(names)}))
    return _write_m2m(folder, sentences, {"tokenizer_class": "M2M100Tokenizer", "language_codes": "m2m100"})


def write_mbart(folder: Path, sentences: list[str]) -> Path:
    """A random model in mBART-50's form."""
    folder.mkdir(parents=True)
    _train_pieces(folder / "sentencepiece.bpe.model", sentences)
    _configure(folder, {"tokenizer_class": "MBart50Tokenizer"}, "mbart")
    size = len(AutoTokenizer.from_pretrained(folder))
    return _save(
        folder, MBartForConditionalGeneration, MBartConfig(vocab_size=size, decoder_start_token_id=2, **_SHAPE)
    )


def write_t5(folder: Path, sentences: list[str]) -> Path:
    """A random model in MADLAD's form, whose texts begin with the language that they are put into."""
    folder.mkdir(parents=True)
    _train_pieces(
        folder / "spiece.model",
        sentences,
        user_defined_symbols=["<2de>", "<2en>"],
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
    )
    _configure(folder, {"tokenizer_class": "T5Tokenizer", "extra_ids": 0}, "t5")
    size = len(AutoTokenizer.from_pretrained(folder))
    config = T5Config(
        vocab_size=size, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, decoder_start_token_id=0,
        pad_token_id=0, eos_token_id=1,
    )  # fmt: skip
    return _save(folder, T5ForConditionalGeneration, config)


RELEASED = [write_marian, write_nllb, write_m2m100, write_mbart, write_t5]
_SHAPE: dict[str, Any] = {
    "d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
    "encoder_ffn_dim": 16, "decoder_ffn_dim": 16, "max_position_embeddings": 64,
}  # fmt: skip


def _write_m2m(folder: Path, sentences: list[str], tokenizer: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "sentencepiece.bpe.model").exists():
        _train_pieces(folder / "sentencepiece.bpe.model", sentences, model_type="bpe")
    _configure(folder, tokenizer, "m2m_100")
    size = 1 + max(_numbers(AutoTokenizer.from_pretrained(folder)).values())
    return _save(
        folder, M2M100ForConditionalGeneration, M2M100Config(vocab_size=size, decoder_start_token_id=2, **_SHAPE)
    )


def _train_pieces(path: Path, sentences: list[str], **how: Any) -> None:
    prefix = path.with_suffix("")
    SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_prefix=str(prefix), vocab_size=120, hard_vocab_limit=False,
        num_threads=1, minloglevel=2, **{"model_type": "unigram", **how},
    )  # fmt: skip
    made = Path(f"{prefix}.model")
    if made != path:
        made.rename(path)
    Path(f"{prefix}.vocab").unlink()


def _configure(folder: Path, tokenizer: dict[str, Any], model_type: str) -> None:
    """What tells AutoTokenizer how these files are read."""
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer))
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}))


def _numbers(tokenizer: Any) -> dict[str, int]:
    """The number of every piece; M2M-100's tokenizer has those of languages beside its vocabulary."""
    return {**tokenizer.get_vocab(), **getattr(tokenizer, "lang_token_to_id", {})}


def _save(folder: Path, kind: type[PreTrainedModel], config: Any) -> Path:
    """Random weights, but for those of pieces that are no text, so that it writes text; and at last it ends."""
    torch.manual_seed(0)
    model = kind(config)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    names = {*tokenizer.all_special_tokens, *tokenizer.get_added_vocab(), *getattr(tokenizer, "lang_token_to_id", ())}
    silent = [_numbers(tokenizer)[name] for name in names]
    for weights in (model.get_input_embeddings(), model.get_output_embeddings()):
        weights.weight.data[silent] = 0
    assert model.generation_config is not None
    model.generation_config.forced_eos_token_id = config.eos_token_id
    model.save_pretrained(folder)
    return folder
