"""XTREME-R: ten tasks, fifty languages (Ruder et al. 2021)."""

from __future__ import annotations

from stepstone.catalogue.benchmarks.xtreme import SPAN
from stepstone.catalogue.tasks import lareqa, mewslix, mlqa, panx, tatoeba, tydiqa, udpos_r, xcopa, xnli, xquad
from stepstone.core.benchmark import Benchmark, BenchmarkTask

benchmark = Benchmark(
    name="xtreme-r",
    title="XTREME-R",
    parts=(
        BenchmarkTask(task="xnli", groups=("classification",), languages=xnli.LANGUAGES, metrics=("accuracy",)),
        BenchmarkTask(
            task="xcopa",
            groups=("classification", "multiple choice"),
            languages=xcopa.LANGUAGES,
            metrics=("accuracy",),
        ),
        BenchmarkTask(
            task="udpos_r",
            groups=("structured prediction",),
            languages=udpos_r.task.languages["test"],
            metrics=("f1",),
        ),
        BenchmarkTask(
            task="panx",
            groups=("structured prediction",),
            languages=panx.task.languages["test"],
            metrics=("f1",),
        ),
        BenchmarkTask(
            task="xquad",
            groups=("question answering",),
            languages=xquad.task.languages["test"],
            metrics=SPAN,
        ),
        BenchmarkTask(task="mlqa", groups=("question answering",), languages=mlqa.LANGUAGES, metrics=SPAN),
        BenchmarkTask(task="tydiqa", groups=("question answering",), languages=tydiqa.LANGUAGES, metrics=SPAN),
        BenchmarkTask(
            task="tatoeba",
            groups=("retrieval",),
            languages=tatoeba.task.languages["test"],
            metrics=("accuracy",),
        ),
        BenchmarkTask(
            task="lareqa", groups=("retrieval",), languages=lareqa.task.languages["test"], metrics=("map@20",)
        ),
        BenchmarkTask(
            task="mewslix", groups=("retrieval",), languages=mewslix.task.languages["test"], metrics=("mrr@20",)
        ),
    ),
    note="XTREME-R's own script never prints a mean over all tasks, because LAReQA's languages are not listed there; "
    "it trains dual encoders for LAReQA and Mewsli-X, where Stepstone reads the encoder as it is.",
    citation="Ruder, Constant, Botha, Siddhant, Firat, Fu, Liu, Hu, Garrette, Neubig and Johnson 2021 (EMNLP)",
    url="https://github.com/google-research/xtreme",
    evidence={"parts": "scripts of google-research/xtreme and the paper"},
)
