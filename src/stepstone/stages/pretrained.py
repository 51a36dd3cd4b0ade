"""A pretrained encoder taken as it is, from the hub (pinned) or a folder: tokenizer, config and safetensors."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
from transformers import PreTrainedConfig

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.errors import UserError
from stepstone.core.model import FolderModel, HubModel
from stepstone.core.result import PretrainedResult
from stepstone.core.spec import PretrainedSpec
from stepstone.families.family import find
from stepstone.learning.encoder import has_head, load_encoder
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.stages.context import StageContext

# Weights in pickle (*.bin, *.pt) are never fetched.
PATTERNS = ("*.json", "*.safetensors", "*.model", "vocab.txt", "merges.txt")


def run(spec: PretrainedSpec, folder: Path, context: StageContext) -> PretrainedResult:
    """Put the model's files into `folder` and open them once."""
    origin = _download(spec.model) if isinstance(spec.model, HubModel) else _local(spec.model)
    files = sorted({path for pattern in PATTERNS for path in origin.glob(pattern)})
    if not any(path.suffix == ".safetensors" for path in files):
        raise UserError(
            "holds no safetensors weights; pickled ones are never opened",
            where=str(origin),
            remedy="convert them: AutoModel.from_pretrained(...).save_pretrained(folder)",
        )
    for path in files:
        _place(path, folder / path.name)
    load_tokenizer(folder)
    loaded = load_encoder(folder)
    return PretrainedResult(
        num_parameters=loaded.model.num_parameters(),
        heads=tuple(find_heads(loaded.model.config, context.catalogue)),
        weights=loaded.account(),
    )


def find_heads(config: PreTrainedConfig, catalogue: Catalogue) -> list[str]:
    """The families whose head transformers has for this architecture: known before anything is trained."""
    trained = [family for family in map(catalogue.family, catalogue.families()) if family.is_trained]
    return [family.name for family in trained if has_head(find(family).auto_class, config)]


def _download(model: HubModel) -> Path:
    try:
        return Path(snapshot_download(model.repository, revision=model.revision, allow_patterns=list(PATTERNS)))
    except (OSError, HfHubHTTPError, LocalEntryNotFoundError) as error:
        raise UserError(
            f"cannot be fetched at revision {model.revision} ({type(error).__name__})",
            where=model.repository,
            remedy=f'download it where there is a network and name its folder: [model.{model.name}] folder = "..."',
        ) from error


def _local(model: FolderModel) -> Path:
    folder = Path(model.folder).expanduser()
    if not (folder / "config.json").is_file():
        raise UserError("holds no config.json", where=str(folder), remedy="name a Hugging Face model folder")
    return folder


def _place(origin: Path, target: Path) -> None:
    """Link where the file system can (weights are large), copy where it cannot."""
    try:
        os.link(origin.resolve(), target)
    except OSError:
        shutil.copyfile(origin, target)
