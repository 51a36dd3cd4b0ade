"""An encoder from scratch: a Unigram tokenizer, then masked and translation language modelling on declared text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from transformers import XLMRobertaForMaskedLM

from stepstone.core.example import SentenceExample
from stepstone.core.result import PretrainResult
from stepstone.core.specs.encoder import PretrainSpec
from stepstone.data.running_text import load_text, text_content
from stepstone.families import mlm
from stepstone.learning.batch import Feature
from stepstone.learning.encoder import configure
from stepstone.learning.loop import Trainer
from stepstone.learning.objective import SingleObjective
from stepstone.learning.text import TextSampler, TextSampling
from stepstone.learning.tokenizer import train_tokenizer
from stepstone.stages.context import StageContext
from stepstone.stages.inputs import refuse_other

# Enough for a vocabulary of some thousands; more only costs time.
SENTENCES_FOR_VOCABULARY = 60_000


def run(spec: PretrainSpec, folder: Path, context: StageContext) -> PretrainResult:
    """Train tokenizer and encoder into `folder`, a Hugging Face folder."""
    model, recipe = spec.model, spec.model.pretraining
    text = context.catalogue.task(model.text)
    context.phase("reading text")
    wanted = (text, model.languages, model.corpora, context.place, model.num_documents)
    refuse_other(spec.content, text_content(*wanted), f"{text.name} in {', '.join(model.languages)}")
    sentences = load_text(*wanted)
    context.report({"event": "note", "message": f"{len(sentences):,} sentences, vocabulary of {model.vocab_size:,}"})
    context.phase("learning a vocabulary")
    tokenizer = train_tokenizer(_for_vocabulary(sentences), model.vocab_size, recipe.max_length)
    drawing = TextSampling(recipe.max_length, recipe.language_temperature, recipe.translation_share)
    sampler = TextSampler(sentences, tokenizer, drawing, model.seed)

    def draw(step: int) -> list[Feature]:
        generator = np.random.default_rng([model.seed, step, 1])
        return mlm.mask(sampler(step, recipe.batch_size), tokenizer, recipe.mlm_probability, generator)

    torch.manual_seed(model.seed)
    encoder = XLMRobertaForMaskedLM(configure(model, tokenizer))
    steps = recipe.num_steps
    assert steps is not None, f"{model.name} declares no num_steps for pretraining"
    objective = SingleObjective(
        draw, steps, lambda features: mlm.family.collate(features, tokenizer.pad_token_id), mlm.family.loss
    )
    progress = Trainer(encoder, objective, recipe, model.seed, context.training()).run()
    context.phase("saving")
    encoder.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return PretrainResult(
        num_parameters=encoder.base_model.num_parameters(),
        num_sentences=len(sentences),
        **progress.account(),
    )


def _for_vocabulary(sentences: list[SentenceExample]) -> list[str]:
    """The same number of sentences of every language, evenly spread over its text."""
    by_language: dict[str, list[str]] = {}
    for sentence in sentences:
        by_language.setdefault(sentence.language, []).append(sentence.text)
    share = max(1, SENTENCES_FOR_VOCABULARY // len(by_language))
    return [
        texts[place]
        for texts in by_language.values()
        for place in np.linspace(0, len(texts) - 1, min(share, len(texts))).astype(int)
    ]
