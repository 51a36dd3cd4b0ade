"""A small sequence-to-sequence model, trained for seconds on what the lab tells in two languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    MarianConfig,
    MarianMTModel,
    MarianTokenizer,
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
        SentencePieceTrainer.train(
            sentence_iterator=iter(sentences), model_prefix=str(folder / name), vocab_size=120, hard_vocab_limit=False,
            num_threads=1, minloglevel=2,
        )  # fmt: skip
        (folder / f"{name}.model").rename(folder / f"{name}.spm")
        (folder / f"{name}.vocab").unlink()
    pieces = SentencePieceProcessor(model_file=str(folder / "source.spm"))
    names = ["</s>", "<unk>", *(pieces.id_to_piece(number) for number in range(3, pieces.get_piece_size())), "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({name: number for number, name in enumerate(names)}))
    torch.manual_seed(0)
    pad = len(names) - 1
    config = MarianConfig(
        vocab_size=len(names), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, max_position_embeddings=64, pad_token_id=pad,
        eos_token_id=0, decoder_start_token_id=pad, forced_eos_token_id=0,
    )  # fmt: skip
    MarianMTModel(config).save_pretrained(folder)
    MarianTokenizer(str(folder / "source.spm"), str(folder / "target.spm"), str(folder / "vocab.json")).save_pretrained(
        folder
    )
    return folder


def write_t5(folder: Path, sentences: list[str]) -> Path:
    """A random model in MADLAD's form, whose texts begin with the language that they are put into."""
    tokenizer = train_tokenizer(sentences, 160, 64)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<2de>", "<2en>"]})
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=len(tokenizer), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, decoder_start_token_id=1,
        pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    T5ForConditionalGeneration(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
