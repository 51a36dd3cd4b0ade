"""Encoders and heads from Hugging Face folders: safetensors only, nothing remote, every weight accounted for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModel,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
)

from stepstone.core.errors import UserError, first_line
from stepstone.core.model import ScratchModel
from stepstone.learning.tokenizer import SPECIAL

# What an encoder may lack and take a fresh draw of: no task of ours reads it but under a head that is new as well.
_MAY_BE_NEW = "pooler"


@dataclass(frozen=True)
class Loaded:
    """A model and what became of the weights: taken over, dropped (with their old head), newly drawn.

    `unwrapped` are prefixes of a wrapper that were taken off the names, `tied` output layers read as embeddings.
    """

    model: PreTrainedModel
    num_kept: int
    dropped: tuple[str, ...] = field(default=())
    new: tuple[str, ...] = field(default=())
    unwrapped: tuple[str, ...] = field(default=())
    tied: tuple[str, ...] = field(default=())

    @property
    def lost(self) -> tuple[str, ...]:
        """Weights of the encoder itself that its files do not have."""
        return tuple(name for name in self.new if name.partition(".")[0] != _MAY_BE_NEW)

    def account(self) -> dict[str, Any]:
        """The weights' account as it stands in a record."""
        found = {"kept": self.num_kept, "dropped": list(self.dropped), "new": list(self.new)}
        more = {"unwrapped": list(self.unwrapped), "tied": list(self.tied)}
        return found | {name: names for name, names in more.items() if names}


def load_encoder(folder: Path) -> Loaded:
    """The encoder of a folder without any head, in float32; only a pooler may be new.

    Raises:
        UserError: the folder holds no encoder that transformers can open from safetensors, or not all of it.
    """
    loaded = open_encoder(folder)
    refuse_lost(loaded, folder)
    return loaded


def open_encoder(folder: Path) -> Loaded:
    """As `load_encoder`, but what is missing is left to the caller."""
    return open_model(AutoModel, folder)


def load_whole(auto_class: Any, folder: Path, **settings: Any) -> Loaded:
    """The model of a folder with the head that it was saved with.

    Raises:
        UserError: a weight is missing.
    """
    loaded = open_model(auto_class, folder, **settings)
    if loaded.new:
        raise UserError(
            f"{len(loaded.new)} weights of the checkpoint are missing ({first_names(loaded.new)})",
            where=str(folder),
            remedy="have it trained again: stepstone run STUDY --restore LABEL",
        )
    return loaded


def with_new_head(auto_class: Any, folder: Path, seed: int, **settings: Any) -> Loaded:
    """The encoder of `folder` under a head of `auto_class` drawn anew from `seed`.

    A head that the folder was saved with is dropped even where its shape would fit: the target starts
    with a fresh one, as in Phang et al. 2020.
    """
    torch.manual_seed(seed)
    encoder = load_encoder(folder)
    config = AutoConfig.from_pretrained(folder, **settings)
    _refuse_headless(auto_class, config, folder)
    # Left to itself it is made as the parent was stored: a half would round the encoder and the new head.
    model = auto_class.from_config(config, dtype=torch.float32)
    base = getattr(model, model.base_model_prefix)
    weights = encoder.model.state_dict()
    drawn = set(encoder.new)
    outcome = base.load_state_dict({name: value for name, value in weights.items() if name not in drawn}, strict=False)
    prefix = f"{model.base_model_prefix}."
    taken = {prefix + name for name in set(weights) - set(outcome.unexpected_keys) - drawn}
    new = tuple(sorted(set(dict(model.named_parameters())) - taken))
    dropped = tuple(sorted({*encoder.dropped, *outcome.unexpected_keys} - drawn))
    refuse_lost(Loaded(base, len(taken), new=tuple(outcome.missing_keys)), folder)
    return Loaded(model, len(taken), dropped, new)


def _refuse_headless(auto_class: Any, config: PreTrainedConfig, folder: Path) -> None:
    if not has_head(auto_class, config):
        raise UserError(
            f'the architecture "{config.model_type}" has no {auto_class.__name__} in transformers',
            where=str(folder),
            remedy="choose another encoder for this family of tasks",
        )
    if reads_padding(auto_class, config):
        raise UserError(
            f"the {auto_class.__name__} of {config.model_type} would read the last state of a text, which is padding's",
            where=str(folder / "config.json"),
            remedy='write into it: "summary_type": "first"',
        )


def has_head(auto_class: Any, config: PreTrainedConfig) -> bool:
    """Whether this architecture has such a head in the transformers that is installed, beside the encoder.

    Raises:
        UserError: it has, and what the config says of the head cannot be.
    """
    model = _made(auto_class, config)
    return model is not None and isinstance(getattr(model, model.base_model_prefix, None), PreTrainedModel)


def reads_padding(auto_class: Any, config: PreTrainedConfig) -> bool:
    """Whether such a head would read a text by its last state, or by all of them: in a batch, padding's."""
    model = _made(auto_class, config)
    return model is not None and any(getattr(part, "summary_type", "first") != "first" for part in model.modules())


def _made(auto_class: Any, config: PreTrainedConfig) -> PreTrainedModel | None:
    """A model without values; None where transformers has none."""
    if type(config) not in auto_class._model_mapping:
        return None
    try:
        with torch.device("meta"):
            model: PreTrainedModel = auto_class.from_config(config)
    except Exception as error:
        raise UserError(
            f"{auto_class.__name__} cannot be made of it ({first_line(error)})",
            where=f"{config.name_or_path}/config.json",
            remedy="take what it says of the head (classifier_dropout, num_labels ...) out of it: heads are drawn anew",
        ) from error
    return model


def refuse_lost(loaded: Loaded, folder: Path) -> None:
    """Raise UserError where weights of the encoder are not in its files: nothing of it may be drawn at random."""
    lost, total = loaded.lost, len(loaded.model.state_dict())
    if not lost:
        return
    if loaded.num_kept:
        remedy = "give config.json the sizes of these weights (num_hidden_layers ...), or copy all files of the weights"
    else:
        remedy = "load them into the model that they were saved from, and save that: model.save_pretrained(FOLDER)"
    held = f"; they hold names such as {first_names(loaded.dropped)}" if loaded.dropped and not loaded.num_kept else ""
    raise UserError(
        f"{len(lost)} of the encoder's {total} weights are not in its safetensors files ({first_names(lost)}){held}",
        where=str(folder),
        remedy=remedy,
    )


def first_names(names: Sequence[str]) -> str:
    """The first two names of many."""
    return ", ".join(names[:2]) + (", ..." if len(names) > 2 else "")


def cannot_open(folder: Path, why: str) -> UserError:
    """The error where the library makes no model of a folder."""
    return UserError(
        f"no model can be opened here ({why})",
        where=str(folder),
        remedy="a config.json of an architecture that the installed transformers has, and its weights as "
        "safetensors, are needed; code that comes with weights is never run",
    )


def open_model(auto_class: Any, folder: Path, **settings: Any) -> Loaded:
    """The model of a folder in float32 as `auto_class`, with an account of its weights; what is missing is drawn.

    Raises:
        UserError: nothing can be opened there, or weights have other shapes than the config says.
    """
    try:
        model, info = auto_class.from_pretrained(
            folder,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            dtype=torch.float32,
            output_loading_info=True,
            # Refused below, with their names, where the library refers to what it printed.
            ignore_mismatched_sizes=True,
            **settings,
        )
    except MemoryError:
        raise
    # The library raises what it likes at what it finds in a folder.
    except Exception as error:
        raise cannot_open(folder, first_line(error)) from error
    _refuse_misfits(info["mismatched_keys"], folder)
    missing = tuple(sorted(info["missing_keys"]))
    unexpected = tuple(sorted(info["unexpected_keys"]))
    return Loaded(model, len(model.state_dict()) - len(missing), unexpected, missing)


def _refuse_misfits(misfits: Iterable[tuple[str, Any, Any]], folder: Path) -> None:
    """Raise UserError where weights have other shapes than the config gives them."""
    found = sorted((name, tuple(held), tuple(wanted)) for name, held, wanted in misfits)
    if found:
        name, held, wanted = found[0]
        raise UserError(
            f"{len(found)} weights have other shapes than config.json gives them ({name}: {list(held)}, "
            f"not {list(wanted)})",
            where=str(folder / "config.json"),
            remedy="give it the sizes that the weights were saved with, or take both from the same checkpoint",
        )


def configure(model: ScratchModel, tokenizer: PreTrainedTokenizerFast) -> XLMRobertaConfig:
    """XLM-R's form at the declared size; positions are numbered from the padding index on, hence the + 2."""
    return XLMRobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=model.hidden_size,
        num_hidden_layers=model.num_layers,
        num_attention_heads=model.num_heads,
        intermediate_size=4 * model.hidden_size,
        max_position_embeddings=model.max_positions + SPECIAL.index("<pad>") + 1,
        type_vocab_size=1,
        hidden_dropout_prob=model.dropout,
        attention_probs_dropout_prob=model.dropout,
        initializer_range=model.initializer_range,
        bos_token_id=tokenizer.bos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
