"""Tasks with Japanese test data that are scored by accuracy: Stepstone's own choice."""

from __future__ import annotations

from stepstone.catalogue.tasks import belebele, global_mmlu, panx, pawsx, sib200, tatoeba
from stepstone.core.benchmark import Benchmark, BenchmarkTask

# XTREME's languages that SIB-200, Belebele and Global-MMLU all have.
_ALL = set(sib200.FLORES) & set(belebele.FLORES) & set(global_mmlu.LANGUAGES)
LANGUAGES = tuple(code for code in panx.LANGUAGES if code in _ALL)

benchmark = Benchmark(
    name="accuracy-ja",
    title="Accuracy with Japanese (Stepstone's own definition)",
    parts=(
        BenchmarkTask(task="pawsx", groups=("classification",), languages=pawsx.LANGUAGES, metrics=("accuracy",)),
        BenchmarkTask(task="sib200", groups=("classification",), languages=LANGUAGES, metrics=("accuracy",)),
        BenchmarkTask(task="belebele", groups=("multiple choice",), languages=LANGUAGES, metrics=("accuracy",)),
        BenchmarkTask(task="global_mmlu", groups=("multiple choice",), languages=LANGUAGES, metrics=("accuracy",)),
        BenchmarkTask(task="tatoeba", groups=("retrieval",), languages=tatoeba.LANGUAGES, metrics=("accuracy",)),
    ),
    note="Of XTREME-MR's four tasks two have Japanese; each of these five has. The choice is Stepstone's own, and its "
    "numbers compare with nobody else's. Belebele and Global-MMLU are trained on English tasks of the same shape.",
    citation="Stepstone; the citations of its tasks",
    evidence={"parts": "Stepstone's own choice"},
)
