"""Whether an encoder and its tokenizer fit each other: compared part by part, then read together."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from stepstone.core.errors import UserError, first_line
from stepstone.learning.encoder import first_names
from stepstone.learning.layers import body_of, embedding
from stepstone.learning.passes import PAIR, check_passes

# Of a character: UTF-8 takes four bytes, and what is normalised into other characters is seldom more than 18.
_MOST_PIECES = 100
_CONFIG, _TOKENIZER = "config.json", "tokenizer_config.json"


def check_fit(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Try what every training and evaluation will do with an encoder.

    Raises:
        UserError: names the file of `folder` that is wrong: no piece for padding, pieces or types of text beyond the
            encoder's tables, weights that are not numbers, a text pair that cannot be read, or only from left to right.
    """
    model = body_of(model).eval()
    _check_padding(model, tokenizer, folder)
    _check_pieces(model, tokenizer, folder)
    _check_texts(tokenizer, folder)
    _check_types(model, tokenizer, folder)
    _check_weights(model, folder)
    _check_dropout(model, folder)
    check_passes(model, tokenizer, folder)


def _check_dropout(model: PreTrainedModel, folder: Path) -> None:
    """What training drops leaves something: of all shares that cannot be, the library takes 1."""
    for name, value in model.config.to_dict().items():
        if "dropout" in name and value == 1 and not isinstance(value, bool):
            remedy = "0.1 is what most encoders were trained with"
            raise UserError(f"{name} = 1 leaves nothing", where=str(folder / _CONFIG), remedy=remedy)


def _check_padding(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    pad_id = tokenizer.pad_token_id
    if pad_id is None:
        known = [piece for piece in ("<pad>", "[PAD]", "<|padding|>", "<|pad|>") if piece in tokenizer.get_vocab()]
        remedy = f'add to it: "pad_token": "{known[0]}"' if known else "choose an encoder that was trained with padding"
        raise UserError("names no piece for padding (pad_token)", where=str(folder / _TOKENIZER), remedy=remedy)
    table = embedding(model, "position_embeddings")
    wanted = None if table is None else table.padding_idx
    if wanted is not None and wanted != pad_id:
        raise UserError(
            f"pads with piece {pad_id} ({tokenizer.pad_token}), while the encoder numbers positions by piece {wanted} "
            f"({tokenizer.convert_ids_to_tokens(wanted)})",
            where=str(folder / _TOKENIZER),
            remedy="take tokenizer and encoder from the same checkpoint",
        )


def _check_pieces(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    table = _words(model)
    beyond = sorted((number, piece) for piece, number in tokenizer.get_vocab().items() if number >= _rows(table))
    if beyond:
        raise UserError(
            f"has {len(beyond)} pieces beyond the {_rows(table)} rows of the encoder's embeddings "
            f"({first_names([piece for _, piece in beyond])})",
            where=str(folder / "tokenizer.json"),
            remedy="take tokenizer and encoder from the same checkpoint; pieces that were added need rows: "
            "model.resize_token_embeddings(len(tokenizer)), and train them",
        )


def _words(model: PreTrainedModel) -> nn.Module | None:
    """The table of pieces; none of an encoder of characters."""
    try:
        table: nn.Module = model.get_input_embeddings()
    except NotImplementedError:
        return None
    return table


def _rows(table: nn.Module | None) -> float:
    """Rows of a table; an encoder of characters has none, and no limit."""
    return getattr(table, "num_embeddings", float("inf"))


def _check_texts(tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    try:
        first, second = tokenizer(list(PAIR))["input_ids"]
    except MemoryError:
        raise
    # The library raises what it likes, its part in Rust plain exceptions.
    except Exception as error:
        raise UserError(
            f"its tokenizer cuts no text into pieces ({first_line(error)})",
            where=str(folder),
            remedy="take tokenizer.json and tokenizer_config.json of the encoder's own checkpoint",
        ) from error
    if len(first) > _MOST_PIECES * len(PAIR[0]):
        raise UserError(
            f"makes {len(first):,} pieces of a text of {len(PAIR[0])} characters",
            where=str(folder / "tokenizer.json"),
            remedy="take the tokenizer of the encoder's own checkpoint",
        )
    if first == second:
        raise UserError(
            f"gives two different texts the same {len(first)} pieces",
            where=str(folder / "tokenizer.json"),
            remedy="take the tokenizer of the encoder's own checkpoint: this one loses what it reads",
        )


def describe_tokenizer(tokenizer: PreTrainedTokenizerFast, folder: Path) -> Iterator[str]:
    """What is odd about a tokenizer, though it can be used: sentences."""
    read = tokenizer(*PAIR)["input_ids"]
    if not set(read) & (set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}):
        yield f"the tokenizer in {folder} puts no piece around a text or between two: pairs are read as one text"
    path = folder / "tokenizer.json"
    if path.is_file() and (written := Tokenizer.from_file(str(path)).encode(*PAIR).ids) != read:
        kind = type(tokenizer).__name__
        yield (
            f"{path} as it stands cuts a text pair into {len(written)} pieces, and the {kind} that its folder names "
            f"makes {len(read)} others of it; if the file is right, write into {_TOKENIZER} "
            '"tokenizer_class": "PreTrainedTokenizerFast"'
        )


def _check_types(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    if "token_type_ids" not in tokenizer.model_input_names:
        return
    most = max(tokenizer(*PAIR, return_token_type_ids=True)["token_type_ids"])
    table = embedding(model, "token_type_embeddings")
    takes = "token_type_ids" in inspect.signature(model.forward).parameters
    if takes and (table is None or most < table.num_embeddings):
        return
    has = f"has {table.num_embeddings} (type_vocab_size)" if takes and table is not None else "knows none"
    raise UserError(
        f"numbers the texts of a pair 0 to {most} (token_type_ids), while the encoder {has}",
        where=str(folder / _TOKENIZER),
        remedy='write into it: "model_input_names": ["input_ids", "attention_mask"]',
    )


def _check_weights(model: PreTrainedModel, folder: Path) -> None:
    spoilt = [name for name, value in model.named_parameters() if not torch.isfinite(value).all()]
    if spoilt:
        raise UserError(
            f"{len(spoilt)} weights hold values that are not finite numbers ({first_names(spoilt)})",
            where=str(folder),
            remedy="save the model from before its training diverged, or take another checkpoint",
        )
