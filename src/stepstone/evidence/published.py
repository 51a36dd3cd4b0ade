"""Published scores beside the study's own, where model, arm and target are the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from stepstone.catalogue.claims import find_claims
from stepstone.core.claim import PublishedScore
from stepstone.core.condition import label_of
from stepstone.core.study import Study
from stepstone.evidence.alignment import FrameRow

COLUMNS: dict[str, str] = {
    "list": "the list of claims that holds the score",
    "model": "the encoder",
    "arm": "the condition",
    "target": "target task",
    "metric": "the value's name among the scores of the target",
    "published": "percent, mean over languages",
    "ours": "percent, mean over languages and seeds; empty where a language or a seed is missing",
    "definition": "by whose rules ours was scored",
    "num_languages": "languages of ours",
    "num_seeds": "seeds of ours",
    "read": "where the published score was read, or that it is remembered",
}


def published_rows(rows: Sequence[FrameRow], study: Study) -> pd.DataFrame:
    """A row for each published score of a model, an arm and a target of the study; none in the lab."""
    usual = study.settings[0].text
    cells = [row for row in rows if row["setting"] == usual] if study.lab is None else []
    found = [
        {"list": name, **row}
        for name in study.claims
        for score in find_claims(name).score
        for row in _beside(score, cells)
    ]
    return pd.DataFrame(found, columns=list(COLUMNS))


def _beside(score: PublishedScore, cells: Sequence[FrameRow]) -> Iterator[dict[str, Any]]:
    wanted = (score.model, score.arm, score.target)
    own = [row for row in cells if (row["model"], label_of(row["intermediate"], row["arm"]), row["target"]) == wanted]
    if not own:
        return
    yield {
        **{"model": score.model, "arm": score.arm, "target": score.target, "metric": score.metric},
        "published": score.value,
        "ours": published_mean(own, score.metric),
        "definition": own[0]["definition"],
        "num_languages": len({row["language"] for row in own}),
        "num_seeds": len({row["seed"] for row in own}),
        "read": score.read,
    }


def published_mean(rows: Sequence[FrameRow], metric: str) -> float:
    """The mean of a value of these cells under their definition, NaN where one lacks it; no name: the main score."""
    values: Iterator[float] = (
        row["value"] if not metric else (row["others"] or {}).get(f"{metric} ({row['definition']})", math.nan)
        for row in rows
    )
    return sum(values) / len(rows)
