import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.recipe import Recipe
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.core.value import digest
from stepstone.planning.plan import plan

GOLDEN = Path(__file__).parents[1] / "pipeline" / "golden_keys.json"


def stage_of(planned, label):
    return planned.stages[planned.labels[label]]


def test_every_cell_is_planned_and_shared_stages_once(make_plan) -> None:
    planned = make_plan()
    # 2 seeds x (baseline, nli.en, nli.ja) x (xnli en de, xquad en de, tatoeba de ja)
    assert len(planned.cells) == 2 * 3 * 6
    # Per seed: nli en and ja, then mnli for xnli and squad for xquad after none, en, ja.
    # The hop "nli.en" has its own number of examples, so it is not the one that xnli is trained on.
    # Read off them: xnli and xquad, tatoeba (off the encoder once for all seeds), and nli by itself.
    assert planned.num_stages == {
        "pretrained": 1,
        "finetune": 2 * (2 + 3 * 2),
        "evaluate": 2 * 3 * 4 + (2 * 2 * 2 + 2) + 2 * 2,
    }
    # Separately each of 2 x 3 x 3 runs would take its model and hops, and evaluate two languages.
    assert planned.requested == {"pretrained": 18, "finetune": 2 * (3 * 2 + 2 * 3), "evaluate": 36 + 2 * 2}


def test_an_intermediate_that_equals_a_baseline_target_hop_is_trained_once(make_plan) -> None:
    # As an intermediate MultiNLI has a recipe of its own: here it is told to train as XNLI's does.
    entry = {"tasks": {"en": "mnli"}, "recipe": {"batch_size": 32}}
    planned = make_plan(languages=["en"], intermediate={"nli": entry}, target={"xnli": {}}, seeds=[1])
    assert planned.labels["alpha/nli.en/s1"] == planned.labels["alpha/none/xnli/s1"]
    assert planned.num_stages["finetune"] == 2


def test_shared_fine_tunes_of_many_intermediates_are_counted_against_separate_runs(place, data) -> None:
    names = ["mnli", "squad", "qqp", "snli", "squad2"]
    for name in names:
        for split in ("train", "dev"):
            for file in _files(name, split):
                (data / file).parent.mkdir(parents=True, exist_ok=True)
                (data / file).write_text(f"{name} {split}")
    alike = {"recipe": {"batch_size": 32, "num_epochs": 2}}
    entries = {name: {"tasks": {"en": name}, **alike} for name in names}
    variants = {f"{name}-long": {"tasks": {"en": name}, "recipe": {"num_epochs": 9}} for name in names}
    study = Study.parse(
        {
            "name": "many",
            "models": ["alpha"],
            "seeds": [1, 2, 3],
            "languages": ["de", "en"],
            "model": {"alpha": {"hub": "someone/alpha", "revision": "0a1b2c"}},
            "intermediate": {**entries, **variants},
            "target": {"xnli": {}, "xquad": alike, "tatoeba": {}},
        }
    )
    planned = plan(study, place)
    # Trained targets: xnli on mnli, xquad on squad; as baselines they equal the intermediates mnli and squad.
    assert planned.requested["finetune"] == 3 * (10 * 3 + 11 * 2)
    assert planned.num_stages["finetune"] == 3 * (10 + 11 * 2) - 3 * 2


def _files(name, split):
    from stepstone.catalogue.catalogue import BUILT_IN
    from stepstone.core.task import Files

    source = next(source for source in BUILT_IN.task(name).sources if isinstance(source, Files))
    return [source.files[split][0].replace("*", "0").replace("{language}", "en")]


def test_parents_come_before_their_children(make_plan) -> None:
    seen: set[str] = set()
    for key, stage in make_plan().stages.items():
        assert stage.key == key and set(stage.parents) <= seen
        seen.add(key)


def test_a_target_is_trained_on_the_condition_checkpoint_and_evaluated_in_each_language(make_plan) -> None:
    planned = make_plan()
    tuned = stage_of(planned, "alpha/nli.ja/xquad/s2")
    assert isinstance(tuned.spec, FinetuneSpec)
    assert tuned.parents == (planned.labels["alpha/nli.ja/s2"],)
    assert (tuned.spec.train.task, tuned.spec.train.language, tuned.spec.seed) == ("squad", "en", 2)
    assert tuned.spec.dev is not None and tuned.spec.dev.split == "dev"
    read = stage_of(planned, "alpha/nli.ja/xquad/s2/de")
    assert isinstance(read.spec, EvaluateSpec) and read.parents == (tuned.key,)
    assert (read.spec.data.task, read.spec.data.split, read.spec.data.language) == ("xquad", "test", "de")
    assert read.coordinates == {
        "model": "alpha",
        "condition": "nli.ja",
        "seed": 2,
        "intermediate": "nli",
        "arm": "ja",
        "intermediate_language": "ja",
        "method": "single",
        "target": "xquad",
        "language": "de",
    }


def test_retrieval_is_read_off_the_condition_itself_and_off_the_pretrained_model_once_for_all_seeds(make_plan) -> None:
    planned = make_plan()
    read = stage_of(planned, "alpha/none/tatoeba/ja")
    assert read.parents == (planned.labels["alpha"],) and "seed" not in read.coordinates
    cells = [
        cell for cell in planned.cells if (cell.condition, cell.target, cell.language) == ("none", "tatoeba", "ja")
    ]
    assert [cell.seed for cell in cells] == [1, 2] and {cell.key for cell in cells} == {read.key}
    assert stage_of(planned, "alpha/nli.ja/tatoeba/s1/ja").parents == (planned.labels["alpha/nli.ja/s1"],)


def test_hops_follow_each_other_in_one_language(make_plan) -> None:
    chain = {
        "first": {"tasks": {"en": "mnli", "ja": "jnli"}},
        "second": {"tasks": {"en": "squad"}, "after": "first"},
    }
    planned = make_plan(intermediate=chain)
    assert stage_of(planned, "alpha/second.en/s1").parents == (planned.labels["alpha/first.en/s1"],)
    with pytest.raises(UserError, match=r'intermediate.second.tasks.ja: comes after "first", which has no arm "ja"'):
        make_plan(
            intermediate={
                "first": {"tasks": {"en": "mnli"}},
                "second": {"tasks": {"ja": "jnli"}, "after": "first"},
            }
        )


def test_the_later_recipe_wins(make_plan) -> None:
    own = {"batch_size": 8, "max_length": 64, "max_query_length": 32}
    model = {"alpha": {"hub": "someone/alpha", "revision": "0a1b2c", "recipe": own}}
    planned = make_plan(
        languages=["de"],
        model=model,
        recipe={"batch_size": 4, "learning_rate": 3e-5},
        target={"xnli": {"recipe": {"learning_rate": 5e-5}}, "xquad": {}},
    )
    xnli = stage_of(planned, "alpha/none/xnli/s1").spec.recipe
    assert (xnli.learning_rate, xnli.batch_size, xnli.max_length) == (5e-5, 4, 64)
    assert xnli.num_epochs == 2 and xnli.weight_decay == Recipe().weight_decay
    xquad = stage_of(planned, "alpha/none/xquad/s1").spec.recipe
    assert (xquad.learning_rate, xquad.max_length) == (3e-5, 64)
    assert stage_of(planned, "alpha/none/xquad/s1/de").spec.limits == xquad.limits()


def test_looks_that_are_averaged_must_fit_into_the_training(make_plan) -> None:
    short = {"num_steps": 10, "selection": "last", "average_last": 3}
    with pytest.raises(UserError, match="average_last = 3 looks, 1000 steps apart, do not fit into a training of 10"):
        make_plan(languages=["de"], target={"xnli": {"recipe": short}})
    assert make_plan(languages=["de"], target={"xnli": {"recipe": {**short, "eval_every": 4}}}).cells


def test_dev_is_read_only_where_it_chooses_the_checkpoint(make_plan) -> None:
    planned = make_plan(recipe={"selection": "last"})
    assert stage_of(planned, "alpha/none/xnli/s1").spec.dev is None


def test_a_task_without_dev_must_say_how_its_checkpoint_is_chosen(make_plan) -> None:
    with pytest.raises(UserError, match='jsick has no dev data in "ja" to choose a checkpoint by'):
        make_plan(languages=["en"], target={"jsick": {"source_language": "ja"}})


def test_numbers_of_examples_reach_the_data_that_they_are_about(make_plan) -> None:
    planned = make_plan(languages=["en"], target={"xnli": {"num_examples": 50, "num_test": 20}})
    assert stage_of(planned, "alpha/nli.ja/s1").spec.train.num_examples == 100
    tuned, read = stage_of(planned, "alpha/nli.ja/xnli/s1"), stage_of(planned, "alpha/nli.ja/xnli/s1/en")
    assert (tuned.spec.train.num_examples, tuned.spec.dev.num_examples, read.spec.data.num_examples) == (50, None, 20)


def test_groups_are_the_study_s_and_else_the_genus(make_plan) -> None:
    planned = make_plan(groups={"near": ["de", "en"]})
    assert {(cell.language, cell.group) for cell in planned.cells} == {
        ("de", "near"),
        ("en", "near"),
        ("ja", "Japanese"),
    }
    with pytest.raises(UserError, match=r'groups.far: "de" stands in the group near, too'):
        make_plan(groups={"near": ["de"], "far": ["de"]})


def test_all_mistakes_are_told_at_once_with_key_and_nearest_name(make_plan) -> None:
    with pytest.raises(UserError) as caught:
        make_plan(
            models=["alpha", "alpa"],
            languages=["en", "de", "yo"],
            intermediate={"nli": {"tasks": {"ja": "mnli", "en": "mnly"}}},
            target={
                "xnly": {},
                "xquad": {"train": ["mnli"], "languages": ["ja"], "definition": "xtreme-2021"},
                "xnli": {"source_language": "ja", "split": "tests"},
                "pawsx": {"train": ["mnli"]},
            },
        )
    message = str(caught.value)
    for part in (
        'models: no model is called "alpa"; did you mean "alpha"?',
        'languages: no target has test data in "yo"',
        'intermediate.nli.tasks.ja: mnli has no training data in "ja" (it has en)',
        'intermediate.nli.tasks.en: no task is called "mnly"; did you mean "mnli"?',
        'target.xnly: no task is called "xnly"; did you mean "xnli"?',
        "target.xquad.train: mnli trains classification, xquad needs span",
        'target.xquad.languages: xquad has no test data in "ja"',
        'target.xquad.definition: squad has no definition "xtreme-2021"; did you mean "xtreme-2020"?',
        'target.xnli.train: mnli has no training data in "ja"',
        'target.xnli.split: xnli has no split "tests"; did you mean "test"?',
        "target.pawsx.train: mnli does not know the labels 0, 1 of pawsx",
    ):
        assert part in message


@pytest.mark.parametrize("name", ["none", "a/b"])
def test_names_that_labels_need_are_refused(make_plan, name) -> None:
    with pytest.raises(UserError, match="give another name"):
        make_plan(intermediate={name: {"tasks": {"en": "mnli"}}})


def test_more_examples_than_the_release_has_are_refused(make_plan) -> None:
    with pytest.raises(UserError, match=r"num_examples = 30000, but jnli has 20073 in ja; give .* or at_most = true"):
        make_plan(intermediate={"nli": {"tasks": {"ja": "jnli"}, "num_examples": 30_000}})
    assert make_plan(intermediate={"nli": {"tasks": {"ja": "jnli"}, "num_examples": 30_000, "at_most": True}}).cells


def test_all_missing_data_is_told_in_one_message(make_plan, data) -> None:
    (data / "XNLI-1.0/xnli.test.tsv").unlink()
    (data / "xquad.de.json").unlink()
    (data / "jnli-v1.3/train-v1.3.json").unlink()
    with pytest.raises(UserError) as caught:
        make_plan()
    message = str(caught.value)
    assert "data that is not available (4)" in message
    assert "\n- xnli: test in en, de\n  looked for: " in message and "XNLI-1.0/xnli.test.tsv" in message
    assert "\n- xquad: test in de\n" in message and "jnli-v1.*/train-v1.*.json" in message
    lines = [line.strip() for line in message.splitlines()]
    assert len(set(lines)) == len(lines), "each line once"
    assert message.count(str(data)) == 1 and message.count("remedy: ") == 1


def test_missing_data_that_the_hub_has_ends_with_the_command_that_fetches_it(make_plan, data) -> None:
    (data / "XNLI-1.0/xnli.test.tsv").unlink()
    (data / "jnli-v1.3/train-v1.3.json").unlink()
    with pytest.raises(UserError) as caught:
        make_plan()
    command, tasks = str(caught.value).splitlines()[-1].split(": ")[1].split(" get ")
    assert command == "stepstone data" and sorted(tasks.split()) == ["jnli", "xnli"]


def test_a_missing_model_folder_is_told_with_the_data(make_plan, tmp_path) -> None:
    with pytest.raises(UserError, match=r"model alpha: .*holds no config.json"):
        make_plan(model={"alpha": {"folder": str(tmp_path / "nothing")}})


def test_a_model_folder_is_known_by_its_content_not_by_its_place(make_plan, tmp_path) -> None:
    keys = []
    for name, weights in (("one", "w"), ("two", "w"), ("three", "other")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "config.json").write_text("{}")
        (folder / "tokenizer.json").write_text("{}")
        (folder / "model.safetensors").write_text(weights)
        (folder / "README.md").write_text(name)
        keys.append(make_plan(model={"alpha": {"folder": str(folder)}}).labels["alpha"])
    assert keys[0] == keys[1] != keys[2]


def test_an_encoder_of_the_study_s_own_is_pretrained_once_and_its_mistakes_are_told(make_plan, data) -> None:
    (data / "text" / "corpus").mkdir(parents=True)
    (data / "text" / "corpus" / "en.txt").write_text("1\tinvented text\n")
    scratch = {
        "text": "text",
        "languages": ["en"],
        "max_positions": 64,
        "pretraining": {"num_steps": 5, "max_length": 64},
    }
    recipe = {"max_length": 64, "max_query_length": 32}
    planned = make_plan(model={"alpha": {"scratch": scratch, "recipe": recipe}})
    assert planned.num_stages["pretrain"] == 1 and planned.stages[planned.labels["alpha"]].kind == "pretrain"
    assert {cell.num_parameters for cell in planned.cells} == {
        planned.stages[planned.labels["alpha"]].spec.model.num_parameters
    }
    with pytest.raises(UserError, match="max_length = 256 exceeds its 64 positions"):
        make_plan(model={"alpha": {"scratch": scratch}})
    with pytest.raises(UserError) as caught:
        make_plan(model={"alpha": {"scratch": {**scratch, "text": "xnli", "pretraining": {}}}})
    message = str(caught.value)
    assert "model.alpha.scratch.text: xnli is classification, not running text" in message
    assert "num_steps is missing" in message and "max_length = 256 exceeds max_positions = 64" in message


def test_other_bytes_of_data_are_other_keys_and_only_below_them(make_plan, data) -> None:
    before = make_plan().labels
    (data / "xquad.de.json").write_text("corrected rows\n")
    after = make_plan().labels
    changed = {label for label in before if before[label] != after[label]}
    assert changed and all("xquad" in label and label.endswith("/de") for label in changed)


def test_a_key_is_the_digest_of_the_payload(make_plan) -> None:
    for key, stage in make_plan().stages.items():
        assert key == digest(stage.payload())


def test_a_stage_keeps_its_key_when_it_travels_as_json(make_plan) -> None:
    for key, stage in make_plan().stages.items():
        assert Stage.model_validate_json(stage.model_dump_json()).key == key


def test_keys_are_the_golden_ones(make_plan) -> None:
    planned = make_plan()
    keys = {label: key[:16] for label, key in planned.labels.items()}
    # To write the file anew: delete it, run this test once, and look at what changed.
    if not GOLDEN.exists():
        GOLDEN.write_text(json.dumps(keys, indent=1, sort_keys=True) + "\n")
    golden = json.loads(GOLDEN.read_text())
    moved = sorted(label for label in golden if keys.get(label) != golden[label])
    assert keys == golden, (
        f"{len(moved)} of {len(golden)} keys changed, first {moved[:3]}: every store would compute these again. "
        "If numbers did not change, mend the change (a new field needs a default that means what was done before). "
        "If they did, raise the version: VERSIONS in core/stage.py for a kind of stage, FAMILY_VERSIONS in "
        "core/task.py for a family; a changed recipe or data is a change by itself. "
        f"Then delete {GOLDEN.name}, run this test to write it anew, and say in the commit why keys moved."
    )


@pytest.mark.slow
def test_ten_thousand_stages_are_planned_in_about_two_seconds(make_plan) -> None:
    """Of an idle core, which hashes 350,000 small payloads in that time; beside other processes both take longer."""
    nli = {f"nli-{number}": {"tasks": {"en": "mnli"}, "num_examples": 100 + number} for number in range(20)}

    def seconds(work: Callable[[], object]) -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    def hash_all() -> None:
        for number in range(100_000):
            payload = {"kind": "evaluate", "spec": {"task": "xnli", "seed": number}, "parents": ["0" * 64]}
            hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()

    def plan_all() -> None:
        assert len(make_plan(intermediate=nli, seeds=list(range(1, 61))).stages) > 10_000

    assert any(seconds(plan_all) < 3.5 * seconds(hash_all) for _ in range(5))


def test_a_plan_without_a_place_says_what_is_missing() -> None:
    study = Study.parse(
        {
            "name": "s",
            "models": ["alpha"],
            "model": {"alpha": {"hub": "a/b", "revision": "0a1b2c"}},
            "target": {"mlqa": {"languages": ["de"]}},
        }
    )
    with pytest.raises(UserError, match="data that is not available"):
        plan(study, Place(use_hub=False))


def test_a_shared_pool_is_read_in_all_languages_whichever_are_evaluated(make_plan) -> None:
    lab = {"lab": {"seed": 1}, "languages": ["de", "ja"], "target": {"lareqa": {"train": []}}}
    planned = make_plan(**lab)
    german, japanese = (stage_of(planned, f"alpha/none/lareqa/{code}").spec for code in ("de", "ja"))
    assert isinstance(german, EvaluateSpec) and isinstance(japanese, EvaluateSpec)
    declared = {"ar", "de", "el", "en", "es", "hi", "ru", "th", "tr", "vi", "zh"}
    assert {use.language for use in german.pool} == declared
    # A language of the lab that the release lacks joins for itself: its answers must be among the candidates.
    assert {use.language for use in japanese.pool} == declared | {"ja"}
    alone = make_plan(**{**lab, "languages": ["de"]})
    assert stage_of(alone, "alpha/none/lareqa/de").key == stage_of(planned, "alpha/none/lareqa/de").key


def test_without_a_shared_pool_nothing_of_it_is_in_a_key(make_plan) -> None:
    spec = stage_of(make_plan(), "alpha/none/tatoeba/ja").spec
    assert isinstance(spec, EvaluateSpec) and spec.pool == () and "pool" not in spec.identity()


def test_that_no_folder_of_data_was_given_is_said_as_such(tmp_path: Path) -> None:
    study = Study.parse({"name": "bare", "models": ["mbert"], "target": {"xnli": {}, "pawsx": {}}, "languages": ["en"]})
    with pytest.raises(UserError) as caught:
        plan(study, Place(cache=tmp_path, use_hub=False))
    lines = str(caught.value).splitlines()
    assert "no folder of data was given (--data)" in lines and not any("looked for in" in line for line in lines)
