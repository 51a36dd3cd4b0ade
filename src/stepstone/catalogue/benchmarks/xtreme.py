"""XTREME: nine tasks, forty languages, trained in English alone (Hu et al. 2020)."""

from __future__ import annotations

from stepstone.catalogue.tasks import bucc2018, mlqa, panx, pawsx, tatoeba, tydiqa, udpos, xnli
from stepstone.core.benchmark import Benchmark, BenchmarkTask

XQUAD = ("ar", "de", "el", "en", "es", "hi", "ru", "th", "tr", "vi", "zh")
SPAN = ("exact_match", "f1")

benchmark = Benchmark(
    name="xtreme",
    title="XTREME",
    parts=(
        BenchmarkTask(task="xnli", groups=("classification",), languages=xnli.LANGUAGES, metrics=("accuracy",)),
        BenchmarkTask(task="pawsx", groups=("classification",), languages=pawsx.LANGUAGES, metrics=("accuracy",)),
        BenchmarkTask(
            task="udpos", groups=("structured prediction",), languages=udpos.task.languages["test"], metrics=("f1",)
        ),
        BenchmarkTask(task="panx", groups=("structured prediction",), languages=panx.LANGUAGES, metrics=("f1",)),
        BenchmarkTask(task="xquad", groups=("question answering",), languages=XQUAD, metrics=SPAN),
        BenchmarkTask(task="mlqa", groups=("question answering",), languages=mlqa.LANGUAGES, metrics=SPAN),
        BenchmarkTask(task="tydiqa", groups=("question answering",), languages=tydiqa.LANGUAGES, metrics=SPAN),
        BenchmarkTask(task="bucc2018", groups=("retrieval",), languages=bucc2018.LANGUAGES, metrics=("f1",)),
        BenchmarkTask(task="tatoeba", groups=("retrieval",), languages=tatoeba.LANGUAGES, metrics=("accuracy",)),
    ),
    note="Three languages of Tatoeba were added after the paper, which has 33.",
    citation="Hu, Ruder, Siddhant, Neubig, Firat and Johnson 2020 (ICML)",
    url="https://github.com/google-research/xtreme",
    evidence={"parts": "README and scripts of google-research/xtreme"},
)
