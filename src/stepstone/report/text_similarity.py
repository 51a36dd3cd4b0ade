"""How alike texts of intermediate tasks and of targets are, on the page."""

from __future__ import annotations

import pandas as pd

from stepstone.core.study import Study
from stepstone.evidence.attached import attached
from stepstone.evidence.frame import rows_of
from stepstone.report.blocks import Block
from stepstone.report.grid import Entry, GridRow
from stepstone.report.labels import condition_label


def similarity_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """What was collected with a frame; none where the study asks for none."""
    return attached(frame, "text_similarity", pd.DataFrame())


def similarity_block(frame: pd.DataFrame, study: Study) -> Block | None:
    """A row per arm and a column per target: the cosine, and which of the arms it is by that."""
    table = similarity_rows(frame)
    if table.empty:
        return None
    known = {row["condition"]: row for row in rows_of(frame[["condition", "intermediate", "arm", "setting"]])}
    of_target = table.groupby(["model", "target"])["similarity"]
    place = of_target.rank(ascending=False, method="min").astype(int)
    table = table.assign(place=place, num=of_target.transform("size"))
    targets = tuple(dict.fromkeys(table["target"]))
    groups = []
    for model, own in table.groupby("model", sort=False):
        found = {(row["condition"], row["target"]): row for row in rows_of(own)}
        lines = [
            GridRow(
                condition_label(known[condition], study) if condition in known else condition,
                "score",
                tuple(_entry(found[condition, target]) for target in targets),
            )
            for condition in dict.fromkeys(own["condition"])
        ]
        groups.append((str(model), tuple(lines)))
    return Block("How alike texts are", targets, tuple(groups))


def _entry(row: dict[str, object]) -> Entry:
    return Entry(f"{row['similarity']:.3f}", f"({row['place']} of {row['num']})", "score")
