"""Tokenizers: opened from a folder, or a Unigram one in XLM-R's form trained on text."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from stepstone.core.errors import UserError

# The order gives XLM-R's ids: <s> 0, <pad> 1, </s> 2, <unk> 3; <mask> follows here and stands last in XLM-R.
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """The fast tokenizer of a folder.

    Raises:
        UserError: there is none, or only a slow one (offsets and speed need the fast kind).
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, ImportError) as error:
        raise UserError(
            f"no tokenizer can be opened here ({str(error).splitlines()[0]})",
            where=str(folder),
            remedy="put the tokenizer.json of the model into the folder",
        ) from error
    if not tokenizer.is_fast:
        raise UserError(
            "the tokenizer is a slow one", where=str(folder), remedy="save it with its tokenizer.json"
        )
    return tokenizer


def train_tokenizer(sentences: Iterable[str], vocab_size: int, max_length: int) -> PreTrainedTokenizerFast:
    """A Unigram tokenizer (Kudo 2018) with XLM-R's special pieces and layout of pairs.

    Text is normalised by NFKC and loses repeated blanks; pieces never cross a blank, so that offsets
    cover no blanks. Languages without blanks are segmented by the same model.
    """
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=vocab_size,
        special_tokens=list(SPECIAL),
        unk_token="<unk>",
        max_piece_length=12,
        show_progress=False,
    )
    tokenizer.train_from_iterator(sentences, trainer)
    numbers = [(name, tokenizer.token_to_id(name)) for name in ("<s>", "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=numbers
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
