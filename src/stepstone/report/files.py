"""The evidence as CSV and Parquet: every cell by seed, and every comparison with all that its inference rests on."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from stepstone.core.study import Study
from stepstone.core.visible import cell
from stepstone.evidence.compare import Comparison
from stepstone.evidence.curves import curves_of
from stepstone.evidence.rows import COLUMNS, DIFFERENCE_COLUMNS
from stepstone.evidence.size.columns import SIZE_COLUMNS
from stepstone.report.claims import claims_json
from stepstone.report.dictionary import dictionary, is_number, is_whole
from stepstone.report.labels import watermark
from stepstone.report.languages import language_rows
from stepstone.report.probes import probe_rows
from stepstone.report.text_similarity import similarity_rows

SCORE, ARM_GAP, OWN = "score", "zero-shot gap of an arm", "score on its own task"
ALL_RUNS, WITHOUT = "all", "without degenerate runs"
_ORDER = [
    *("row", "runs", "comparison"),
    *COLUMNS,
    *(name for name in DIFFERENCE_COLUMNS if name != "comparison"),
    *SIZE_COLUMNS,
    "margin",
]


def data_files(
    frame: pd.DataFrame, comparison: Comparison, study: Study, beside: pd.DataFrame | None = None
) -> dict[str, bytes]:
    """The data files by name; the dictionary among them says what every column of every file holds."""
    mark = watermark(study)
    scores, comparisons = scores_table(frame), comparisons_table(comparison, study)
    tables = {
        "scores.csv": scores.assign(lab=mark),
        "scores.parquet": scores.assign(lab=mark),
        "comparisons.csv": comparisons.assign(lab=mark),
        "comparisons.parquet": comparisons.assign(lab=mark),
        "by_seed.csv": by_seed_table(comparisons).assign(lab=mark),
    }
    probes = probe_rows(frame)
    if len(probes):
        tables |= dict.fromkeys(("probes.csv", "probes.parquet"), _typed(probes).assign(lab=mark))
    for name, found in (("claims", comparison.claims), ("published", comparison.published)):
        if len(found):
            tables[f"{name}.csv"] = _typed(found).assign(lab=mark)
    if beside is not None:
        tables |= dict.fromkeys(("beside.csv", "beside.parquet"), _typed(beside).assign(lab=mark))
    languages = language_rows(frame)
    if len(languages):
        tables |= dict.fromkeys(("languages.csv", "languages.parquet"), _typed(languages).assign(lab=mark))
    alike = similarity_rows(frame)
    for name, found in (("composite", comparison.composite), ("ranks", comparison.ranks), ("text_similarity", alike)):
        if len(found):
            tables[f"{name}.csv"] = _typed(found).assign(lab=mark)
    curves = curves_of(frame)
    if len(curves):
        costs = comparison.selection.assign(by_seed=[_by_seed(own) for own in comparison.selection["by_seed"]])
        tables |= dict.fromkeys(("selection.csv", "selection.parquet"), _typed(costs).assign(lab=mark))
        tables["selection_curves.csv"] = _typed(curves).assign(lab=mark)
    described = dictionary({name: list(table.columns) for name, table in tables.items()}, comparison.settings.level)
    tables["dictionary.csv"] = described.assign(lab=mark)
    made = {name: _parquet(table) if name.endswith(".parquet") else _csv(table) for name, table in tables.items()}
    if len(comparison.claims):
        made["claims.json"] = json.dumps(claims_json(comparison.claims, study), ensure_ascii=False, indent=1).encode()
    return made


def study_json(study: Study) -> str:
    """The study as it was read, with every default."""
    said = {"lab": watermark(study), "study": study.model_dump(mode="json")}
    return json.dumps(said, ensure_ascii=False, indent=1) + "\n"


def scores_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Every cell by seed: the frame without paths; flags are joined by blanks, tables of scores are JSON."""
    table = frame.drop(columns="predictions")
    table.attrs = {}  # what goes with the frame has files of its own
    table["flags"] = [" ".join(flag.replace(" ", "_") for flag in flags) for flags in frame["flags"]]
    for name in ("trivial", "others"):
        table[name] = [_json(scores or {}) for scores in frame[name]]
    return _typed(table)


def comparisons_table(comparison: Comparison, study: Study) -> pd.DataFrame:
    """Every difference, score and zero-shot gap as one table, with all runs and then without degenerate ones."""
    known = {ALL_RUNS: comparison, WITHOUT: comparison.without}
    bodies = {runs: body for runs, body in known.items() if body is not None}
    tables = [table.assign(runs=runs) for runs, body in bodies.items() for table in _tables(body) if not table.empty]
    table = pd.concat(tables, ignore_index=True)
    table = table.assign(row=table.index + 1, margin=study.margin)
    table = table.reindex(columns=_ORDER)
    for name in ("by_seed", "by_size"):
        table[name] = [_json(_by_name(own)) for own in table[name]]
    return _typed(table)


def _by_name(own: Any) -> dict[str, float]:
    """Values by name; none where a row has none."""
    return {str(name): value for name, value in own.items()} if isinstance(own, Mapping) else {}


def _tables(comparison: Comparison) -> Iterator[pd.DataFrame]:
    """All tables of a comparison; scores and gaps, which compare no arms, are known by their name."""
    yield from (comparison.primary, comparison.gains, comparison.contrasts, comparison.encoders)
    yield comparison.interactions
    yield comparison.slopes
    yield comparison.scores.assign(comparison=SCORE)
    yield comparison.gaps.assign(comparison=ARM_GAP)
    yield comparison.own.assign(comparison=OWN)


def by_seed_table(comparisons: pd.DataFrame) -> pd.DataFrame:
    """The values by seed of every row of the comparisons, one row each."""
    known = zip(comparisons["row"], comparisons["by_seed"], strict=True)
    long = [(row, int(seed), value) for row, text in known for seed, value in json.loads(text).items()]
    return _typed(pd.DataFrame(long, columns=["row", "seed", "value"]))


def _by_seed(values: Mapping[int, float]) -> str:
    return _json({str(seed): value for seed, value in values.items()})


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """The same with one type a column, whatever it happens to hold: whole numbers, numbers, or text."""
    kinds = {name: "Int64" if is_whole(name) else "float64" if is_number(name) else "string" for name in table.columns}
    return table.astype(kinds)


def _csv(table: pd.DataFrame) -> bytes:
    """As `to_csv` writes it, which takes three times as long over tables of texts; no text is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(zip(*(_written(table.iloc[:, place]) for place in range(table.shape[1])), strict=True))
    return text.getvalue().encode()


def _written(column: pd.Series[Any]) -> list[str]:
    # Ten digits: fewer would not give the same p and interval again.
    cells = zip(column.to_numpy(dtype=object).tolist(), column.isna().to_numpy().tolist(), strict=True)
    if pd.api.types.is_float_dtype(column.dtype):
        return ["" if is_absent else f"{one:.10g}" for one, is_absent in cells]
    # Most texts of a column are few, over and over.
    known: dict[Any, str] = {}
    return ["" if is_absent else known.get(one) or known.setdefault(one, cell(str(one))) for one, is_absent in cells]


def _parquet(table: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False, engine="pyarrow")
    return buffer.getvalue()
