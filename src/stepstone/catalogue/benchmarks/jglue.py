"""JGLUE: Japanese language understanding (Kurihara et al. 2022), scored on its validation sets."""

from __future__ import annotations

from stepstone.core.benchmark import Benchmark, BenchmarkTask

_JA = ("ja",)

benchmark = Benchmark(
    name="jglue",
    title="JGLUE",
    parts=(
        BenchmarkTask(task="marcja", groups=("classification",), languages=_JA, metrics=("accuracy",), split="dev"),
        BenchmarkTask(task="jcola", groups=("classification",), languages=_JA, metrics=("mcc",), split="dev"),
        BenchmarkTask(task="jsts", groups=("sentence pairs",), languages=_JA, metrics=("pearson",), split="dev"),
        BenchmarkTask(task="jnli", groups=("sentence pairs",), languages=_JA, metrics=("accuracy",), split="dev"),
        BenchmarkTask(
            task="jsquad", groups=("question answering",), languages=_JA, metrics=("exact_match", "f1"), split="dev"
        ),
        BenchmarkTask(
            task="jcommonsenseqa", groups=("question answering",), languages=_JA, metrics=("accuracy",), split="dev"
        ),
    ),
    source_language="ja",
    note="JGLUE publishes no average: this one is the plain mean over its tasks, with Matthews' correlation for JCoLA "
    "as its authors score it (JGLUE's table has accuracy).",
    citation="Kurihara, Kawahara and Shibata 2022 (LREC)",
    url="https://github.com/yahoojapan/JGLUE",
    evidence={"parts": "README of yahoojapan/JGLUE"},
)
