"""Part-of-speech tags of Universal Dependencies as XTREME-R prepared them: five languages more than XTREME."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import tagging
from stepstone.catalogue.tasks import udpos
from stepstone.core.example import TaggingExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

LATER = ("lt", "pl", "ro", "uk", "wo")
_ALL = tuple(sorted((*udpos.task.languages["test"], *LATER)))

task = Task(
    name="udpos_r",
    title="UDPOS of XTREME-R",
    family="tagging",
    metric="pos",
    definition="xtreme-2020",
    languages={"train": ("en",), "dev": ("en",), "test": _ALL},
    labels=udpos.TAGS,
    trained_on=("udpos_r",),
    sources=(
        Files(
            reader="conll",
            # XTREME and XTREME-R download into folders of one name: a folder around it says which this is.
            files={
                split: (f"xtreme-r/udpos/{split}-{{language}}.tsv", f"udpos_r/{split}-{{language}}.tsv")
                for split in ("train", "dev", "test")
            },
        ),
        HubTable(
            repository="izhx/xtreme-r-udpos",
            config="{language}",
            revision="7e002378cc5704114200c479db0c592c7f77f8f8",
            columns={"words": "tokens", "tags": "pos_tags"},
            evidence={
                "columns": "those of google/xtreme, whose script built it, checked at load",
                "config": "the table's page",
                "revision": "the table's page",
            },
        ),
    ),
    recipe=udpos.task.recipe,
    licence=udpos.task.licence,
    citation="Nivre et al. 2020 (LREC); Ruder et al. 2021 (EMNLP)",
    url="https://github.com/google-research/xtreme",
    evidence={"languages": "the table's page", "recipe": "as UDPOS's", "licence": REMEMBERED},
    traps=(
        "XTREME-R's script takes Universal Dependencies 2.5 for the languages of XTREME, as udpos has them, and 2.7 "
        "for lt, pl, ro, uk and wo; the hub's table names the licence of 2.7: the two are scored on other sentences",
        "the hub's table joins treebanks as google/xtreme did: fused words are split, which XTREME-R's files do not",
        "train and dev are declared for English alone, which is all that the hub's table has",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> TaggingExample:
    """A sentence with its part-of-speech tags."""
    return tagging(row, udpos.TAGS)
