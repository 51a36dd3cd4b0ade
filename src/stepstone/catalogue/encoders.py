"""Encoders that users name, by architecture and kind of tokenizer: what opens, and what is to be done before.

`docs/models.md` shows them; tests take every pair of architecture and tokenizer that is named here through a study.
"""

from __future__ import annotations

from pydantic import Field

from stepstone.core.value import Value

TOKENIZERS = {
    "unigram": "Unigram, in tokenizer.json",
    "unigram-bytes": "Unigram with bytes for unknown characters",
    "sentencepiece": "a model of SentencePiece alone",
    "wordpiece": "WordPiece",
    "byte-level": "byte-level BPE",
    "bpe-bytes": "BPE with bytes for unknown characters, as Gemma 2 has it",
    "characters": "code points, without a fast tokenizer",
    "bytes": "bytes, without a fast tokenizer",
}
# There is no fast tokenizer of these kinds, and so no places of pieces in a text.
SLOW = ("characters", "bytes")
CONVERT = "its weights may be a pickle alone: name a commit that has safetensors, or convert a copy and name its folder"
SENTENCES = "its pooling and dense layers are not used: retrieval reads the mean of a layer"


class KnownEncoder(Value):
    """One line of the table: repositories of one make.

    Which kind of tokenizer a repository has is remembered; where a catalogue names no commit, its files
    were not looked at.
    """

    title: str
    repositories: tuple[str, ...] = Field(description="on the hub")
    architecture: str = Field(description="the model_type of its config.json")
    tokenizer: str = Field(description="one of TOKENIZERS")
    models: tuple[str, ...] = Field((), description="names in the catalogue, with pinned commits")
    lacks: tuple[str, ...] = Field((), description="families whose head transformers does not have for it")
    do: str = Field("", description="what else a user does or should know")

    @property
    def opens(self) -> bool:
        """Whether its tokenizer is one that can be used."""
        return self.tokenizer not in SLOW


ENCODERS = (
    KnownEncoder(
        title="XLM-R",
        repositories=("FacebookAI/xlm-roberta-base", "FacebookAI/xlm-roberta-large"),
        architecture="xlm-roberta",
        tokenizer="unigram",
        models=("xlm-roberta-base", "xlm-roberta-large"),
    ),
    KnownEncoder(
        title="XLM-R XL, XXL",
        repositories=("facebook/xlm-roberta-xl", "facebook/xlm-roberta-xxl"),
        architecture="xlm-roberta-xl",
        tokenizer="unigram",
        models=("xlm-roberta-xl", "xlm-roberta-xxl"),
    ),
    KnownEncoder(
        title="XLM-V",
        repositories=("facebook/xlm-v-base",),
        architecture="xlm-roberta",
        tokenizer="unigram",
        do=f"{CONVERT}; nearly all of it is embeddings, of 901,629 pieces",
    ),
    KnownEncoder(
        title="InfoXLM",
        repositories=("microsoft/infoxlm-base", "microsoft/infoxlm-large"),
        architecture="xlm-roberta",
        tokenizer="sentencepiece",
        do=CONVERT,
    ),
    KnownEncoder(
        title="XLM-Align",
        repositories=("microsoft/xlm-align-base",),
        architecture="xlm-roberta",
        tokenizer="sentencepiece",
        do=CONVERT,
    ),
    KnownEncoder(
        title="Glot500",
        repositories=("cis-lmu/glot500-base",),
        architecture="xlm-roberta",
        tokenizer="sentencepiece",
        do=CONVERT,
    ),
    KnownEncoder(
        title="mDeBERTa V3",
        repositories=("microsoft/mdeberta-v3-base",),
        architecture="deberta-v2",
        tokenizer="sentencepiece",
        models=("mdeberta-v3-base",),
        do="the main branch has a pickle; the catalogue names the commit that the hub's converter made",
    ),
    KnownEncoder(
        title="mBERT",
        repositories=("google-bert/bert-base-multilingual-cased",),
        architecture="bert",
        tokenizer="wordpiece",
        models=("mbert",),
    ),
    KnownEncoder(
        title="DistilmBERT",
        repositories=("distilbert/distilbert-base-multilingual-cased",),
        architecture="distilbert",
        tokenizer="wordpiece",
    ),
    KnownEncoder(
        title="RemBERT",
        repositories=("google/rembert",),
        architecture="rembert",
        tokenizer="unigram",
        do=f"{CONVERT}; with sentencepiece.model alone transformers puts no piece around a text, which is reported: "
        "take one with tokenizer.json",
    ),
    KnownEncoder(
        title="multilingual E5 Base, Large",
        repositories=("intfloat/multilingual-e5-base", "intfloat/multilingual-e5-large"),
        architecture="xlm-roberta",
        tokenizer="unigram",
        models=("multilingual-e5-base", "multilingual-e5-large"),
        do=f"{SENTENCES}, and its prefixes (query:, passage:) are not written before texts",
    ),
    KnownEncoder(
        title="multilingual E5 Small",
        repositories=("intfloat/multilingual-e5-small",),
        architecture="bert",
        tokenizer="unigram",
        models=("multilingual-e5-small",),
        do="as the larger ones",
    ),
    KnownEncoder(
        title="BGE-M3",
        repositories=("BAAI/bge-m3",),
        architecture="xlm-roberta",
        tokenizer="unigram",
        do=f"{CONVERT}; {SENTENCES}",
    ),
    KnownEncoder(
        title="LaBSE",
        repositories=("sentence-transformers/LaBSE",),
        architecture="bert",
        tokenizer="wordpiece",
        do=f"[docs/adding.md](adding.md) has its declaration; {SENTENCES}",
    ),
    KnownEncoder(
        title="mmBERT",
        repositories=("jhu-clsp/mmBERT-small", "jhu-clsp/mmBERT-base"),
        architecture="modernbert",
        tokenizer="bpe-bytes",
        models=("mmbert-small", "mmbert-base"),
        do="the main branch has a pickle; the catalogue names the commits that the hub's converter made",
    ),
    KnownEncoder(
        title="ModernBERT, Ettin",
        repositories=("answerdotai/ModernBERT-base", "jhu-clsp/ettin-encoder-17m"),
        architecture="modernbert",
        tokenizer="byte-level",
        models=("ettin-17m", "ettin-32m", "ettin-68m", "ettin-150m", "ettin-400m", "ettin-1b"),
        do="English alone",
    ),
    KnownEncoder(
        title="ModernBERT-Ja",
        repositories=("sbintuitions/modernbert-ja-30m", "sbintuitions/modernbert-ja-310m"),
        architecture="modernbert",
        tokenizer="unigram-bytes",
        models=("modernbert-ja-30m", "modernbert-ja-70m", "modernbert-ja-130m", "modernbert-ja-310m"),
        do="of the 70m one no commit was read: give revision",
    ),
    KnownEncoder(
        title="EuroBERT",
        repositories=("EuroBERT/EuroBERT-210m", "EuroBERT/EuroBERT-610m", "EuroBERT/EuroBERT-2.1B"),
        architecture="eurobert",
        tokenizer="byte-level",
        models=("eurobert-210m", "eurobert-610m", "eurobert-2.1b"),
        lacks=("span", "choice"),
        do="the architecture is that of transformers; the code that comes with it is not run",
    ),
    KnownEncoder(
        title="CANINE",
        repositories=("google/canine-s", "google/canine-c"),
        architecture="canine",
        tokenizer="characters",
        do="refused when it is obtained: choose an encoder with a fast tokenizer",
    ),
    KnownEncoder(
        title="ByT5's encoder",
        repositories=("google/byt5-small", "google/byt5-base"),
        architecture="t5",
        tokenizer="bytes",
        do="refused when it is obtained, as CANINE",
    ),
)
# The pairs of architecture and kind of tokenizer that are to open.
PAIRS = tuple(dict.fromkeys((one.architecture, one.tokenizer) for one in ENCODERS if one.opens))
