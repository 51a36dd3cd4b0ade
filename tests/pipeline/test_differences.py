"""Conditions that differ in one thing: `why` says that thing in words, and nothing else."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from invented import commit
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.pipeline.explain import explain
from stepstone.planning.plan import plan
from stepstone.store.store import Store

TEXT = {"task": "text", "language": ["en", "ja"], "share": 0.5}
ARMS: dict[str, Any] = {
    "en": "mnli:en",
    "ja": "jnli:ja",
    "mt": "mnli:en>ja",
    "both": ["mnli:en", "jnli:ja"],
    "mlm": ["mnli:en", TEXT],
    "m": {"merge": ["en", "ja"]},
}
STUDY: dict[str, Any] = {
    "name": "axes",
    "models": ["lab-mini"],
    "seeds": [1],
    "languages": ["en", "ja"],
    "lab": {},
    "translator": {"t": {"noise": 0.0}},
    "intermediate": {"nli": {"num_examples": 100, "translator": "t", "arms": ARMS}},
    "target": {"udpos": {"num_examples": 50}},
}
NLI = "intermediate.nli"


def changed(path: str, value: Any) -> Study:
    table = inner = copy.deepcopy(STUDY)
    *way, last = path.split(".")
    for name in way:
        inner = inner.setdefault(name, {})
    inner[last] = value
    if last == "after":
        table["intermediate"]["x"] = {"tasks": {"en": "snli"}, "num_examples": 50}
    return Study.parse(table)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Store]:
    """A place, and a store in which the usual study was run."""
    folder = tmp_path_factory.mktemp("usual")
    place, store = Place(cache=folder / "cache", use_hub=False), Store(folder / "store")
    for stage in plan(Study.parse(STUDY), place).stages.values():
        commit(store, stage)
    return place, store


def said(study: Study, label: str, place: Place, store: Store) -> list[str]:
    """What `why` says of a stage of a study where the usual one was run, but for what is missing."""
    lines = explain(plan(study, place), store, label).lines
    return [line for line in lines if not line.endswith(("is missing", "never run"))]


JA = {"task": "jnli", "language": "ja"}


@pytest.mark.parametrize(
    ("path", "value", "label", "lines"),
    [
        (f"{NLI}.arms.en", "anli_plus:en", "nli.en", ["dev.task mnli -> anli_plus", "train.task mnli -> anli_plus"]),
        (f"{NLI}.arms.mlm", ["mnli:en", {**TEXT, "share": 0.3}], "nli.mlm", ["portions.text.en+ja.share 0.5 -> 0.3"]),
        (f"{NLI}.arms.mlm", ["mnli:en", {**TEXT, "exponent": 1}], "nli.mlm", ["portions.text.en+ja.exponent 0.3 -> 1"]),
        (
            f"{NLI}.arms.both",
            ["mnli:en", {**JA, "loss_weight": 2}],
            "nli.both",
            ["portions.jnli.ja.loss_weight 1 -> 2"],
        ),
        (
            f"{NLI}.arms.both",
            ["mnli:en", {**JA, "recipe": {"max_length": 64}}],
            "nli.both",
            ["portions.jnli.ja.limits"],
        ),
        (
            f"{NLI}.arms.mlm",
            ["mnli:en", TEXT, JA],
            "nli.mlm",
            ["portions.mnli.en.data", "portions.jnli.ja none -> there"],
        ),
        (f"{NLI}.mixing", {"temperature": 2}, "nli.both", ["mixing.temperature 1 -> 2"]),
        (f"{NLI}.num_examples", 200, "nli.en", ["train.num_examples 100 -> 200"]),
        (f"{NLI}.recipe", {"lora_rank": 4}, "nli.en", ["lora_rank 0 -> 4"]),
        (f"{NLI}.recipe", {"freeze_layers": 1}, "nli.ja", ["freeze_layers 0 -> 1"]),
        (f"{NLI}.arms.m", {"merge": ["en", "ja"], "method": "ties"}, "nli.m", ["how.method mean -> ties"]),
        (f"{NLI}.arms.m", {"merge": ["en", "mt"]}, "nli.m", ["nli.mt/s1: dev.made_by none -> mnli.dev.en>ja/t"]),
        ("translator.t.noise", 0.2, "nli.mt", ["its parent mnli.train.en>ja/t/100/s1: translator.noise 0 -> 0.2"]),
        (f"{NLI}.after", "x.en", "nli.en", ["its parent lab-mini/x.en/s1: lab-mini (pretrain) -> lab-mini/x.en/s1"]),
        ("source_language", "ja", "none/udpos", ["dev.language en -> ja", "train.language en -> ja"]),
        (
            "models",
            ["lab-nano"],
            "nli.en",
            ["otherwise than lab-mini/nli.en/s1: its parent lab-nano: model.hidden_size"],
        ),
        ("pretraining_seeds", [2], "nli.en", ["its parent lab-mini.p2: model.seed 1 -> 2"]),
        ("seeds", [3], "nli.en", ["otherwise than lab-mini/nli.en/s1: seed 1 -> 3"]),
    ],
)
def test_an_axis_is_said_in_words(
    path: str, value: Any, label: str, lines: list[str], usual: tuple[Place, Store]
) -> None:
    model = {"models": "lab-nano", "pretraining_seeds": "lab-mini.p2"}.get(path, "lab-mini")
    found = said(changed(path, value), f"{model}/{label}/s{3 if path == 'seeds' else 1}", *usual)
    for line in lines:
        assert any(line in one for one in found), found
    # One thing: in the encoder's sizes and in two splits of data it is several fields.
    assert all("{" not in one for one in found) and len(found) <= 4, found
