"""XTREME-R: ten tasks, fifty languages (Ruder et al. 2021)."""

from __future__ import annotations

from stepstone.catalogue.benchmarks.xtreme import SPAN
from stepstone.catalogue.tasks import lareqa, mewslix, mlqa, panx, tatoeba, tydiqa, udpos, xcopa, xnli, xquad
from stepstone.core.benchmark import Benchmark, Part

benchmark = Benchmark(
    name="xtreme-r",
    title="XTREME-R",
    parts=(
        Part(task="xnli", groups=("classification",), languages=xnli.LANGUAGES, metrics=("accuracy",)),
        Part(
            task="xcopa",
            groups=("classification", "multiple choice"),
            languages=xcopa.LANGUAGES,
            metrics=("accuracy",),
        ),
        Part(
            task="udpos",
            groups=("structured prediction",),
            languages=udpos.task.languages["test"],
            metrics=("f1",),
        ),
        Part(
            task="panx",
            groups=("structured prediction",),
            languages=panx.task.languages["test"],
            metrics=("f1",),
        ),
        Part(
            task="xquad",
            groups=("question answering",),
            languages=xquad.task.languages["test"],
            metrics=SPAN,
        ),
        Part(task="mlqa", groups=("question answering",), languages=mlqa.LANGUAGES, metrics=SPAN),
        Part(task="tydiqa", groups=("question answering",), languages=tydiqa.LANGUAGES, metrics=SPAN),
        Part(task="tatoeba", groups=("retrieval",), languages=tatoeba.LANGUAGES, metrics=("accuracy",)),
        Part(task="lareqa", groups=("retrieval",), languages=lareqa.task.languages["test"], metrics=("map@20",)),
        Part(task="mewslix", groups=("retrieval",), languages=mewslix.task.languages["test"], metrics=("mrr@20",)),
    ),
    note="XTREME-R's Tatoeba has 41 languages, of which the 36 of XTREME are declared; its own script never prints "
    "a mean over all tasks, because LAReQA's languages are not listed there.",
    citation="Ruder, Constant, Botha, Siddhant, Firat, Fu, Liu, Hu, Garrette, Neubig and Johnson 2021 (EMNLP)",
    url="https://github.com/google-research/xtreme",
)
