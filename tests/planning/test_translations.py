"""Translated data in a plan: each translation is one stage, which everything that reads it waits for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.spec import Spec
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.specs.mixture import MixtureSpec
from stepstone.core.specs.translate import TranslateSpec
from stepstone.core.study import Study
from stepstone.pipeline.jobs import make_jobs
from stepstone.planning.own_scores import NUM_EXAMPLES
from stepstone.planning.plan import Plan, plan
from stepstone.planning.rehearse import NOISE, rehearse

ARMS = {
    "en": ["mnli:en"],
    "mt": ["mnli:en>ja"],
    "back": ["mnli:en>ja>en"],
    "both": ["mnli:en", "mnli:en>ja"],
}
STUDY: dict[str, Any] = {
    "name": "translated",
    "models": ["lab-mini"],
    "seeds": [1, 2],
    "languages": ["en", "ja"],
    "lab": {},
    "translator": {"mt": {"noise": 0.1}},
    "intermediate": {"nli": {"arms": ARMS, "translator": "mt", "num_examples": 1000}},
    "target": {"xnli": {}},
}


def planned(tmp_path: Path, **changes: Any) -> Plan:
    return plan(Study.parse({**STUDY, **changes}), Place(cache=tmp_path / "cache"))


def test_a_translation_is_planned_once_and_waited_for(tmp_path: Path) -> None:
    made = planned(tmp_path, intermediate={"nli": {"arms": ARMS, "translator": "mt"}})
    translations = {key: stage for key, stage in made.stages.items() if isinstance(stage.spec, TranslateSpec)}
    train, dev = "mnli.train.en", "mnli.dev.en"
    names = {f"{split}{chain}/mt" for split in (train, dev) for chain in (">ja", ">ja>en")}
    assert {stage.label for stage in translations.values()} == names, "all seeds and arms share them"
    trained = made.stages[made.labels["lab-mini/nli.mt/s1"]]
    assert isinstance(trained.spec, FinetuneSpec) and trained.spec.train.language == "ja"
    assert trained.parent(f"{train}>ja/mt") == made.labels[f"{train}>ja/mt"]
    back = made.stages[made.labels[f"{train}>ja>en/mt"]]
    assert back.parents == (made.labels[f"{train}>ja/mt"],)
    both = made.stages[made.labels["lab-mini/nli.both/s1"]]
    assert isinstance(both.spec, MixtureSpec) and made.labels[f"{train}>ja/mt"] in both.parents
    jobs = {job.id: job for job in make_jobs(made.stages, set(made.stages))}
    assert made.labels[f"{train}>ja/mt"] in jobs[trained.key].needs and made.labels[f"{train}>ja/mt"] in jobs


def test_only_what_is_drawn_is_translated(tmp_path: Path) -> None:
    made = planned(tmp_path, target={"xnli": {"translate_test": "mt", "num_test": 70}})
    for seed in (1, 2):
        trained = made.stages[made.labels[f"lab-mini/nli.mt/s{seed}"]]
        drawn = made.stages[trained.parent(f"mnli.train.en>ja/mt/1000/s{seed}") or ""]
        assert isinstance(drawn.spec, TranslateSpec) and isinstance(trained.spec, FinetuneSpec)
        assert (drawn.spec.data.num_examples, drawn.spec.seed) == (1000, seed), "as the arm in English draws"
        assert trained.spec.train.num_examples == 1000
    tested = made.stages[made.labels["xnli.test.ja>en/mt/70/s0"]]
    assert isinstance(tested.spec, TranslateSpec) and (tested.spec.data.num_examples, tested.spec.seed) == (70, 0)
    back = made.stages[made.labels["mnli.train.en>ja>en/mt/1000/s2"]]
    assert isinstance(back.spec, TranslateSpec) and back.spec.data.num_examples is None, "all that came there"


def test_the_translator_is_in_the_keys_and_its_name_is_not(tmp_path: Path) -> None:
    def keys(name: str, noise: float, kind: type[Spec]) -> set[str]:
        arms = {"mt": ["mnli:en>ja"], "back": ["mnli:en>ja>en"], "both": ARMS["both"]}
        nli = {"arms": arms, "translator": name, "num_examples": 1000}
        made = planned(tmp_path, translator={name: {"noise": noise}}, intermediate={"nli": nli})
        return {stage.key for stage in made.stages.values() if isinstance(stage.spec, kind)}

    for kind in (TranslateSpec, FinetuneSpec, MixtureSpec):
        assert keys("mt", 0.1, kind) == keys("other", 0.1, kind)
    assert not keys("mt", 0.1, TranslateSpec) & keys("mt", 0.2, TranslateSpec)


def _arm(name: str) -> dict[str, Any]:
    return {"nli": {"arms": {"mt": ["mnli:en>ja"]}, "translator": name, "num_examples": 1000}}


def test_translate_test_reads_translations_of_the_test_data(tmp_path: Path) -> None:
    made = planned(tmp_path, target={"xnli": {"translate_test": "mt"}})
    ja = made.stages[made.labels["lab-mini/nli.en/xnli/s1/ja"]]
    en = made.stages[made.labels["lab-mini/nli.en/xnli/s1/en"]]
    assert isinstance(ja.spec, EvaluateSpec) and ja.spec.data.language == "ja" and not en.spec.uses()[0].made_by
    (maker,) = [made.stages[key] for role, key in ja.by_role.items() if role != "checkpoint"]
    assert isinstance(maker.spec, TranslateSpec) and (maker.spec.data.language, maker.spec.to) == ("ja", "en")


def test_a_translated_arm_is_scored_on_translated_and_on_native_dev_data(tmp_path: Path) -> None:
    arms = {"mt": ["xnli:en>ja"], "back": ["xnli:en>ja>en"], "no_native": ["mnli:en>ja"]}
    recipe = {"selection": "last"}
    made = planned(tmp_path, seeds=[1], recipe=recipe, intermediate={"nli": {"arms": arms, "translator": "mt"}})
    scored = {(cell.arm, cell.target, cell.language): made.stages[cell.key] for cell in made.own_cells}
    assert set(scored) == {
        ("mt", "xnli.en>ja", "ja"),
        ("mt", "xnli", "ja"),
        ("back", "xnli.en>ja>en", "en"),
        ("back", "xnli", "en"),
        ("no_native", "mnli.en>ja", "ja"),
    }
    native, translated = scored["mt", "xnli", "ja"].spec, scored["mt", "xnli.en>ja", "ja"]
    assert isinstance(native, EvaluateSpec) and not native.data.made_by and native.data.language == "ja"
    maker = made.stages[translated.parents[1]]
    assert isinstance(maker.spec, TranslateSpec) and maker.spec.data.num_examples == NUM_EXAMPLES
    assert translated.label == "lab-mini/nli.mt/own/s1/en>ja"


def test_dev_data_that_chooses_a_step_is_translated_once_for_the_score_too(tmp_path: Path) -> None:
    made = planned(tmp_path, seeds=[1], intermediate=_arm("mt"))
    (cell,) = made.own_cells
    assert made.stages[cell.key].parents[1] == made.labels["mnli.dev.en>ja/mt"]
    assert [stage.label for stage in made.stages.values() if ".dev." in stage.label] == ["mnli.dev.en>ja/mt"]


def test_answers_in_another_language_are_not_scored_by_the_rules_of_english(tmp_path: Path) -> None:
    span = {"arms": {"en": ["squad:en"], "mt": ["squad:en>ja"]}, "translator": "mt", "num_examples": 1000}
    made = planned(tmp_path, seeds=[1], intermediate={"span": span})
    specs = [made.stages[cell.key].spec for cell in made.own_cells]
    assert [spec.definition for spec in specs if isinstance(spec, EvaluateSpec)] == ["squad-1.1", "language-aware"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"intermediate": {"nli": {"arms": ARMS}}}, "no translator is named"),
        ({"intermediate": {"nli": {"arms": ARMS, "translator": "mtt"}}}, 'did you mean "mt"'),
        ({"intermediate": {"nli": {"arms": {"a": ["mnli:en>xx"]}, "translator": "mt"}}}, "xx"),
        ({"intermediate": {"nli": {"arms": {"a": ["mnli:en>sv"]}, "translator": "mt"}}}, 'has no language "sv"'),
        ({"intermediate": {"nli": {"arms": {"a": ["mnli:en>en"]}, "translator": "mt"}}}, "into itself"),
        (
            {"intermediate": {"tag": {"arms": {"a": ["ccg:en>de"]}, "translator": "mt"}}},
            "intermediate.tag.*have no tag",
        ),
        ({"target": {"xquad": {"translate_test": "mt"}}}, "parts of its own texts"),
        ({"translator": {"mt": {"folder": "nowhere"}}}, "holds no config.json"),
        ({"translator": {"mt": {"hub": "a/b"}}}, "pinned revision"),
        ({"translator": {"mt": {"hub": "a/b", "revision": "main"}}}, 'mt.revision: "main" may stand for other weights'),
        ({"intermediate": {"nli": {"arms": {"a": ["mnli:en>en"]}, "translator": "mt"}}}, "nli: mnli.en>en: "),
        ({"translator": {"mt": {"noise": 0.1, "num_beams": 2}}}, "num_beams are for models"),
        ({"translator": {"mt": {}}}, "give one of hub"),
    ],
)
def test_what_is_wrong_is_said_at_plan(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        planned(tmp_path, **changes)


@pytest.mark.parametrize("task", ["udpos", "ccg"])
def test_tags_of_all_words_are_refused_of_a_model_and_not_of_the_lab(task: str, tmp_path: Path) -> None:
    tags = {"tag": {"arms": {"a": [f"{task}:en>de"]}, "translator": "mt"}}
    with pytest.raises(UserError, match=r"intermediate\.tag.*cannot be carried over"):
        planned(tmp_path, translator={"mt": {"hub": "a/b", "revision": "0" * 40}}, intermediate=tags)
    if task == "udpos":
        made = planned(tmp_path, intermediate=tags)
        assert any(isinstance(stage.spec, TranslateSpec) for stage in made.stages.values())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["marian", "t5"])
def test_a_folder_is_in_the_key_by_what_it_holds(kind: str, tmp_path: Path) -> None:
    import small_translator  # opens torch, for this test alone

    write = getattr(small_translator, f"write_{kind}")
    folder = write(tmp_path / "model", ["the ferry leaves", "nobody mends the red sail of my aunt"] * 20)
    changes = {"translator": {"mt": {"folder": str(folder)}}, "intermediate": _arm("mt")}

    def keys() -> set[str]:
        made = planned(tmp_path, **changes)
        return {stage.key for stage in made.stages.values() if isinstance(stage.spec, TranslateSpec)}

    first = keys()
    (folder / "generation_config.json").write_text("{}")
    assert len(first) == 3 and not first & keys(), "two seeds and the dev set"


def test_a_rehearsal_translates_with_the_lab() -> None:
    table = {**STUDY, "translator": {"mt": {"hub": "a/b", "revision": "0a1b2c"}}}
    del table["lab"]
    small = rehearse(Study.parse(table))
    assert small.translator["mt"].noise == NOISE and small.translator["mt"].hub is None
