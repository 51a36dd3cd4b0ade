"""Tokenizers: opened from a folder, or a Unigram one in XLM-R's form trained on text."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import tokenizers
import transformers
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer, PreTrainedTokenizerFast
from transformers.models.auto.tokenization_auto import tokenizer_class_from_name

from stepstone.core.errors import UserError, first_line
from stepstone.learning.opened import TOKENIZER_FILES, OpenTokenizers

# The order gives XLM-R's ids: <s> 0, <pad> 1, </s> 2, <unk> 3; <mask> follows here and stands last in XLM-R.
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")

# CJK ideographs; a border no piece may cross stands around each (a private-use character, in no real text).
HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
BORDER = "\ue000"

_OPEN = OpenTokenizers()


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """The fast tokenizer of a folder.

    Raises:
        UserError: there is none, or only a slow one (offsets and speed need the fast kind).
    """
    return _OPEN.get(folder, _load)


def _load(folder: Path) -> PreTrainedTokenizerFast:
    _refuse_slow(folder)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except MemoryError:
        raise
    # The library raises what it likes, its part in Rust plain exceptions.
    except Exception as error:
        raise _closed(folder, first_line(error)) from error
    if not tokenizer.is_fast:
        raise _slow(type(tokenizer).__name__, folder)
    if len(tokenizer) <= len(set(tokenizer.all_special_ids)):
        # A class of tokenizers that finds no file of its own is made with its special pieces alone.
        raise _closed(folder, f"{type(tokenizer).__name__} finds no pieces there")
    return tokenizer


def _closed(folder: Path, said: str) -> UserError:
    """Why no tokenizer can be opened, by the file that it would have come from."""
    whole = folder / "tokenizer.json"
    if whole.is_file():
        remedy = (
            "save the tokenizer with the installed versions of transformers and tokenizers "
            f"({transformers.__version__}, {tokenizers.__version__}), or install those that saved it"
        )
        return UserError(f"the installed tokenizers cannot read it ({said})", where=str(whole), remedy=remedy)
    remedy = "put the tokenizer.json of the model there: AutoTokenizer.from_pretrained(...).save_pretrained(FOLDER)"
    return UserError(f"no tokenizer can be opened here ({said})", where=str(folder), remedy=remedy)


def copy_tokenizer(origin: Path, folder: Path, max_length: int | None = None) -> None:
    """The tokenizer of a folder in another, by the same bytes, whatever it was used for in this process.

    `max_length` is where whoever truncates without saying where is to cut; None: where the tokenizer says.
    """
    for path in sorted({path for name in TOKENIZER_FILES for path in origin.glob(name)}):
        shutil.copyfile(path, folder / path.name)
    if max_length is not None:
        config = folder / "tokenizer_config.json"
        table = json.loads(config.read_text(encoding="utf-8")) if config.is_file() else {}
        text = json.dumps({**table, "model_max_length": max_length}, indent=2, sort_keys=True, ensure_ascii=False)
        config.write_text(text + "\n", encoding="utf-8")


def _refuse_slow(folder: Path) -> None:
    """Raise UserError where the folder names a tokenizer that has no fast kind, whatever that would need to open."""
    for name in ("tokenizer_config.json", "config.json"):
        path = folder / name
        named = json.loads(path.read_text(encoding="utf-8")).get("tokenizer_class") if path.is_file() else None
        if named and isinstance(named, str):
            known = tokenizer_class_from_name(named)
            if known is not None and not issubclass(known, PreTrainedTokenizerFast):
                raise _slow(named, path)
            return


def _slow(kind: str, where: Path) -> UserError:
    return UserError(
        f"the tokenizer {kind} is a slow one and has no fast kind, which gives the places of pieces in a text",
        where=str(where),
        remedy="choose an encoder that comes with a tokenizer.json, such as XLM-R, mBERT or mmBERT",
    )


def train_tokenizer(sentences: Iterable[str], vocab_size: int, max_length: int) -> PreTrainedTokenizerFast:
    """A Unigram tokenizer (Kudo 2018) with XLM-R's special pieces and layout of pairs.

    The pieces are learnt by SentencePiece in one thread, which gives the same vocabulary every time (the
    trainer of `tokenizers` does not). Text is normalised by NFKC; pieces never cross a blank, so that
    offsets cover none. A Han character is a piece of its own, as in multilingual BERT: in a small vocabulary
    longer pieces would run over the ends of words, and of answers, in languages without blanks.
    """
    tokenizer = Tokenizer(models.Unigram(_learn_pieces(sentences, vocab_size), unk_id=SPECIAL.index("<unk>")))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Metaspace(),
            pre_tokenizers.Split(Regex(r"\p{Han}"), "isolated"),
        ]
    )
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in ("<s>", "</s>")],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        cls_token="<s>",
        unk_token="<unk>",
        pad_token="<pad>",
        mask_token="<mask>",
        model_max_length=max_length,
        model_input_names=["input_ids", "attention_mask"],
    )


def _unlearnt(error: RuntimeError, vocab_size: int) -> UserError:
    """Why no vocabulary can be learnt: of one that is too small the library says how many pieces characters take."""
    needed = re.search(r"required_chars\. \d+ vs (\d+)", str(error))
    if needed is None:
        return UserError(f"no vocabulary can be learnt from this text ({error})", remedy="give more text")
    least = int(needed[1]) + 1  # `<mask>` comes on top
    message = f"{vocab_size:,} word pieces are fewer than the characters of this text take"
    return UserError(message, where="scratch.vocab_size", remedy=f"give {least:,} or more, for words some thousands")


def _prepare(sentence: str) -> str:
    """The sentence as pieces are learnt from it: normalised, with borders around Han characters."""
    return HAN.sub(BORDER + r"\g<0>" + BORDER, unicodedata.normalize("NFKC", sentence))


def _learn_pieces(sentences: Iterable[str], vocab_size: int) -> list[tuple[str, float]]:
    """Pieces with their log probabilities; the special ones first, `<mask>` last."""
    written = BytesIO()
    roles: dict[str, Any] = {}
    for number, role in enumerate(("bos", "pad", "eos", "unk")):
        roles |= {f"{role}_id": number, f"{role}_piece": SPECIAL[number]}
    try:
        SentencePieceTrainer.train(
            sentence_iterator=map(_prepare, sentences),
            pretokenization_delimiter=BORDER,
            model_writer=written,
            model_type="unigram",
            vocab_size=vocab_size - 1,
            hard_vocab_limit=False,
            character_coverage=0.9995,
            max_sentencepiece_length=12,
            normalization_rule_name="identity",
            num_threads=1,
            minloglevel=2,
            **roles,
        )
    except RuntimeError as error:
        raise _unlearnt(error, vocab_size) from error
    model = SentencePieceProcessor(model_proto=written.getvalue())
    pieces = [(model.id_to_piece(number), model.get_score(number)) for number in range(model.get_piece_size())]
    return [*pieces, ("<mask>", 0.0)]
