"""How well a checkpoint still predicts hidden word pieces of a language, under its encoder's head or its own."""

from __future__ import annotations

from pathlib import Path

from transformers import PreTrainedModel, PreTrainedTokenizerFast

from stepstone.core.errors import UserError
from stepstone.core.example import SentenceExample
from stepstone.core.specs.probe import MlmProbeResult, MlmProbeSpec
from stepstone.families.family import InferenceContext, forward
from stepstone.families.mlm import family, mask_alike
from stepstone.learning.budget import eval_tokens
from stepstone.learning.device import pick_device
from stepstone.learning.heads import open_head
from stepstone.learning.language_model import load_language_model
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.stages.context import StageContext
from stepstone.stages.limits import check_max_length
from stepstone.stages.read import read_examples

# Logits over the vocabulary are the most that is held at once: of 250,000 pieces, half a gigabyte.
MOST_TOKENS = 4096


def run(spec: MlmProbeSpec, folder: Path, context: StageContext) -> MlmProbeResult:
    """The mean loss over all masked pieces; the model stays open for the other languages.

    Raises:
        UserError: the encoder was saved without its language-model head, or no piece of the text can be masked.
    """
    checkpoint, encoder = context.parents["checkpoint"], context.parents["encoder"]
    model, tokenizer = context.keep((checkpoint, spec.kind), lambda: _open(encoder, checkpoint, spec.head, context))
    check_max_length(model, spec.limits, checkpoint)
    task = context.catalogue.task(spec.data.task)
    examples = read_examples(spec.data, task, context, seed=0)
    texts = [example.text for example in examples if isinstance(example, SentenceExample)]
    features = mask_alike(texts, tokenizer, spec.limits.max_length, spec.mlm_probability)
    if not features:
        where = f"{task.name} {spec.data.split}, language {spec.data.language}"
        raise UserError("no word piece is masked", where=where, remedy="probe more examples: num_examples")
    budget = min(eval_tokens(context.runtime, model.device), MOST_TOKENS)
    runtime = context.runtime.model_copy(update={"eval_tokens": budget})
    reading: InferenceContext[SentenceExample] = InferenceContext(task, tokenizer, spec.limits, runtime)
    losses = forward(model, features, reading, family.collate, family.losses)
    num_pieces = sum(len(feature.fields["pieces"]) for feature in features)
    return MlmProbeResult(loss=sum(losses) / num_pieces, num_pieces=num_pieces, num_examples=len(examples))


def _open(
    encoder: Path, checkpoint: Path, head: str, context: StageContext
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    tokenizer = load_tokenizer(encoder)
    if tokenizer.mask_token is None:
        raise UserError(
            "has no piece that hides others (mask_token)", where=str(encoder), remedy="leave mlm out of [probes]"
        )
    model = open_head(family.auto_class, checkpoint, head) if head else load_language_model(encoder, checkpoint)
    return model.to(pick_device(context.runtime.device)), tokenizer
