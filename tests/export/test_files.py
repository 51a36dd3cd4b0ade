"""A checkpoint leaves whole or not at all; opened by transformers alone it predicts what the study kept."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from small_lab import small_lab
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.data.load import load_examples
from stepstone.export import files as export_module
from stepstone.export.card import export
from stepstone.export.files import CARD, check_target, open_checkpoint, write_export
from stepstone.pipeline.prune import find_removals, remove
from stepstone.pipeline.run import run
from stepstone.planning.plan import Plan, plan
from stepstone.store.failures import Failure
from stepstone.store.files import checksum
from stepstone.store.store import Store

SMALL: dict[str, Any] = {
    "text": "text",
    "languages": ["en", "de"],
    "num_documents": 12,
    "vocab_size": 200,
    "hidden_size": 16,
    "num_layers": 2,
    "num_heads": 2,
    "max_positions": 96,
    # Wide draws, so that a few steps leave outputs that are not tied.
    "initializer_range": 0.2,
    "pretraining": {"num_steps": 2, "batch_size": 4, "max_length": 48},
}
STUDY: dict[str, Any] = {
    "name": "leaving",
    "models": ["own"],
    "lab": {},
    "model": {"own": {"scratch": SMALL}},
    "recipe": {"max_length": 96, "learning_rate": 1e-2, "num_steps": 3, "batch_size": 4, "selection": "last"},
    "intermediate": {"nli": {"tasks": {"en": "mnli"}, "num_examples": 12}},
    "target": {
        "xnli": {"languages": ["en", "de"], "num_examples": 12, "num_test": 8},
        "jsts": {"source_language": "ja", "split": "dev", "num_examples": 12, "num_test": 8},
        "panx": {"languages": ["de"], "num_examples": 12, "num_test": 8},
        "xquad": {"languages": ["de"], "num_examples": 8, "num_test": 6},
        "copa": {"train": ["copa"], "num_examples": 8, "num_test": 8, "split": "dev"},
    },
}


@dataclass(frozen=True)
class Done:
    """A study that was run."""

    plan: Plan
    store: Store


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, in_process: Any) -> Iterator[Done]:
    """The study, really run: five families, with and without an intermediate task."""
    folder = tmp_path_factory.mktemp("leaving")
    store = Store(folder / "store")
    with small_lab():
        planned = plan(Study.parse(STUDY), Place(cache=folder / "cache"))
        outcome = run(planned, store, in_process)
        assert outcome.exit_status == 0, outcome.failures
        yield Done(planned, store)


@pytest.fixture
def copy(done: Done, tmp_path: Path) -> Done:
    """A store of one's own, for what changes it."""
    root = shutil.copytree(done.store.root, tmp_path / "store")
    return Done(done.plan, Store(root, warn=lambda message: None))


def _kept(done: Done, label: str) -> list[dict[str, Any]]:
    path = done.store.folder(done.plan.labels[label]) / "predictions.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _asked(done: Done, label: str) -> list[Any]:
    """The test examples of an evaluation, in the order of its rows."""
    use = done.plan.stages[done.plan.labels[label]].spec.data
    examples = {
        item.id: item for item in load_examples(BUILT_IN.task(use.task), use.split, use.language, done.plan.place)
    }
    return [examples[row["id"]] for row in _kept(done, label)]


def _open(folder: Path, auto_class: str) -> tuple[Any, Any]:
    import transformers

    model, info = getattr(transformers, auto_class).from_pretrained(folder, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"]
    return model.eval().requires_grad_(False), transformers.AutoTokenizer.from_pretrained(folder)


def _classify(model: Any, tokenizer: Any, example: Any) -> Any:
    inputs = tokenizer(example.text, example.pair, truncation=True, max_length=96, return_tensors="pt")
    return model.config.id2label[int(model(**inputs).logits.argmax())]


def _rate(model: Any, tokenizer: Any, example: Any) -> Any:
    inputs = tokenizer(example.text, example.pair, truncation=True, max_length=96, return_tensors="pt")
    return pytest.approx(model(**inputs).logits[0, 0].item(), abs=1e-5)


def _tag(model: Any, tokenizer: Any, example: Any) -> Any:
    words = list(example.words)
    inputs = tokenizer(words, is_split_into_words=True, truncation=True, max_length=96, return_tensors="pt")
    best, owners = model(**inputs).logits[0].argmax(-1).tolist(), inputs.word_ids(0)
    return [model.config.id2label[best[owners.index(place)]] if place in owners else "O" for place in range(len(words))]


def _choose(model: Any, tokenizer: Any, example: Any) -> Any:
    num = len(example.options)
    second = [f"{example.question} {option}".strip() for option in example.options]
    first, second = (
        ([example.context] * num, second) if example.context else ([example.question] * num, list(example.options))
    )
    inputs = tokenizer(first, second, truncation=True, max_length=96, padding=True, return_tensors="pt")
    return int(model(**{name: values.unsqueeze(0) for name, values in inputs.items()}).logits.argmax())


def _span(model: Any, tokenizer: Any, example: Any) -> Any:
    """The best span over windows, each token pair tried: nothing of Stepstone's search is used."""
    import torch

    pair = tokenizer(example.question, example.context, verbose=False)
    num_others = sum(owner != 1 for owner in pair.sequence_ids(0))
    cut = {"truncation": "only_second", "max_length": 96, "stride": max(0, 96 - num_others - 128)}
    inputs = tokenizer(
        example.question, example.context, **cut, return_overflowing_tokens=True, return_offsets_mapping=True
    )
    best: tuple[float, str] = (-torch.inf, "")
    for number, ids in enumerate(inputs["input_ids"]):
        output = model(input_ids=torch.tensor([ids]))
        scores = output.start_logits[0][:, None] + output.end_logits[0][None, :]
        inside = torch.tensor([owner == 1 for owner in inputs.sequence_ids(number)])
        allowed = inside[:, None] & inside[None, :] & torch.ones_like(scores).triu().tril(29).bool()
        scores = scores.masked_fill(~allowed, -torch.inf)
        first, last = divmod(int(scores.argmax()), len(ids))
        offsets = inputs["offset_mapping"][number]
        best = max(best, (float(scores[first, last]), example.context[offsets[first][0] : offsets[last][1]].strip()))
    return best[1]


Ask = Callable[[Any, Any, Any], Any]
CASES: Sequence[tuple[str, str, str, Ask]] = (
    ("xnli", "de", "AutoModelForSequenceClassification", _classify),
    ("jsts", "ja", "AutoModelForSequenceClassification", _rate),
    ("panx", "de", "AutoModelForTokenClassification", _tag),
    ("xquad", "de", "AutoModelForQuestionAnswering", _span),
    ("copa", "en", "AutoModelForMultipleChoice", _choose),
)


@pytest.mark.trains
@pytest.mark.parametrize(("target", "language", "auto_class", "ask"), CASES, ids=[case[0] for case in CASES])
def test_what_left_predicts_what_was_kept_and_its_card_s_code_runs(
    target: str, language: str, auto_class: str, ask: Ask, done: Done, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    label = f"own/nli.en/{target}/s1"
    folder = export(done.plan, done.store, label, tmp_path / "left")
    model, tokenizer = _open(folder, auto_class)
    assert tokenizer.model_max_length == STUDY["recipe"]["max_length"]
    rows = _kept(done, f"{label}/{language}")
    said = [ask(model, tokenizer, example) for example in _asked(done, f"{label}/{language}")]
    assert [row["prediction"] for row in rows] == said
    _run_code(folder, auto_class, monkeypatch)


@pytest.mark.trains
@pytest.mark.parametrize(("label", "auto_class"), [("own", "AutoModelForMaskedLM")])
def test_an_encoder_leaves_too(
    label: str, auto_class: str, done: Done, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = export(done.plan, done.store, label, tmp_path / "left")
    _open(folder, auto_class)
    _run_code(folder, auto_class, monkeypatch)
    assert "an encoder before any fine-tuning" in (folder / CARD).read_text(encoding="utf-8")


def _run_code(folder: Path, auto_class: str, monkeypatch: pytest.MonkeyPatch) -> None:
    card = (folder / CARD).read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", card, flags=re.DOTALL)
    assert auto_class in code
    monkeypatch.chdir(folder)
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(compile(code, "card", "exec"), {})
    assert shown.getvalue().strip()


@pytest.mark.trains
def test_nothing_of_this_machine_is_in_what_left(done: Done, tmp_path: Path) -> None:
    folder = export(done.plan, done.store, "own/none/xnli/s1", tmp_path / "left")
    assert {path.name for path in folder.iterdir()} >= {CARD, "config.json", "model.safetensors", "tokenizer.json"}
    for path in folder.iterdir():
        if path.suffix != ".safetensors":
            assert str(done.store.root.parent) not in path.read_text(encoding="utf-8")


@pytest.mark.trains
def test_a_pruned_checkpoint_is_told_and_leaves_after_it_was_restored(
    copy: Done, tmp_path: Path, in_process: Any
) -> None:
    label = "own/nli.en/xnli/s1"
    before = export(copy.plan, copy.store, label, tmp_path / "before")
    remove(copy.store, find_removals(copy.store, [copy.plan], weights=True))
    with pytest.raises(UserError, match=f"pruned\n.*stepstone run STUDY --restore {label}"):
        export(copy.plan, copy.store, label, tmp_path / "after")
    assert run(copy.plan, copy.store, in_process, restore=[label]).num_done == 1
    after = export(copy.plan, copy.store, label, tmp_path / "after")
    assert checksum(before / "model.safetensors") == checksum(after / "model.safetensors")
    assert "earlier training" not in (after / CARD).read_text(encoding="utf-8")


@pytest.fixture
def ready(make_plan: Any, store: Store, fill: Any) -> Done:
    """The invented study with one checkpoint."""
    planned = make_plan(seeds=[1])
    for label in ("alpha", "alpha/none/xnli/s1"):
        fill(planned.stages[planned.labels[label]])
    return Done(planned, store)


LABEL = "alpha/none/xnli/s1"


def test_a_label_that_is_none_or_an_evaluation_s_is_told(ready: Done) -> None:
    with pytest.raises(UserError, match='did you mean "alpha/none/xnli/s1"'):
        open_checkpoint(ready.plan, ready.store, "alpha/none/xnil/s1")
    with pytest.raises(UserError, match='read off "alpha/none/xnli/s1"'):
        open_checkpoint(ready.plan, ready.store, "alpha/none/xnli/s1/de")


def test_a_checkpoint_that_is_not_there_is_told_with_why(ready: Done) -> None:
    with pytest.raises(UserError, match=r"is not there.*\n.*stepstone run"):
        open_checkpoint(ready.plan, ready.store, "alpha/nli.ja/s1")
    ready.store.note_failure(ready.plan.labels["alpha/nli.ja/s1"], Failure("alpha/nli.ja/s1", "loss is nan"))
    with pytest.raises(UserError, match="failed: loss is nan"):
        open_checkpoint(ready.plan, ready.store, "alpha/nli.ja/s1")


def _write(ready: Done, folder: Path, *, force: bool = False) -> None:
    write_export(open_checkpoint(ready.plan, ready.store, LABEL), ready.store, "# card\n", folder, force=force)


def test_a_copy_holds_what_was_recorded_and_nothing_else(ready: Done, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "left"
    _write(ready, folder)
    assert {path.name for path in folder.iterdir()} == {CARD, "config.json", "model.safetensors"}
    assert [path.name for path in folder.parent.iterdir()] == ["left"]
    _write(ready, folder, force=True)
    assert (folder / CARD).read_text() == "# card\n"


def test_a_folder_that_is_taken_is_refused_and_stays_as_it_is(ready: Done, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="not empty"):
        _write(ready, tmp_path / "taken")
    with pytest.raises(UserError, match="no earlier export"):
        _write(ready, tmp_path / "taken", force=True)
    with pytest.raises(UserError, match="a file stands"):
        _write(ready, tmp_path / "file", force=True)
    assert (tmp_path / "taken" / "notes.txt").read_text() == (tmp_path / "file").read_text() == "mine"
    _write(ready, tmp_path / "empty")
    (tmp_path / "empty" / ".git").mkdir()
    with pytest.raises(UserError, match=r"holds \.git"):
        _write(ready, tmp_path / "empty", force=True)


@pytest.mark.slow
def test_an_earlier_export_of_a_mixture_is_replaced_unless_it_holds_something_else(ready: Done, tmp_path: Path) -> None:
    from stepstone.learning.heads import HEADS, NAMES

    folder = tmp_path / "left"
    _write(ready, folder)
    heads = folder / HEADS
    heads.mkdir()
    for name in (NAMES, "nli.safetensors"):
        (heads / name).touch()
    check_target(folder, force=True)
    for foreign in ("mine.txt", "more/nli.safetensors"):
        path = heads / foreign
        path.parent.mkdir(exist_ok=True)
        path.touch()
        with pytest.raises(UserError, match=f"holds heads/{foreign.split('/')[0]}, which no export wrote"):
            check_target(folder, force=True)
        shutil.rmtree(path.parent) if path.parent != heads else path.unlink()
    (heads / "ja.safetensors").symlink_to(folder / "config.json")
    with pytest.raises(UserError, match="heads/ja"):
        _write(ready, folder, force=True)
    (heads / "ja.safetensors").unlink()
    _write(ready, folder, force=True)
    assert not heads.exists(), "the new one has no heads"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_is_full_or_read_only_leaves_nothing_and_the_earlier_export(
    code: int, ready: Done, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "left"
    _write(ready, folder)

    def fail(*paths: Path) -> None:
        raise OSError(code, "no", str(paths[-1]))

    monkeypatch.setattr(export_module.shutil, "copyfile", fail)
    with pytest.raises(UserError, match=r"no space is left|read-only"):
        _write(ready, folder, force=True)
    assert (folder / CARD).is_file() and not list(tmp_path.glob(".left*"))


def test_weights_that_were_damaged_do_not_leave(ready: Done, tmp_path: Path) -> None:
    weights = ready.store.folder(ready.plan.labels[LABEL]) / "model.safetensors"
    weights.write_text("x" * 100)
    with pytest.raises(UserError, match="is not there"):
        _write(ready, tmp_path / "left")
    assert not (tmp_path / "left").exists()
