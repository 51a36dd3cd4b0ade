"""What the columns of the data files hold: a unit or the values, and a meaning, for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from stepstone.evidence.beside import COLUMNS as BESIDE
from stepstone.evidence.claims import COLUMNS as CLAIM
from stepstone.evidence.composite import COMPOSITE_COLUMNS
from stepstone.evidence.curves import CURVE_COLUMNS
from stepstone.evidence.frame import COLUMNS as CELL
from stepstone.evidence.languages import COLUMNS as LANGUAGE
from stepstone.evidence.probes import COLUMNS as PROBE
from stepstone.evidence.published import COLUMNS as PUBLISHED
from stepstone.evidence.rank_sets import RANK_COLUMNS
from stepstone.evidence.rows import COLUMNS, DIFFERENCE_COLUMNS
from stepstone.evidence.selection import RULES, SELECTION_COLUMNS
from stepstone.evidence.size.columns import SIZE_COLUMNS
from stepstone.evidence.text_similarity import SIMILARITY_COLUMNS

_POINTS, _VARIANCE, _SHARE = "as unit says", "square of unit", "0 to 1"
_DF = "degrees of freedom; inf: of a normal distribution"
_ENDS = [f"{end}_{name}" for end in ("smallest", "largest") for name in ("value", "low", "high")]
_NUMBERS = {
    **dict.fromkeys(("value", "low", "high", "se", "sd"), _POINTS),
    "reference_value": "percent; points of a zero-shot gap or between groups",
    **dict.fromkeys(("chance", "unknown", "cut", "lost"), "percent"),
    "fertility": "word pieces",
    "margin": "points",
    "similarity": "cosine, -1 to 1",
    **dict.fromkeys(("value_all_parameters", *_ENDS, "error_linear", "error_saturating"), _POINTS),
    "doublings": "doublings of size",
    "lack_of_fit": "ratio of variances",
    "change": _POINTS,
    "effect": _POINTS,
    "difference": _POINTS,
    **dict.fromkeys(("published", "ours"), "percent"),
    "confidence": _SHARE,
    **dict.fromkeys(("optimism", "corrected"), "points"),
    **dict.fromkeys(("source_dev", "error", "target_dev", "translated_dev", "test_score"), "percent"),
    **dict.fromkeys(("average", "source_value"), "percent"),
    "share_other": _SHARE,
    **dict.fromkeys(("df_seeds", "df_others"), _DF),
    **dict.fromkeys(("var_seeds", "var_examples", "var_shared", "var_others", "var_encoders"), _VARIANCE),
    **dict.fromkeys(("p", "p_these_models", "p_equivalence", "p_holm", "p_equivalence_holm", "p_lack_of_fit"), _SHARE),
}
_VALUES = {
    **_NUMBERS,
    **dict.fromkeys(("trivial", "others"), 'JSON: {"name": percent}'),
    "runs": "all; without degenerate runs",
    "comparison": "primary; gain; language; control; setting; encoder; between models; between settings; "
    "between groups; zero-shot gap; slope; two sizes; at one size; slope, near minus far; per doubling of examples; "
    "size by examples; spread over seeds; score; zero-shot gap of an arm; score on its own task",
    "level": "language; group; all; benchmark; between groups; source gap; distance",
    "unit": "percent; points; nats; log2 of a ratio of variances; of a claim: points per doubling; of NUMBER",
    "checkpoint": "encoder; intermediate; target",
    "use": "evaluated; trained on",
    "per": "word; character",
    "flagged": "unknown; cut; lost; joined by blanks",
    "measure": "mlm_loss; retrieval; alignment; earlier_task",
    "of": "gain; language; control; setting; score",
    "ranked": "arms; encoders",
    "size_measure": "parameters without embeddings; all parameters",
    "by_size": 'JSON: {"size": value}, value as unit says; of a spread, standard deviations in points',
    "form": "linear; saturating",
    "trend": "vanishes; shrinks but holds; reverses; does not shrink; undecided",
    "chosen_on": "any; text; dev; test",
    "rule": "; ".join((*RULES, "near-tied")),
    "by_seed": 'JSON: {"seed": value}, value as unit says',
    "steps": 'JSON: [{"of", "effect", "low", "high", "confidence"}], null where it is not known',
    "verdict": "higher; lower; equivalent; undecided; not tested; gap; of a claim: supported; contradicted",
    "status": "done; missing",
    "flags": "names, joined by blanks; NAME@TRAINING: of a training that the run rests on",
    "language": "BCP 47",
    "arm": "BCP 47, a name of the study's, or control",
    "reference_arm": "BCP 47, a name of the study's, or control",
    "intermediate_language": "BCP 47, joined by +, > and commas; control",
    "method": "single; mixture; chain; merge; control",
}
_OWN = {
    "row": "number of the row",
    "runs": "over which runs: all, or those alone that no flag calls degenerate",
    "test": "number of the test; rows with the same number are one test, as those of a benchmark of one task",
    "margin": "the study's margin of equivalence; empty where it declares none",
    "lab": "the mark of generated data; empty on real data",
}
_MEANINGS: dict[str, Mapping[str, str]] = {
    "scores": {**CELL, "lab": _OWN["lab"]},
    "comparisons": {**COLUMNS, **DIFFERENCE_COLUMNS, **SIZE_COLUMNS, **_OWN},
    "probes": {**PROBE, "lab": _OWN["lab"]},
    "claims": {**CLAIM, "lab": _OWN["lab"]},
    "published": {**PUBLISHED, "lab": _OWN["lab"]},
    "beside": {**BESIDE, "lab": _OWN["lab"]},
    "languages": {**LANGUAGE, "lab": _OWN["lab"]},
    "composite": {**COMPOSITE_COLUMNS, "lab": _OWN["lab"]},
    "ranks": {**RANK_COLUMNS, "lab": _OWN["lab"]},
    "text_similarity": {**SIMILARITY_COLUMNS, "lab": _OWN["lab"]},
    "selection": {**SELECTION_COLUMNS, "lab": _OWN["lab"]},
    "selection_curves": {**CURVE_COLUMNS, "lab": _OWN["lab"]},
    "by_seed": {
        "row": "of comparisons.csv",
        "seed": "the seed, common to all arms of that row",
        "value": "the row's value under this seed",
        "lab": _OWN["lab"],
    },
    "dictionary": {
        "file": "name of the file",
        "column": "name of its column",
        "values": "unit, or the values that stand there",
        "meaning": "what it says",
        "lab": _OWN["lab"],
    },
}


_WHOLE = frozenset({"row", "seed", "test", "family_size", "layer", "step", "pretraining_seed"})
_WHOLE |= {"rank", "best_rank", "worst_rank"}


def is_number(column: str) -> bool:
    """Whether a column holds numbers that need not be whole."""
    return column in _NUMBERS


def column_values(column: str) -> str:
    """The unit of a column, or the values that stand there."""
    if column in _VALUES:
        return _VALUES[column]
    if column.startswith("num_"):
        return "count"
    return "whole number" if is_whole(column) else "text"


def is_whole(column: str) -> bool:
    """Whether a column holds whole numbers."""
    return column in _WHOLE or column.startswith("num_")


def dictionary(columns: Mapping[str, Sequence[str]], level: float) -> pd.DataFrame:
    """One row for every column of every file, those of the dictionary included; `level` is the intervals'."""
    own = {"dictionary.csv": ["file", "column", "values", "meaning", "lab"]}
    formulas = _formulas(level)
    rows = []
    for file, names in {**columns, **own}.items():
        stem = file.partition(".")[0]
        for name in names:
            more = formulas.get(name, "") if stem == "comparisons" else ""
            rows.append((file, name, column_values(name), _MEANINGS[stem][name] + more))
    return pd.DataFrame(rows, columns=["file", "column", "values", "meaning"])


def _formulas(level: float) -> dict[str, str]:
    """How a column follows from others of its row; `beyond` and `quantile` are explained in docs/statistics.md."""
    half = f"quantile({(1 + level) / 2:g})"
    cut = "a score that cannot be negative is kept within 0 and 100"
    return {
        "value": "; the mean of by_seed",
        "low": f": value - {half} of the distribution of (var_seeds, df_seeds) and (var_others, df_others); {cut}",
        "high": f": value + {half} of the same; {cut}",
        "p": ": 2 * beyond(abs(value)), and 1 where value and se are 0",
        "p_equivalence": ": beyond(margin - abs(value))",
        "p_holm": ", each test of a family once",
        "comparison": ", primary; or what an arm scores by itself, which is not tested",
        "family": ", within its runs; empty of what is not compared",
        "reference": "; empty of what is not compared",
    }
