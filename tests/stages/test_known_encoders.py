"""Encoders that users name: each architecture and kind of tokenizer, from the folder to the checkpoint that leaves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from sentencepiece import SentencePieceProcessor
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    CanineConfig,
    PreTrainedConfig,
    T5Config,
)

from here import Here
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.catalogue.encoders import ENCODERS, PAIRS, TOKENIZERS
from stepstone.core.errors import UserError
from stepstone.core.model import HubModel
from stepstone.core.place import Place
from stepstone.core.result import EvaluateResult, PretrainedResult
from stepstone.core.study import Study
from stepstone.export.card import export
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.pipeline.run import run
from stepstone.planning.plan import Plan, plan
from stepstone.store.predictions import kept_predictions
from stepstone.store.store import Store
from tiny import sentences
from tiny_encoders import CONFIGS, write_encoder

pytestmark = [pytest.mark.trains, pytest.mark.slow]

NUM_TEXTS = 12
LABELS = ("yes", "no", "perhaps")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Texts in pairs with labels, tagged words, questions, and translations."""
    folder, texts = tmp_path_factory.mktemp("data"), sentences()[:: 75 // NUM_TEXTS][:NUM_TEXTS]
    _write(
        folder / "mails.jsonl",
        [{"id": str(n), "text": one, "pair": texts[-1 - n], "label": LABELS[n % 3]} for n, one in enumerate(texts)],
    )
    _write(folder / "words.jsonl", [{"words": text.split(), "tags": ["A"] * len(text.split())} for text in texts])
    # The last word without its full stop, so that an answer begins after a blank and ends within a word.
    asked = [(text, text.rindex(" ") + 1) for text in texts]
    _write(
        folder / "asked.jsonl",
        [
            {"question": "what?", "context": text, "answers": [{"text": text[at:-1], "answer_start": at}]}
            for text, at in asked
        ],
    )
    _write(folder / "pairs.jsonl", [{"source": text, "target": text.upper()} for text in texts])
    return folder


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def _task(name: str, family: str, **fields: Any) -> dict[str, Any]:
    splits = ("test",) if family == "retrieval" else ("train", "dev", "test")
    return {"family": family, "files": {split: {"en": f"{name}.jsonl"} for split in splits}, **fields}


def _ask(folder: Path, data: Path, tmp_path: Path, *, has_span: bool) -> Plan:
    tasks = {
        "mails": _task("mails", "classification", labels=list(LABELS), columns={"pair": "pair"}),
        "words": _task("words", "tagging", labels=["A", "B"]),
        "asked": _task("asked", "span"),
        "pairs": _task("pairs", "retrieval"),
    }
    if not has_span:
        del tasks["asked"]
    study = Study.parse(
        {
            "name": "known",
            "models": ["own"],
            "model": {"own": {"folder": str(folder)}},
            "recipe": {"num_steps": 1, "batch_size": 4, "max_length": 48, "eval_every": 1, "learning_rate": 1e-3},
            "task": tasks,
            "target": {name: {} for name in tasks},
        }
    )
    return plan(study, Place(folders=(data,), cache=tmp_path / "cache", use_hub=False))


@pytest.mark.parametrize(("architecture", "tokenizer"), PAIRS)
def test_it_opens_trains_evaluates_and_leaves(architecture: str, tokenizer: str, data: Path, tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "own", architecture, tokenizer)
    made = _ask(folder, data, tmp_path, has_span=architecture != "eurobert")
    store = Store(tmp_path / "store", warn=pytest.fail)
    outcome = run(made, store, Here())
    assert outcome.exit_status == 0, outcome.failures
    results = [record.result for record in store.records(made.stages)]
    (obtained,) = (result for result in results if isinstance(result, PretrainedResult))
    assert ("span" in (obtained.heads or ())) is (architecture != "eurobert")
    scores = {result.scores.metric: result.scores for result in results if isinstance(result, EvaluateResult)}
    assert len(scores) == len(made.study.target) and all(one.num_examples == NUM_TEXTS for one in scores.values())
    export(made, store, "own/none/mails/s1", tmp_path / "left")
    assert _answers(tmp_path / "left", data) == _predicted(made, store)


def _predicted(made: Plan, store: Store) -> dict[str, str]:
    key = made.labels["own/none/mails/s1/en"]
    return {row["id"]: row["prediction"] for row in kept_predictions(store, key)}


@torch.inference_mode()
def _answers(folder: Path, data: Path) -> dict[str, str]:
    """As anybody opens the folder, who has no Stepstone."""
    model, info = AutoModelForSequenceClassification.from_pretrained(folder, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"]
    tokenizer, found = AutoTokenizer.from_pretrained(folder), dict[str, str]()
    for line in (data / "mails.jsonl").read_text().splitlines():
        row = json.loads(line)
        inputs = tokenizer(row["text"], row["pair"], truncation=True, max_length=48, return_tensors="pt")
        found[row["id"]] = model.config.id2label[int(model(**inputs).logits[0].argmax())]
    return found


def test_every_line_of_the_table_is_of_an_architecture_and_tokenizer_that_is_tried_and_of_a_catalogue_s_model() -> None:
    for one in ENCODERS:
        assert one.tokenizer in TOKENIZERS
        assert one.opens == (one.architecture in CONFIGS), one.title
        for model in map(BUILT_IN.model, one.models):
            assert isinstance(model, HubModel) and model.architecture is not None
            assert model.architecture.model_type == one.architecture
    of_hub = {name for name in BUILT_IN.models() if isinstance(BUILT_IN.model(name), HubModel)}
    assert of_hub == {name for one in ENCODERS for name in one.models}


SLOW: dict[str, PreTrainedConfig] = {"CanineTokenizer": CanineConfig(), "ByT5Tokenizer": T5Config()}


@pytest.mark.parametrize("kind", SLOW)
def test_characters_and_bytes_have_no_fast_tokenizer_and_are_refused(kind: str, tmp_path: Path) -> None:
    SLOW[kind].save_pretrained(tmp_path / "own")
    (tmp_path / "own" / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": kind}))
    with pytest.raises(
        UserError, match=rf"the tokenizer {kind} is a slow one .*\n.*remedy: choose an encoder that comes"
    ):
        load_tokenizer(tmp_path / "own")


def test_the_encoder_within_a_folder_of_sentence_transformers_is_named(data: Path, tmp_path: Path) -> None:
    inner = write_encoder(tmp_path / "own" / "0_Transformer", "xlm-roberta", "unigram")
    (tmp_path / "own" / "0_A").mkdir()
    for name, text in (("modules.json", "[]"), ("0_A/config.json", '{"word_embedding_dimension": 32}')):
        (tmp_path / "own" / name).write_text(text)
    with pytest.raises(UserError) as caught:
        _ask(tmp_path / "own", data, tmp_path, has_span=True)
    assert "own: holds no config.json" in str(caught.value)
    assert f'name the folder of its encoder: "{inner}"' in str(caught.value)
    assert _ask(inner, data, tmp_path, has_span=True).stages


@pytest.mark.parametrize("architecture", ["xlm-roberta", "deberta-v2"])
def test_a_converted_model_of_sentencepiece_numbers_its_pieces_as_the_weights_were_trained(
    architecture: str, tmp_path: Path
) -> None:
    folder = write_encoder(tmp_path, architecture, "sentencepiece")
    model = SentencePieceProcessor(model_file=str(next(folder.glob("*.model"))))
    shown = load_tokenizer(folder)("the old ferry")["input_ids"]
    # XLM-R puts padding before what SentencePiece numbers from 1 on, DeBERTa takes its numbers as they are.
    shift = 1 if architecture == "xlm-roberta" else 0
    assert shown[1:-1] == [number + shift for number in model.encode("the old ferry")]
    first, last = ("<s>", "</s>") if architecture == "xlm-roberta" else ("[CLS]", "[SEP]")
    assert load_tokenizer(folder).convert_ids_to_tokens([shown[0], shown[-1]]) == [first, last]
