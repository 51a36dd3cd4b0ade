"""What the folder of a model is, for keys: its files that decide what it computes, by name and bytes."""

from __future__ import annotations

from pathlib import Path

from stepstone.catalogue.own_models import no_config
from stepstone.core.errors import UserError
from stepstone.core.home import expanded
from stepstone.core.value import digest
from stepstone.data.identity import digest_file

# The files of an encoder that decide what it computes; weights in pickle (*.bin, *.pt) are never fetched or read.
ENCODER_FILES = ("*.json", "*.safetensors", "*.model", "vocab.txt", "merges.txt")
# Those of any model: Marian's have a SentencePiece model for either side.
MODEL_FILES = (*ENCODER_FILES, "*.spm")


def digest_folder(folder: Path, cache: Path) -> str:
    """Digest of the names and bytes of a model folder's files.

    Raises:
        UserError: it is not the folder of a model.
    """
    return digest([[path.name, digest_file(path, cache)] for path in model_files(folder)])


def model_files(folder: Path) -> list[Path]:
    """Those of a model's folder that decide what it computes; raises UserError where it is none."""
    folder = expanded(folder)
    if not (folder / "config.json").is_file():
        raise no_config(folder)
    files = sorted({path for pattern in MODEL_FILES for path in folder.glob(pattern)})
    names = {path.name for path in files}
    if not any(name.endswith(".safetensors") for name in names):
        raise UserError(
            "holds no safetensors weights; pickled ones (.bin, .pt) are never opened",
            where=str(folder),
            remedy="convert them where you trust them: AutoModel.from_pretrained(...).save_pretrained(folder)",
        )
    if not names & {
        "tokenizer.json",
        "sentencepiece.bpe.model",
        "sentencepiece.model",
        "tokenizer.model",
        "spiece.model",
        "vocab.txt",
        "spm.model",
        "source.spm",
    }:
        raise UserError("holds no tokenizer", where=str(folder), remedy="put the model's tokenizer.json into it")
    return files
