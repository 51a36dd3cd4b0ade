"""MultiNLI in 26 languages: 25,000 pairs of its training set for each, translated by machine (multilingual-NLI-26lang).

Each language has a sample of its own. `nli26_mnli_ja` has the Japanese sample with its English originals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.originals import translated_pair
from stepstone.core.example import TextExample
from stepstone.core.task import Files, HubTable, Task, Translation

# fmt: off
LANGUAGES = (
    "ar", "bn", "de", "es", "fa", "fr", "he", "hi", "id", "it", "ja", "ko", "mr", "nl", "pl", "ps", "pt", "ru", "sv",
    "sw", "ta", "tr", "uk", "ur", "vi", "zh",
)
# fmt: on
LABELS = ("entailment", "neutral", "contradiction")
CARD = "the data set's README, as a public project keeps it"
COLUMNS = {"original1": "premise_original", "original2": "hypothesis_original"}
COLUMNS |= {name: name for name in ("premise", "hypothesis", "label")}
_TRAPS = (
    "each language has another random sample of the source set: languages are not compared on the same pairs",
    "languages differ in their translator, too: opus-mt-tc-big (ar, es, fr, it, pt, tr), m2m100_1.2B (bn, fa, "
    "ja, ko, pl, ps, ta) or opus-mt (all others)",
)


def declare(name: str, whose: str, source: str, of: str = "", num_rows: int = 25_000, sample: str = "") -> Task:
    """The declaration of what is translated of one source set; of one language's `sample`, its originals too."""
    languages = ("en", sample) if sample else LANGUAGES
    language = sample or "{language}"
    within = Translation(of=name, by="id") if sample else None
    title = f"{whose}, translated by machine" + (
        f': the "{sample}" sample with its English originals' if sample else ""
    )
    return Task(
        name=name,
        title=title,
        family="classification",
        metric="accuracy",
        definition="jiant",
        languages={"train": languages},
        labels=LABELS,
        trained_on=(name,),
        translation=within or (Translation(of=of, by="text") if of else None),
        sources=(
            Files(reader="parquet", files={"train": (f"{language}_{source}-*.parquet",)}, columns=COLUMNS),
            HubTable(
                repository="MoritzLaurer/multilingual-NLI-26lang-2mil7",
                config=language,
                revision="510a233972a0d7ff0f767d82f46e046832c10538",
                data_files={"train": f"data/{{config}}_{source}-*.parquet"},
                columns=COLUMNS,
                class_labels=LABELS,
                evidence={"columns": CARD, "revision": "pinned by one public project", "data_files": "the hub's pages"},
            ),
        ),
        rows={"train": num_rows},
        recipe={"batch_size": 24, "num_epochs": 2},
        licence="that of its source set; the data set itself names none",
        citation="Laurer, van Atteveldt, Casas and Welbers 2022 (OSF preprint 74b8k)",
        url="https://huggingface.co/datasets/MoritzLaurer/multilingual-NLI-26lang-2mil7",
        evidence={"rows": CARD, "languages": CARD, "recipe": "taken over from MultiNLI", "licence": CARD},
        traps=_TRAPS,
    )


def to_example(row: Mapping[str, Any], language: str) -> TextExample:
    """Premise and hypothesis, translated; in English the originals that stand in the same row."""
    fields = ("original1", "original2") if language == "en" else ("premise", "hypothesis")
    return translated_pair(row, LABELS, fields, dict(zip("012", LABELS, strict=True)))


task = declare("nli26_mnli", "MultiNLI", "mnli", of="mnli")
