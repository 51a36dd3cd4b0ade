"""Training and evaluation against Hugging Face's Trainer: the same model, examples and steps.

Seconds are those of the processor, and on a GPU, where it waits, those of the clock. `--precision` is Stepstone's; the
scripts stay at float32.

    python benchmarks/throughput.py xnli --shape 4x192
    python benchmarks/throughput.py xquad --shape 4x192 --data DATA --encoder FOLDER
    python benchmarks/throughput.py xnli --shape 24x1024 --data DATA --encoder FOLDER --device cuda --precision bf16

Sides alternate in one run: Stepstone's own stages, and Trainer as the example scripts set it (`scripts.py`), padded to
the maximum and to the longest of a batch. Without --data texts are the lab's, without --encoder a tokenizer is learnt
from them. Nothing is fetched.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import datasets
import torch
import transformers
from machine import gemm_peak, operations, write_encoder
from scripts import AUTO, Inputs, Losses, Padding, predictions, trainer
from torch import nn
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.place import Place
from stepstone.core.recipe import Recipe, Runtime
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.uses import DataUse
from stepstone.families.family import TrainedFamily, find_family
from stepstone.learning.batch import Feature, stream
from stepstone.learning.device import use_device
from stepstone.learning.loop import Trainer
from stepstone.learning.tokenizer import load_tokenizer, train_tokenizer
from stepstone.report.markup import markdown_table
from stepstone.stages import evaluate, finetune
from stepstone.stages.context import StageContext
from stepstone.stages.read import read_examples

SEED = 1


@dataclass(frozen=True)
class Job:
    """What is trained and scored: tasks, split that is scored, languages in order of preference, how texts are cut."""

    train: str
    target: str
    split: str
    languages: tuple[str, ...]
    max_length: int
    batch_size: int


JOBS = {
    "xnli": Job("mnli", "xnli", "test", ("en", "de", "zh", "hi", "sw"), 128, 32),
    "xquad": Job("squad", "xquad", "test", ("en", "de", "zh", "hi"), 384, 12),
    "udpos": Job("udpos", "udpos", "dev", ("en", "ar", "ja", "hi"), 128, 32),
    "commonsenseqa": Job("commonsenseqa", "commonsenseqa", "dev", ("en",), 128, 8),
}


@dataclass(frozen=True)
class Bench:
    """One comparison: an encoder of random weights, specs of a training and of evaluations, where work is done."""

    job: Job
    encoder: Path
    place: Place
    train: FinetuneSpec
    evaluations: tuple[EvaluateSpec, ...]
    folder: Path
    threads: int
    device: str

    def now(self) -> float:
        """Seconds, all that was asked of the device being done."""
        if self.device == "cpu":
            return time.process_time()
        torch.accelerator.synchronize()
        return time.monotonic()

    @property
    def context(self) -> StageContext:
        """That of a stage, with a cache that nothing has filled."""
        cache = Path(tempfile.mkdtemp(dir=self.folder))
        place = self.place.model_copy(update={"cache": cache})
        runtime = Runtime(device=self.device, num_threads=self.threads)
        return StageContext(place, BUILT_IN, runtime, cache / "resume", {"checkpoint": self.encoder})


def main() -> None:
    """Compare, and print a table."""
    options = parser(__doc__).parse_args()
    with opened(options) as bench:
        print(f"{options.job}, {options.shape}, {_text(options)}; {_machine(options)}, torch {torch.__version__}")
        print(describe(losses(bench)))
        peak = gemm_peak(options.device, options.precision)
        taken: dict[str, list[tuple[float, float, dict[str, float]]]] = {}
        sides: dict[str, Callable[[Bench], tuple[float, float, dict[str, float]]]] = {
            "Stepstone": ours,
            "Trainer, maximum": lambda bench: theirs(bench, "max_length"),
            "Trainer, dynamic": lambda bench: theirs(bench, "dynamic"),
        }
        for _ in range(options.rounds):
            for name, side in sides.items():
                taken.setdefault(name, []).append(side(bench))
        show(bench, taken, (*work(bench), peak))


@contextmanager
def opened(options: argparse.Namespace) -> Iterator[Bench]:
    """What is compared, in a folder that goes afterwards; threads and device are set, and libraries say nothing."""
    torch.set_num_threads(options.threads)
    use_device(options.device)
    datasets.disable_progress_bars()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as folder:
        yield make(options, Path(folder))


def make(options: argparse.Namespace, folder: Path) -> Bench:
    """Encoder, data and specs."""
    job, layers, width = JOBS[options.job], *map(int, options.shape.split("x"))
    data = (options.data.absolute(),) if options.data else ()
    place = Place(folders=data, cache=folder / "cache", lab_seed=None if data else 1, use_hub=False)
    recipe = Recipe(
        learning_rate=5e-5,
        batch_size=job.batch_size,
        num_steps=options.steps,
        warmup_ratio=0.0,
        max_length=job.max_length,
        precision=options.precision,
        selection="last",
    )
    num = options.steps * job.batch_size
    target = BUILT_IN.task(job.target)
    uses = [_use(job.target, job.split, code, options.examples) for code in job.languages]
    here = [use for use in uses if _is_there(use, place)][:4]
    bench = Bench(
        job,
        folder / "encoder",
        place,
        FinetuneSpec(train=_use(job.train, "train", "en", num), dev=None, recipe=recipe, seed=SEED),
        tuple(
            EvaluateSpec(data=use, metric=target.metric, definition=target.definition, limits=recipe.limits())
            for use in here
        ),
        folder,
        options.threads,
        options.device,
    )
    texts = [text for use in (bench.train.train, *here) for one in examples_of(bench, use) for text in one.own_texts]
    tokenizer = load_tokenizer(options.encoder) if options.encoder else train_tokenizer(texts, 8000, 512)
    write_encoder(bench.encoder, tokenizer, layers, width)
    return bench


def ours(bench: Bench) -> tuple[float, float, dict[str, float]]:
    """Seconds of the processor that the stages of a training and of its evaluations take, and the scores."""
    context = bench.context
    trained = context.resume.parent / "trained"
    trained.mkdir()
    began = bench.now()
    finetune.run(bench.train, trained, context)
    between = bench.now()
    reading, scores = replace(context, parents={"checkpoint": trained}, kept={}), {}
    for spec in bench.evaluations:
        place = trained / spec.data.language
        place.mkdir()
        scores[spec.data.language] = evaluate.run(spec, place, reading).scores.value
    ended = bench.now()
    shutil.rmtree(context.place.cache)
    return between - began, ended - between, scores


def theirs(bench: Bench, padding: Padding) -> tuple[float, float, dict[str, float]]:
    """The same of a Trainer; examples are read from their files as Stepstone reads them."""
    task, target = BUILT_IN.task(bench.job.train), BUILT_IN.task(bench.job.target)
    folder, start = Path(tempfile.mkdtemp(dir=bench.folder)), under_head(bench)
    began = bench.now()
    examples = examples_of(bench, bench.train.train)
    tokenizer = load_tokenizer(start)
    model = getattr(transformers, AUTO[task.family]).from_pretrained(start)
    inputs = Inputs(task, tokenizer, bench.train.recipe, padding)
    table = inputs.encode(examples)
    made = trainer(model, inputs, table, order(bench, len(table)), folder, bench.device)
    made.train()
    made.save_model(folder / "trained")
    between = bench.now()
    tests = [(spec, examples_of(bench, spec.data)) for spec in bench.evaluations]
    reading = Inputs(target, tokenizer, bench.train.recipe, padding)
    found = [predictions(made, reading, some) for _, some in tests]
    scores = {spec.data.language: _score(spec, some, said) for (spec, some), said in zip(tests, found, strict=True)}
    ended = bench.now()
    shutil.rmtree(folder)
    return between - began, ended - between, scores


def losses(bench: Bench, num: int = 8) -> list[tuple[float, float]]:
    """Both sides' losses, step by step, without dropout; none where they cut texts into other windows."""
    task = BUILT_IN.task(bench.job.train)
    recipe = bench.train.recipe.model_copy(update={"num_steps": num})
    bench = replace(bench, train=bench.train.model_copy(update={"recipe": recipe}))
    made = finetune.prepare(bench.train, bench.context)
    table = (inputs := Inputs(task, load_tokenizer(bench.encoder), recipe, "max_length")).encode(
        examples_of(bench, bench.train.train)
    )
    if task.family == "span" and not _same_windows(table, made.inputs.features):
        return []
    model = getattr(transformers, AUTO[task.family]).from_pretrained(under_head(bench))
    _silence(model)
    if task.family == "span":
        table = _with_spans(table, made.inputs.features)
        _ignore_padding(model)
    other = trainer(model, inputs, table, order(bench, len(table)), bench.folder / "check", bench.device, logs=True)
    other.train()
    (seen,) = (one.seen for one in other.callback_handler.callbacks if isinstance(one, Losses))
    return list(zip(_our_losses(made, bench), seen, strict=True))


def _our_losses(made: finetune.PreparedTraining, bench: Bench) -> list[float]:
    """The mean loss of every step, micro-batches summed."""
    _silence(made.loaded.model)
    found: list[float] = []

    def draw(step: int) -> Sequence[Any]:
        found.append(0.0)
        return made.objective.draw(step)

    def loss(model: nn.Module, batch: Any) -> torch.Tensor:
        value = made.objective.loss(model, batch)
        found[-1] += value.item()
        return value

    objective = replace(made.objective, draw=draw, loss=loss)
    Trainer(made.loaded.model, objective, bench.train.recipe, SEED, bench.context.training()).run()
    weights = [made.objective.collate(made.objective.draw(step)).weight for step in range(len(found))]
    return [total / weight for total, weight in zip(found, weights, strict=True)]


def describe(found: Sequence[tuple[float, float]]) -> str:
    """How far the losses are apart, in words."""
    if not found:
        return "losses are not compared step by step: the two sides cut texts into other windows"
    gap = max(abs(one - other) for one, other in found)
    seen = f"{found[0][0]:.4f} to {found[-1][0]:.4f}"
    return f"losses without dropout: {seen}, {gap:.0e} apart at most in {len(found)} steps"


def order(bench: Bench, num: int) -> list[int]:
    """The examples of all steps, in the order in which Stepstone draws them."""
    recipe = bench.train.recipe
    assert recipe.num_steps is not None
    return list(stream(num, (SEED,), 0, recipe.num_steps * recipe.batch_size))


def work(bench: Bench) -> tuple[float, float, float]:
    """Floating-point operations on real word pieces of training and evaluation, and the real share of the maximum."""
    tokenizer, config = load_tokenizer(bench.encoder), XLMRobertaConfig.from_pretrained(bench.encoder)
    trained = _lengths(bench, bench.train.train, tokenizer)
    drawn = [length for place in order(bench, len(trained)) for length in trained[place]]
    evaluated = (of for spec in bench.evaluations for of in _lengths(bench, spec.data, tokenizer))
    read = [length for lengths in evaluated for length in lengths]
    widest = bench.job.max_length * (len(drawn) + len(read))
    return 3 * operations(config, drawn), operations(config, read), (sum(drawn) + sum(read)) / widest


def show(bench: Bench, taken: dict[str, list[tuple[float, float, dict[str, float]]]], known: Sequence[float]) -> None:
    """Medians, ratios of Stepstone to each, and how much of the peak real word pieces get."""
    trains, reads, share, peak = known
    print(f"real share of the maximum {share:.2f}; peak of a matrix product {peak:.0f} GFLOP/s")
    head = ("side", "training, s", "ratio", "GFLOP/s", "evaluation, s", "ratio", "GFLOP/s", "scores")
    first, rows = taken["Stepstone"], []
    for name, runs in taken.items():
        cells = []
        for part, amount in ((0, trains), (1, reads)):
            seconds = median(run[part] for run in runs)
            ratios = [run[part] / other[part] for run, other in zip(runs, first, strict=True)]
            cells += [f"{seconds:.1f}", f"{median(ratios):.2f}", f"{amount / seconds / 1e9:.0f}"]
        scores = ", ".join(f"{code} {value:.1f}" for code, value in runs[0][2].items())
        rows.append([name, *cells, scores])
    print(markdown_table(head, rows, range(1, 7)))


def _use(task: str, split: str, language: str, num: int) -> DataUse:
    return DataUse(task=task, split=split, language=language, content="", family_version=1, num_examples=num)


def _is_there(use: DataUse, place: Place) -> bool:
    try:
        return bool(
            read_examples(use, BUILT_IN.task(use.task), StageContext(place, BUILT_IN, Runtime(), place.cache), 0)
        )
    except UserError:
        return False


def examples_of(bench: Bench, use: DataUse) -> list[Example]:
    """What Stepstone reads of it."""
    seed = SEED if use.split == "train" else 0
    return read_examples(use, BUILT_IN.task(use.task), replace(bench.context, place=bench.place), seed)


def under_head(bench: Bench) -> Path:
    """The encoder under the head that Stepstone draws, with its tokenizer, as a folder."""
    start, task = bench.folder / "start", BUILT_IN.task(bench.job.train)
    if not start.exists():
        family = find_family(task.family_declaration)
        assert isinstance(family, TrainedFamily)
        family.build(bench.encoder, task, SEED).model.save_pretrained(start)
        load_tokenizer(bench.encoder).save_pretrained(start)
    return start


def _score(spec: EvaluateSpec, examples: Sequence[Any], said: Sequence[Any]) -> float:
    """The main score of what a script predicts, in percent."""
    task = BUILT_IN.task(spec.data.task)
    if task.family == "classification":
        rows = [(one.label, task.labels[number]) for one, number in zip(examples, said, strict=True)]
    elif task.family == "tagging":
        tags = [[task.labels[number] for number in numbers] for numbers in said]
        # Of words that were cut off run_ner has no tag; as in Stepstone they count as wrong.
        rows = [
            (list(one.tags), some + [None] * (len(one.tags) - len(some)))
            for one, some in zip(examples, tags, strict=True)
        ]
    elif task.family == "span":
        rows = [([answer.text for answer in one.answers], text) for one, text in zip(examples, said, strict=True)]
    else:
        rows = [(one.label, number) for one, number in zip(examples, said, strict=True)]
    table = [{"id": str(place), "gold": gold, "prediction": one} for place, (gold, one) in enumerate(rows)]
    return evaluate.score_predictions(table, spec.metric, spec.definition, spec.data.language).value


def _silence(model: nn.Module) -> None:
    """No dropout anywhere: masks are drawn per micro-batch, and what is compared is the arithmetic."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0


def _same_windows(table: datasets.Dataset, features: Sequence[Feature]) -> bool:
    """Whether texts are cut alike: `stride` is what run_qa's windows share, and how far apart Stepstone's begin."""
    windows = [ids[: sum(mask)] for ids, mask in zip(table["input_ids"], table["attention_mask"], strict=True)]
    return windows == [list(one.ids) for one in features]


def _with_spans(table: datasets.Dataset, features: Sequence[Feature]) -> datasets.Dataset:
    """The windows with Stepstone's answers: where two pieces cover the first character, run_qa takes the second."""
    spans = [one.fields["span"] for one in features]
    return table.map(
        lambda _, place: {"start_positions": spans[place][0], "end_positions": spans[place][1]}, with_indices=True
    )


def _ignore_padding(model: nn.Module) -> None:
    """Leave padding out of a span's softmax, as Stepstone does; in the scripts a loss goes by how wide a batch is."""
    masks: list[torch.Tensor] = []
    model.register_forward_pre_hook(lambda _, args, given: masks.append(given["attention_mask"]), with_kwargs=True)
    model.qa_outputs.register_forward_hook(
        lambda _, args, logits: logits.masked_fill((masks.pop() == 0).unsqueeze(-1), -1e4)
    )


def _lengths(bench: Bench, use: DataUse, tokenizer: PreTrainedTokenizerFast) -> list[list[int]]:
    """Of every input the word pieces that attend to each other: one number, or one for each of its choices."""
    task = BUILT_IN.task(use.task)
    family = find_family(task.family_declaration)
    assert isinstance(family, TrainedFamily)
    features = family.inputs(examples_of(bench, use), task, tokenizer, bench.train.recipe.limits()).features
    return [feature.fields.get("lengths", [len(feature)]) for feature in features]


def _text(options: argparse.Namespace) -> str:
    return f"{'release files' if options.data else 'lab text'}, {'given' if options.encoder else 'own'} tokenizer"


def _machine(options: argparse.Namespace) -> str:
    if options.device == "cpu":
        return f"{options.threads} threads"
    return f"{torch.cuda.get_device_name()}, Stepstone in {options.precision}, the scripts in fp32"


def parser(says: str | None) -> argparse.ArgumentParser:
    """What the command line may hold."""
    found = argparse.ArgumentParser(description=says, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("job", choices=JOBS)
    found.add_argument("--shape", default="4x192", help="layers x width")
    found.add_argument("--data", type=Path, help="a folder of release files")
    found.add_argument("--encoder", type=Path, help="a folder whose tokenizer is used")
    found.add_argument("--threads", type=int, default=1)
    found.add_argument("--device", default="cpu")
    found.add_argument("--precision", default="fp32", choices=["fp32", "bf16"])
    found.add_argument("--rounds", type=int, default=3)
    found.add_argument("--steps", type=int, default=32)
    found.add_argument("--examples", type=int, default=250, help="scored per language")
    return found


if __name__ == "__main__":
    main()
