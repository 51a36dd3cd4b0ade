"""XTREME-MR in Stepstone's own reading: the tasks of XTREME and XTREME-R that are scored by accuracy."""

from __future__ import annotations

from stepstone.catalogue.tasks import pawsx, tatoeba, xcopa, xnli
from stepstone.core.benchmark import Benchmark, BenchmarkTask

benchmark = Benchmark(
    name="xtreme-mr",
    title="XTREME-MR (Stepstone's own definition)",
    parts=(
        BenchmarkTask(task="xnli", groups=("classification",), languages=xnli.LANGUAGES, metrics=("accuracy",)),
        BenchmarkTask(task="pawsx", groups=("classification",), languages=pawsx.LANGUAGES, metrics=("accuracy",)),
        BenchmarkTask(task="xcopa", groups=("multiple choice",), languages=xcopa.LANGUAGES, metrics=("accuracy",)),
        BenchmarkTask(task="tatoeba", groups=("retrieval",), languages=tatoeba.LANGUAGES, metrics=("accuracy",)),
    ),
    note="The name is used in an open question about model size, but no definition of it was found. This one is "
    "Stepstone's own, and its numbers compare with nobody else's.",
    citation="Stepstone; the citations of its tasks",
    evidence={"parts": "Stepstone's own choice"},
)
