"""Identity: canonical JSON is strict, defaults stay out, names and runtimes change no key."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepstone.core.architecture import Architecture
from stepstone.core.facts import REMEMBERED
from stepstone.core.model import FolderModel, HubModel, ScratchModel
from stepstone.core.recipe import Limits, PretrainRecipe, Recipe, Runtime
from stepstone.core.specs.encoder import PretrainedSpec, PretrainSpec
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.specs.translate import TranslateSpec
from stepstone.core.stage import Stage
from stepstone.core.translator import (
    FileTranslator,
    FolderTranslator,
    HubTranslator,
    LabTranslator,
    TranslatorDeclaration,
)
from stepstone.core.uses import DataUse
from stepstone.core.value import canonical_json, digest

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_the_order_of_keys_changes_no_digest(table: dict[str, Any]) -> None:
    assert digest(dict(reversed(table.items()))) == digest(table)


@pytest.mark.parametrize("value", [math.nan, math.inf, {1}, Path("a"), b"a", {1: 2}, object()])
def test_what_is_not_json_raises(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json({"a": [value]})


def _use(**changes: Any) -> DataUse:
    return DataUse(**{"task": "t", "split": "train", "language": "en", "content": "c", "family_version": 1} | changes)


def _finetune(**changes: Any) -> str:
    spec = FinetuneSpec(**{"train": _use(), "dev": None, "recipe": Recipe(), "seed": 1} | changes)
    return Stage(spec=spec, parents=("p",)).key


def test_a_field_at_its_default_stays_out_of_the_payload() -> None:
    spec = FinetuneSpec(train=_use(), dev=None, recipe=Recipe(batch_size=32, learning_rate=2e-5), seed=1)
    payload = Stage(spec=spec).payload()["spec"]
    assert isinstance(payload, dict)
    assert payload["recipe"] == {"learning_rate": 2e-5}
    assert "keep_head" not in payload


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 2},
        {"keep_head": True},
        {"recipe": Recipe(precision="bf16")},
        {"recipe": Recipe(learning_rate=2e-5)},
        {"recipe": Recipe(max_length=128)},
        {"train": _use(content="d")},
        {"train": _use(language="ja")},
        {"train": _use(num_examples=5)},
        {"train": _use(family_version=2)},
        {"train": _use(labels=("a", "b"))},
        {"dev": _use(split="dev")},
    ],
)
def test_what_changes_numbers_changes_the_key(changes: dict[str, Any]) -> None:
    assert _finetune(**changes) != _finetune()


def test_names_paths_and_labels_change_no_key() -> None:
    one = PretrainedSpec(model=FolderModel(name="a", folder="/x", num_parameters=1), content="c")
    two = PretrainedSpec(model=FolderModel(name="b", folder="/y", recipe={"batch_size": 8}), content="c")
    assert Stage(spec=one, label="l").key == Stage(spec=two, coordinates={"seed": 3}).key
    small = ScratchModel(name="a", text="text", languages=("en",))
    same = ScratchModel(name="b", text="text", languages=("en",), recipe={"batch_size": 8})
    larger = ScratchModel(name="a", text="text", languages=("en",), pretraining=PretrainRecipe(num_steps=7))
    keys = [Stage(spec=PretrainSpec(model=model, content="c")).key for model in (small, same, larger)]
    assert keys[0] == keys[1] != keys[2]


def test_a_size_and_where_it_was_read_change_no_key() -> None:
    shape = Architecture(
        model_type="bert",
        vocab_size=100,
        hidden_size=8,
        num_hidden_layers=1,
        intermediate_size=32,
        max_position_embeddings=16,
        type_vocab_size=2,
    )
    place = {"name": "a", "repository": "someone/a", "revision": "0a1b2c"}
    bare = HubModel(**place)
    told = HubModel(**place, architecture=shape, evidence={"revision": "its page", "architecture": REMEMBERED})
    assert told.num_parameters == shape.num_parameters and HubModel.model_validate(told.model_dump()) == told
    keys = {Stage(spec=PretrainedSpec(model=model, content="hub:a@r")).key for model in (bare, told)}
    assert len(keys) == 1


# What decides a pretrained encoder's weights; the bytes of a folder are its content, and a recipe is its training's.
_DECIDES = {"repository": "someone/b", "revision": "b2c1a0", "num_layers": 2}
_DESCRIBES = {
    "name": "b",
    "folder": "/y",
    "architecture": None,
    "num_parameters": 9,
    "num_embedding_parameters": 8,
    "pretraining_text": {"en": 300.8, "ja": 69.3},
    "recipe": {"batch_size": 8},
    "evidence": {"revision": "its page"},
}


@pytest.mark.parametrize(
    "model", [HubModel(name="a", repository="someone/a", revision="0a1b2c"), FolderModel(name="a", folder="/x")]
)
def test_of_a_model_s_fields_only_those_that_decide_its_weights_change_the_key(model: HubModel | FolderModel) -> None:
    def key(**changes: Any) -> str:
        changed = model.model_copy(update=changes)
        return Stage(spec=PretrainedSpec(model=changed, content="c")).key

    fields = set(type(model).model_fields)
    assert fields <= {*_DECIDES, *_DESCRIBES}, "a new field decides the encoder's weights, or it describes it"
    assert {name for name in fields & {*_DECIDES} if key(**{name: _DECIDES[name]}) == key()} == set()
    assert {name for name in fields & {*_DESCRIBES} if key(**{name: _DESCRIBES[name]}) != key()} == set()


def test_the_definition_and_the_parent_are_in_the_key() -> None:
    spec = EvaluateSpec(data=_use(split="test"), metric="accuracy", definition="xtreme-2020", limits=Limits())
    other = spec.model_copy(update={"definition": "corrected"})
    keys = {
        Stage(spec=spec, parents=("p",)).key,
        Stage(spec=other, parents=("p",)).key,
        Stage(spec=spec, parents=("q",)).key,
    }
    assert len(keys) == 3


def test_a_change_of_how_models_translate_leaves_other_translators_keys() -> None:
    def told(translator: TranslatorDeclaration) -> Any:
        return TranslateSpec(data=_use(), to="de", translator=translator, content="c").hashed()["translator"]

    assert told(FolderTranslator(name="a", folder="/x", num_beams=2)) == {"num_beams": 2, "version": 2}
    assert told(HubTranslator(name="a", repository="b/c", revision="0a1b2c"))["version"] == 2
    assert told(LabTranslator(name="a", noise=0.1)) == {"noise": 0.1}
    assert told(FileTranslator(name="a", files="x.jsonl")) == {}


def test_no_runtime_field_is_a_field_of_a_spec() -> None:
    identity = {
        *Recipe.model_fields,
        *PretrainRecipe.model_fields,
        *FinetuneSpec.model_fields,
        *EvaluateSpec.model_fields,
    }
    assert not identity & set(Runtime.model_fields)


def test_a_stage_survives_json() -> None:
    spec = FinetuneSpec(train=_use(), dev=_use(split="dev"), recipe=Recipe(num_steps=3), seed=4)
    stage = Stage(spec=spec, parents=("p",), label="l", coordinates={"seed": 4})
    again = Stage.model_validate(stage.model_dump(mode="json"))
    assert again == stage
    assert again.key == stage.key


def test_a_spec_that_stages_share_is_put_into_json_types_once() -> None:
    asked: list[str] = []

    class Counted(PretrainedSpec):
        def hashed(self) -> dict[str, Any]:
            asked.append(self.content)
            return super().hashed()

    shared = Counted(model=HubModel(name="a", repository="b/a", revision="0" * 40), content="1")
    first, second = (Stage(spec=shared, parents=(parent,)) for parent in ("c", "d"))
    other = shared.model_copy(update={"content": "2"})
    assert len({first.key, second.key, Stage(spec=other, parents=("c",)).key}) == 3
    assert asked == ["1", "2"]
