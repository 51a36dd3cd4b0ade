"""Predictions leave as the official files or not at all; what the official reader finds has the record's score."""

from __future__ import annotations

import csv
import errno
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from leaderboard import NUM, STUDY, Rows, commit, invented
from results import invented_result
from scoring.driver import score_submission
from scoring.xtreme import benchmark as official
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.study import Study
from stepstone.data.load import load_examples
from stepstone.lab.write import write_task
from stepstone.pipeline import submit as submit_module
from stepstone.pipeline.submit import Submission, submit
from stepstone.planning.plan import Plan, plan
from stepstone.scoring.handed_in import label_text
from stepstone.store.failures import Failure
from stepstone.store.predictions import kept_predictions
from stepstone.store.store import Store

XTREME = BUILT_IN.benchmark("xtreme")
Rewrite = Callable[[EvaluateSpec, Rows], Rows]


def make_plan(folder: Path, **changes: Any) -> Plan:
    return plan(Study.parse({**STUDY, **changes}), Place(cache=folder / "cache", use_hub=False))


def fill(
    planned: Plan, folder: Path, rewrite: Rewrite = lambda spec, rows: rows, but: tuple[tuple[str, str], ...] = ()
) -> Store:
    """A store with all evaluations of a plan, but those of some targets and languages."""
    store = Store(folder / "store", warn=lambda message: None)
    for stage in planned.stages.values():
        spec = stage.spec
        if isinstance(spec, EvaluateSpec) and (spec.data.task, spec.data.language) not in but:
            commit(store, stage, rewrite(spec, invented(spec)))
    return store


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@dataclass(frozen=True)
class Whole:
    """The whole benchmark in one arm, handed in."""

    plan: Plan
    store: Store
    found: Submission


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    planned = make_plan(folder)
    store = fill(planned, folder)
    return Whole(planned, store, submit(planned, store, folder / "out"))


@pytest.mark.slow
def test_a_whole_benchmark_is_162_files_that_the_official_driver_scores_as_the_records_do(whole: Whole) -> None:
    planned, store, found = whole.plan, whole.store, whole.found
    files = {name: text.decode() for name, text in files_of(found.folder).items()}
    assert len(files) == len(found.files) == 162 and set(files) == set(found.files) and not found.gaps
    labels = {}
    for cell in planned.cells:
        path = next(name for name in files if name.startswith(f"{cell.target}/test-{cell.language}."))
        labels[path] = label_text(cell.target, kept_predictions(store, cell.key))
    driven = score_submission(labels, files, official("xtreme"))
    assert driven.all_task == pytest.approx(found.scores.all_task)
    for part in XTREME.parts:
        task = driven.tasks[part.task]
        recorded = [_recorded(planned, store, part.task, code, part.metrics) for code in part.languages]
        assert task.score == pytest.approx(found.scores.tasks[part.task].score) == sum(recorded) / len(recorded)
    assert found.scores.groups["retrieval"] == pytest.approx(driven.groups["retrieval"])


def _recorded(planned: Plan, store: Store, task: str, language: str, metrics: tuple[str, ...]) -> float:
    cell = next(cell for cell in planned.cells if (cell.target, cell.language) == (task, language))
    record = store.record(cell.key)
    assert record is not None
    return sum(record.result.scores.values[metric] for metric in metrics) / len(metrics)


@pytest.mark.slow
def test_two_runs_write_the_same_bytes_and_nothing_beside_them(whole: Whole, tmp_path: Path) -> None:
    again = submit(whole.plan, whole.store, tmp_path / "again")
    assert files_of(again.folder) == files_of(whole.found.folder)
    assert [path.name for path in tmp_path.iterdir()] == ["again"]


@pytest.mark.slow
def test_every_file_ends_each_line_and_holds_ascii_alone(whole: Whole) -> None:
    for name, content in files_of(whole.found.folder).items():
        assert content.isascii() and content.endswith(b"\n") and b"\r" not in content, name
        assert not content.endswith(b"\n\n") and b"\n\n\n" not in content, name


@pytest.mark.slow
def test_mined_pairs_are_those_of_the_study_s_definition_and_their_order_tells_no_gold(whole: Whole) -> None:
    lines = (whole.found.folder / "bucc2018" / "test-zh.tsv").read_text().splitlines()
    assert len(lines) == sum(number % 3 > 0 for number in range(NUM))
    assert lines == sorted(lines) and all(len(line.split("\t")) == 2 for line in lines)


# The lab's own official files, read here without the program's readers, hold the golds in the order that is handed in.
REAL = {
    "xnli": "ru", "pawsx": "de", "udpos": "ru", "panx": "ru", "xquad": "ru", "mlqa": "de", "tydiqa": "ru",
    "bucc2018": "de", "tatoeba": "ru",
}  # fmt: skip


def _perfect(task: str, language: str, place: Place) -> Rows:
    """What a family keeps for a test set if all is right, in the order in which it keeps it."""
    from stepstone.families import mining, retrieval
    from stepstone.families.family import row_of

    examples: list[Any] = load_examples(BUILT_IN.task(task), "test", language, place)
    if task == "bucc2018":
        gold = mining._gold(examples)
        return [{**row, "cluster": ""} for row in mining.mining_rows(gold, {"corrected": gold, "xtreme-2020": gold})]
    if task == "tatoeba":
        order = retrieval.tatoeba_order([example.target for example in examples]).labels
        return retrieval._rows(examples, order, order)  # type: ignore[arg-type]
    golds: dict[str, Callable[[Any], tuple[Any, Any]]] = {
        "classification": lambda example: (example.label, example.label),
        "tagging": lambda example: (list(example.tags), list(example.tags)),
        "span": lambda example: (example.answers[0].text, [answer.text for answer in example.answers]),
    }
    return [row_of(example, *golds[BUILT_IN.task(task).family](example)) for example in examples]


def _official(task: str, language: str, paths: dict[str, Path]) -> Any:
    """The golds in the lab's official file."""
    if task in ("xquad", "mlqa", "tydiqa"):
        (path,) = paths.values()
        articles = json.loads(path.read_text(encoding="utf-8"))["data"]
        questions = [item for article in articles for part in article["paragraphs"] for item in part["qas"]]
        return {item["id"]: item["answers"][0]["text"] for item in questions}
    if task == "bucc2018":
        return sorted(paths[".gold"].read_text(encoding="utf-8").splitlines())
    if task == "tatoeba":
        english = [line.strip() for line in paths[".eng"].read_text(encoding="utf-8").splitlines()]
        return [str(number) for number, _ in sorted(enumerate(english), key=lambda item: item[1])]
    text = next(iter(paths.values())).read_text(encoding="utf-8")
    if task in ("udpos", "panx"):
        return [[line.split("\t")[1] for line in block.split("\n")] for block in text.strip("\n").split("\n\n")]
    rows = [row[-1] for row in csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)]
    return rows


def _handed_in(task: str, text: str) -> Any:
    if task in ("udpos", "panx"):
        return [block.split("\n") for block in text.strip("\n").split("\n\n")]
    return json.loads(text) if task in ("xquad", "mlqa", "tydiqa") else text.splitlines()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Store, Path]:
    """The lab's test sets in one language of every task, and a model that is right throughout."""
    folder = tmp_path_factory.mktemp("real")
    planned, store = (
        make_plan(folder, languages=["de", "ru"], target={"mlqa": {"languages": ["de"]}}),
        Store(folder / "store"),
    )
    for cell in planned.cells:
        if REAL[cell.target] == cell.language:
            commit(store, planned.stages[cell.key], _perfect(cell.target, cell.language, planned.place))
    return planned, store, submit(planned, store, folder / "out", partial=True).folder


@pytest.mark.slow
@pytest.mark.parametrize("task", REAL)
def test_the_order_is_that_of_the_official_file(task: str, real: tuple[Plan, Store, Path], tmp_path: Path) -> None:
    written = write_task(tmp_path, task, "test", REAL[task], seed=1)
    golds = _official(task, REAL[task], {path.suffix: path for path in written if path.is_file()})
    (path,) = (real[2] / task).iterdir()
    said = _handed_in(task, path.read_text(encoding="utf-8"))
    assert said == golds and (task == "bucc2018" or len(said) == NUM)
    if isinstance(golds, dict):
        assert list(said) == list(golds)


def test_what_is_missing_is_told_task_by_task_and_nothing_is_written(tmp_path: Path) -> None:
    planned = make_plan(
        tmp_path,
        benchmarks=[],
        languages=["de", "fr"],
        target={"xnli": {}, "pawsx": {"split": "dev"}, "panx": {"num_test": 40}, "tatoeba": {}},
    )
    store = fill(planned, tmp_path, lambda spec, rows: rows[: spec.data.num_examples], but=(("tatoeba", "fr"),))
    with pytest.raises(UserError) as refused:
        submit(planned, store, tmp_path / "out")
    told = str(refused.value).splitlines()
    assert told[0] == "lab-mini, condition none, seed 1: lacks 159 of 162 files of XTREME, so nothing was written"
    assert "  udpos: is no target of the study" in told
    assert "  xnli in ar, bg, el, en, es, hi, ru, sw, th, tr, ur, vi, zh: is not evaluated" in told
    assert "  pawsx in de, fr: is scored on dev, not on test" in told
    assert "  panx in de, fr: is scored on a sample of its test set (num_test = 40)" in told
    assert "  tatoeba in fr: is not computed yet" in told
    assert "--partial" in told[-1] and not (tmp_path / "out").exists()
    store.note_failure(next(c.key for c in planned.cells if (c.target, c.language) == ("tatoeba", "fr")),
                       Failure("x", "loss is nan\nmore"))  # fmt: skip
    found = submit(planned, store, tmp_path / "out", partial=True)
    assert found.files == ("xnli/test-de.tsv", "xnli/test-fr.tsv", "tatoeba/test-de.tsv")
    assert set(files_of(tmp_path / "out")) == set(found.files)
    assert "tatoeba in fr: failed (loss is nan)" in map(str, found.gaps)
    assert found.scores.all_task is None and "ar" in found.scores.tasks["xnli"].missing


def test_where_nothing_can_be_written_part_of_it_cannot_either(tmp_path: Path) -> None:
    planned = make_plan(tmp_path)
    with pytest.raises(UserError, match=r"lacks 162 of 162 files(.|\n)*xnli: is not computed yet") as refused:
        submit(planned, Store(tmp_path / "store"), tmp_path / "out", partial=True)
    assert "--partial" not in str(refused.value)


def test_another_number_of_predictions_than_the_official_file_has_examples_is_a_gap(tmp_path: Path) -> None:
    planned = make_plan(tmp_path, languages=["de"])
    store = fill(planned, tmp_path, lambda spec, rows: rows[1:] if spec.data.task == "mlqa" else rows)
    with pytest.raises(UserError, match="mlqa in de: has 499 predictions, where the official file has 500 examples"):
        submit(planned, store, tmp_path / "out")


@pytest.mark.slow
def test_a_control_has_no_score_of_what_is_not_trained(tmp_path: Path) -> None:
    planned = make_plan(tmp_path, languages=["de"], control="target", intermediate={"nli": {"tasks": {"en": "mnli"}}})
    with pytest.raises(UserError, match=r"tatoeba: has no score under the condition nli\.control"):
        submit(planned, fill(planned, tmp_path), tmp_path / "out", condition="nli.control")


@pytest.fixture(scope="module")
def arms(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Store]:
    """Two models, two conditions, two seeds; one target in one language."""
    folder = tmp_path_factory.mktemp("arms")
    planned = make_plan(
        folder, models=["lab-mini", "lab-small"], seeds=[1, 2], benchmarks=[], languages=["de"], target={"xnli": {}},
        intermediate={"nli": {"tasks": {"en": "mnli"}}},
    )  # fmt: skip
    store = Store(folder / "store")
    for place, cell in enumerate(planned.cells):
        rows = invented(planned.stages[cell.key].spec)  # type: ignore[arg-type]
        rows[place] |= {"prediction": "contradiction" if rows[place]["prediction"] == "neutral" else "neutral"}
        commit(store, planned.stages[cell.key], rows)
    return planned, store


def test_several_arms_are_named_with_how_to_choose(arms: tuple[Plan, Store], tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        submit(*arms, tmp_path / "out", partial=True)
    assert str(refused.value).splitlines() == [
        "study handed_in has several arms",
        "  model: lab-mini, lab-small",
        "  condition: none, nli.en",
        "  seed: 1, 2",
        "  remedy: choose one of each with --model, --condition, --seed",
    ]
    with pytest.raises(UserError, match=r"choose one of each with --seed$"):
        submit(*arms, tmp_path / "out", model="lab-mini", condition="none", partial=True)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"model": "lab-mimi"}, 'no model "lab-mimi"\n.*"lab-mini"'),
        ({"condition": "nli.ja"}, 'no condition "nli.ja"\n.*"nli.en"'),
        ({"seed": 7}, 'no seed "7"\n.*known: 1, 2'),
        ({"form": "xtrem"}, 'no format is called "xtrem"\n.*"xtreme"'),
    ],
)
def test_an_arm_or_format_that_is_none_is_told_with_the_nearest(
    wrong: dict[str, Any], told: str, arms: tuple[Plan, Store], tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=told):
        submit(*arms, tmp_path / "out", **wrong)


def test_the_predictions_are_those_of_the_chosen_arm(arms: tuple[Plan, Store], tmp_path: Path) -> None:
    planned, store = arms
    for place, cell in enumerate(planned.cells):
        chosen: dict[str, Any] = {"model": cell.model, "condition": cell.condition, "seed": cell.seed}
        found = submit(planned, store, tmp_path / str(place), partial=True, **chosen)
        lines = (found.folder / "xnli" / "test-de.tsv").read_text().splitlines()
        assert lines == [row["prediction"] for row in kept_predictions(store, cell.key)]
        assert str(found.arm) == f"{cell.model}, condition {cell.condition}, seed {cell.seed}"
    assert len({path.read_bytes() for path in tmp_path.rglob("*.tsv")}) == 8


SPOILT: list[tuple[str, Any, str]] = [
    ("xnli", "contradictory", r"xnli/test-de\.tsv: language de, row de-3: the label 'contradictory' is unknown"),
    ("xnli", "neutral ", "the label 'neutral ' is unknown\n.*entailment, neutral, contradiction"),
    ("panx", ["B-PER", "I-MISC", "O"], r"panx/test-de\.tsv: language de, row de-3: the label 'I-MISC' is unknown"),
    ("panx", [], "row de-3: the prediction is missing"),
    ("mlqa", None, "row de-3: the prediction is missing"),
    ("mlqa", 7, "row de-3: the prediction is 7\n.*a text"),
    ("tatoeba", "[12]", "row de-3: the prediction is '\\[12\\]'"),
    ("panx", ["O"], r"panx/test-de\.tsv: sentence 4: 1 predicted tags for 3 gold tags.*ValueError"),
]


@pytest.mark.parametrize(("task", "said", "told"), SPOILT, ids=[f"{task} {said}" for task, said, _ in SPOILT])
def test_a_prediction_that_the_leaderboard_would_not_take_stops_all_of_it(
    task: str, said: Any, told: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=told):
        _submit_spoilt(task, tmp_path, prediction=said)
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".out*"))


def _submit_spoilt(task: str, folder: Path, **changes: Any) -> None:
    """Hand in one evaluation whose fourth row was changed after it was scored."""
    planned = make_plan(folder, languages=["de"], benchmarks=[], target={task: {}})
    store = fill(planned, folder)
    (cell,) = planned.cells
    record, rows = store.record(cell.key), kept_predictions(store, cell.key)
    assert record is not None
    rows[3] |= changes
    attempt = store.start(cell.key)
    (attempt.folder / "predictions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    store.commit(planned.stages[cell.key], attempt, record.result, 1.0, {})
    submit(planned, store, folder / "out", partial=True)


def test_an_id_that_stands_twice_and_one_that_the_reader_takes_for_a_whole_document_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="row de-1: the id is listed twice"):
        _submit_spoilt("mlqa", tmp_path, id="de-1")
    with pytest.raises(UserError, match=r"mlqa/test-de\.json: .*finds 0 predictions where 500 were made"):
        _submit_spoilt("mlqa", tmp_path, id="data")


def test_a_file_whose_score_is_not_the_record_s_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"accuracy is 6\d\.\d+ by the file, and .* by its record\n.*stepstone rescore"):
        _submit_spoilt("xnli", tmp_path, prediction="entailment", gold="contradiction")


def test_a_record_without_a_score_by_the_official_rules_is_told(tmp_path: Path) -> None:
    planned = make_plan(tmp_path, languages=["de"], benchmarks=[], target={"xnli": {}})
    store = fill(planned, tmp_path)
    (cell,) = planned.cells
    record = store.record(cell.key)
    assert record is not None
    attempt = store.start(cell.key)
    rows = kept_predictions(store, cell.key)
    (attempt.folder / "predictions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    scores = {**record.result.scores.model_dump(), "definition": "jiant"}
    stage = planned.stages[cell.key]
    store.commit(stage, attempt, invented_result(stage, {"scores": scores}), 1.0, {})
    with pytest.raises(UserError, match=r'no score by the rules "xtreme-2020"\n.*stepstone rescore STUDY'):
        submit(planned, store, tmp_path / "out", partial=True)


def test_another_definition_of_the_study_s_tables_is_compared_under_the_official_one(tmp_path: Path) -> None:
    target = {"xnli": {"definition": "corrected"}, "bucc2018": {"definition": "jiant"}}
    planned = make_plan(tmp_path, languages=["de"], benchmarks=[], target=target)
    found = submit(planned, fill(planned, tmp_path), tmp_path / "out", partial=True)
    assert len((found.folder / "bucc2018" / "test-de.tsv").read_text().splitlines()) == NUM // 2


def test_a_folder_that_is_taken_is_refused_and_an_empty_one_is_filled(arms: tuple[Plan, Store], tmp_path: Path) -> None:
    chosen: dict[str, Any] = {"model": "lab-mini", "condition": "none", "seed": 1, "partial": True}
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="is not empty"):
        submit(*arms, tmp_path / "taken", **chosen)
    with pytest.raises(UserError, match="a file stands"):
        submit(*arms, tmp_path / "file", **chosen)
    submit(*arms, tmp_path / "empty", **chosen)
    assert list(files_of(tmp_path / "empty")) == ["xnli/test-de.tsv"]
    assert list(files_of(tmp_path / "taken")) == ["notes.txt"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_a_full_or_read_only_disk_leaves_nothing(
    code: int, arms: tuple[Plan, Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, text: str) -> None:
        raise OSError(code, "no", str(path))

    monkeypatch.setattr(submit_module, "write_atomically", fail)
    with pytest.raises(UserError, match=r"no space is left|read-only"):
        submit(*arms, tmp_path / "out", model="lab-mini", condition="none", seed=1, partial=True)
    assert not list(tmp_path.iterdir())


def test_a_file_that_was_not_written_as_it_was_made_is_noticed(
    arms: tuple[Plan, Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = submit_module.write_atomically
    chosen: dict[str, Any] = {"model": "lab-mini", "condition": "none", "seed": 1, "partial": True}
    monkeypatch.setattr(submit_module, "write_atomically", lambda path, text: write(path, text[: len(text) // 2]))
    with pytest.raises(UserError, match=r"xnli/test-de\.tsv: the official reader finds 2\d\d predictions where 500"):
        submit(*arms, tmp_path / "out", **chosen)

    def swap(path: Path, text: str) -> None:
        write(path, "".join(reversed(text.splitlines(keepends=True))))

    monkeypatch.setattr(submit_module, "write_atomically", swap)
    with pytest.raises(UserError, match=r"prediction \d is '.*', and the official reader finds"):
        submit(*arms, tmp_path / "out", **chosen)
    assert not list(tmp_path.iterdir())
