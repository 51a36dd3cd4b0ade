"""Sentences that stand under tables: what the numbers are, how sure, and what they are not."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from stepstone.core.study import Study
from stepstone.evidence.columns import TABLE_LEVELS
from stepstone.evidence.compare import Comparison
from stepstone.evidence.estimate import EXAMPLES_ONLY, OVER_ENCODERS
from stepstone.evidence.flags import RULE
from stepstone.evidence.frame import rows_of
from stepstone.evidence.verdicts import ALPHA
from stepstone.report.cautions import data_notes
from stepstone.report.encoders import with_size_means
from stepstone.report.labels import condition_label, counted, format_number, language_label, watermark


def caption(comparison: Comparison, study: Study) -> list[str]:
    """The lines under the study's table; or that nothing is computed."""
    if is_empty(comparison):
        return ["No score is there yet.", *filter(None, [watermark(study)])]
    shown = with_size_means(comparison)
    lines = [
        _rows(shown),
        f"{comparison.settings.level * 100:g} % intervals: {basis(shown)}.",
        *marks(shown, study),
        f"{definition_notes(comparison.scores)}.",
        *data_notes(comparison.used, study),
        *averages(comparison),
        *own_score_notes(comparison, study),
    ]
    fewer = sum(map(short_of_seeds, (_baselines(shown.scores), shown.gains, shown.contrasts)))
    if fewer:
        rest = "rests" if fewer == 1 else "rest"
        lines.append(f"{counted(fewer, 'value')} of the table {rest} on fewer seeds than planned.")
    return [*lines, *filter(None, [watermark(study)])]


def _rows(comparison: Comparison) -> str:
    """What the rows of the table are; without an intermediate task there are none of differences."""
    first = "what chance and rules without learning score, then the score without an intermediate task, in percent"
    pairs = ", then between two arms of one intermediate task" if len(comparison.contrasts) else ""
    below = f"points over no intermediate task{pairs}"
    return f"First rows: {first}; below: {below}." if len(comparison.gains) else f"Rows: {first}."


def commands(study: Study, source: str | Path | None) -> dict[str, str]:
    """What computes a study and what writes its page again, with its file as it was named, or else its own name."""
    named = shlex.quote(str(source or study.rehearsal_of or study.name))
    run = f"stepstone {'rehearse' if study.rehearsal_of else 'run'} {named}"
    return {"run_command": run, "report_command": run if study.rehearsal_of else f"stepstone report {named}"}


def trained_in(study: Study) -> str:
    """In which languages targets are trained, and what they have seen of those that they are evaluated in."""
    codes = dict.fromkeys(code for target in study.target for code in study.sources_of(target))
    named = " or ".join(language_label(code, study) for code in codes)
    each = ", as each target or arm says," if len(codes) > 1 else ""
    shots = " and ".join(f"{num:,}" for num in study.num_shots)
    how = f"after {shots} examples of it" if any(study.num_shots) else "zero-shot"
    return f"targets are trained in {named}{each} and evaluated in every other language {how}"


def is_empty(comparison: Comparison) -> bool:
    """Whether nothing is evaluated yet."""
    return all(row["status"] != "done" for row in comparison.evidence.all_rows)


def basis(comparison: Comparison) -> str:
    """What intervals are over, in words, for each kind that the table shows."""
    shown = pd.concat([table for table in (comparison.scores, comparison.gains, comparison.contrasts) if len(table)])
    found = set(shown["basis"].astype(str))
    encoders = "encoders, " if OVER_ENCODERS in found else ""
    over = f"(a to b) over {encoders}{counted(num_seeds(comparison.scores), 'seed')} and examples"
    said = [over] if _over_seeds(found) else []
    if any(text.startswith(EXAMPLES_ONLY) for text in found):
        said.append("[a to b] over test examples only, which says nothing of another run")
    return "; ".join(said) or _why_none(shown[shown["value"].notna()])


def _why_none(known: pd.DataFrame) -> str:
    """Why no value has an interval."""
    reasons = dict.fromkeys(text.removesuffix(": no interval") for text in known["reason"].astype(str) if text)
    return f"none: {'; '.join(reasons)}" if len(known) else "none, for nothing was computed"


def _over_seeds(found: set[str]) -> bool:
    return any("seeds" in text for text in found)


def marks(comparison: Comparison, study: Study) -> Iterator[str]:
    """What the signs in the table mean, with the sizes of the families of tests."""
    sizes = family_sizes(comparison)
    if sizes:
        yield f"* decided: p < {ALPHA:g} after Holm's correction over the table's tests ({sizes})."
    elif len(comparison.encoders):
        yield "Differences between encoders, with their tests, are on the page and in comparisons.csv."
    elif num_seeds(comparison.scores) > 1:
        none = "the study has no intermediate task to compare"
        why = "comparisons.csv has the reason of each comparison" if study.intermediate else none
        yield f"No test is made and nothing is starred: {why}."
    else:
        yield "No test is made and nothing is starred: one seed says nothing of another run."
    if study.margin is not None:
        yield f"≈ shown to be no larger than {study.margin:g} points (two one-sided tests, corrected alike)."
    if comparison.without is not None:
        yield f"† a run behind it looks degenerate; values are with all runs, and shown again without: {RULE}."


def own_score_notes(comparison: Comparison, study: Study) -> Iterator[str]:
    """Which intermediate trainings are not shown to have learned their own task."""
    rows = rows_of(comparison.own)
    known = [row for row in rows if row["value"] == row["value"]]
    poor = [row for row in known if not row["learned"]]
    if poor:
        named = dict.fromkeys(
            f"{row['model']}, {condition_label(row, study)}: "
            f"{format_number(row['value'])} on {row['target']} "
            f"({_level(row)})"
            for row in poor
        )
        yield f"Intermediate training that is not shown to have learned its own task: {'; '.join(named)}."
    elif known:
        waits = len(rows) - len(known)
        several = f"{f'{len(known)} of {len(rows)}' if waits else f'All {len(known)}'} intermediate trainings"
        subject, its = (several, "their") if len(rows) > 1 else ("The intermediate training", "its")
        unknown = f"; the {'others are' if waits > 1 else 'other is'} not scored yet" if waits else ""
        yield f"{subject} learned {its} own task better than rules without learning{unknown}."


def _level(row: Mapping[str, Any]) -> str:
    name = row["best_level_name"]
    return f"{name}: {format_number(row['best_level'])}" if name else "no level without learning is known"


def averages(comparison: Comparison) -> Iterator[str]:
    """What the benchmarks' averages are, and why one is a gap."""
    for average in comparison.averages:
        yield (
            f"{average.name}: the plain mean over its {average.num_tasks} tasks of the mean over their languages, "
            f"a gap wherever anything of it is missing. {average.note}".rstrip()
        )
        if average.lacks:
            yield f"{average.name} has no average here: {'; '.join(average.lacks)}."


def num_seeds(scores: pd.DataFrame) -> int:
    """The largest number of seeds that any score rests on."""
    return int(scores["num_seeds"].max()) if len(scores) else 0


def short_of_seeds(table: pd.DataFrame) -> int:
    """Values of the study's table that rest on fewer seeds than planned; gaps are counted elsewhere."""
    if table.empty:
        return 0
    is_shown = table["level"].isin(TABLE_LEVELS) & table["value"].notna()
    return int((is_shown & (table["num_seeds"] < table["num_seeds_planned"])).sum())


def _baselines(scores: pd.DataFrame) -> pd.DataFrame:
    """The scores that the study's table has."""
    return scores[scores["intermediate"].isna()]


def family_sizes(comparison: Comparison) -> str:
    """The families of tests that the tables show, with their sizes; empty where nothing is tested."""
    tables = [table for table in (comparison.gains, comparison.contrasts) if len(table)]
    if not tables:
        return ""
    shown = pd.concat(tables)
    sizes = shown[shown["level"].isin(TABLE_LEVELS)].groupby("family", sort=False)["family_size"].max()
    return ", ".join(f"{str(family).removesuffix(': table')}: {size}" for family, size in sizes.items() if size)


def definition_notes(scores: pd.DataFrame) -> str:
    """Every target with its metric and whose definition it follows."""
    named = scores[["target", "metric", "definition"]].drop_duplicates().itertuples(index=False)
    return "; ".join(f"{row.target}: {row.metric} ({row.definition})" for row in named)


def statistics(comparison: Comparison) -> list[str]:
    """How the numbers were made."""
    settings = comparison.settings
    return [
        "Every difference is of runs with the same seed on the same test examples; the mean over the seeds that both "
        "have is shown, and a group's value is the plain mean over its languages.",
        "Its variance has two parts. Examples: the variance of the mean over seeds when clusters of examples (the "
        f"questions of an article, the hypotheses of a premise) are drawn anew {settings.num_resamples:,} times, the "
        "same for all arms, seeds and languages. Seeds: what is left of the column's scores after the effects of "
        "condition and seed, pooled over its conditions; it moderates the difference's own variance over seeds. What "
        "single runs do on single examples is in both and counted once.",
        f"The {settings.level * 100:g} % interval and p come from one distribution, that of Behrens and Fisher for a "
        "sum of two estimated variances, so they never disagree.",
        "Holm's correction counts all tests that one table shows (gains and contrasts of one model, over groups and "
        "all languages; single languages are a table of their own); anything not starred is undecided, which is not "
        "the same as equal.",
        "p_these_models in comparisons.csv comes from random swaps of the two runs' answers: a diagnostic that knows "
        "no other seed; no star rests on it.",
        *_few_seeds(num_seeds(comparison.scores)),
    ]


def _few_seeds(num: int) -> list[str]:
    if num > 2:
        return []
    if num == 2:
        return ["There are two seeds: how much runs differ is known from one degree of freedom for every condition."]
    return ["There is one seed, so nothing here says how much another training run would differ: no test is made."]
