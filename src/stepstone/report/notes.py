"""Sentences that stand under tables: what the numbers are, how sure, and what they are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from stepstone.core.study import Study
from stepstone.evidence.compare import Comparison
from stepstone.evidence.significance import seed_test
from stepstone.evidence.verdicts import ALPHA
from stepstone.pipeline.twins import stand_ins
from stepstone.report.labels import watermark


def caption(comparison: Comparison, study: Study) -> list[str]:
    """The lines under the study's table."""
    lines = [
        f"First row: score in percent; below: points over no intermediate task, then between languages of one "
        f"intermediate task; {comparison.settings.level * 100:g} % intervals over {basis(comparison.scores)}.",
        f"* decided: p < 0.05 after Holm's correction ({family_sizes(comparison)}) and the interval leaves out 0.",
        definitions(comparison.scores) + ".",
        *averages(comparison),
        *undecidable(comparison),
    ]
    fewer = short_of_seeds(comparison.gains)
    if fewer:
        lines.append(f"{fewer} values rest on fewer seeds than planned.")
    return [*lines, *filter(None, [watermark(study)])]


def averages(comparison: Comparison) -> Iterator[str]:
    """What the benchmarks' averages are, and why one is a gap."""
    for average in comparison.averages:
        yield (
            f"{average.name}: the plain mean over its {average.num_tasks} tasks of the mean over their languages, "
            f"a gap wherever anything of it is missing. {average.note}".rstrip()
        )
        if average.lacks:
            yield f"{average.name} has no average here: {'; '.join(average.lacks)}."


def basis(scores: pd.DataFrame) -> str:
    """What intervals are over, in words: seeds and examples, or examples only."""
    num = num_seeds(scores)
    if num <= 1:
        return "examples only (one seed)"
    return f"{num} seeds and examples"


def num_seeds(scores: pd.DataFrame) -> int:
    """The largest number of seeds that any score rests on."""
    return int(scores["num_seeds"].max()) if len(scores) else 0


def short_of_seeds(table: pd.DataFrame) -> int:
    """Values that rest on fewer seeds than planned; gaps are counted elsewhere."""
    if table.empty:
        return 0
    return int(((table["num_seeds"] < table["num_seeds_planned"]) & table["value"].notna()).sum())


def family_sizes(comparison: Comparison) -> str:
    """The families of tests that the table shows, with their sizes."""
    parts = []
    for name, table in (("gains", comparison.gains), ("contrasts", comparison.contrasts)):
        if not table.empty:
            shown = table[table["level"] != "language"]
            sizes = shown.groupby("family", sort=False)["family_size"].max()
            parts.append(f"{_join([f'{size} over {family}' for family, size in sizes.items()])} ({name})")
    return f"families of {' and '.join(parts)}" if parts else "no tests"


def undecidable(comparison: Comparison) -> Iterator[str]:
    """Families so large that no permutation test of this many draws could decide anything in them."""
    draws = comparison.settings.num_permutations
    for name, table in (("gains", comparison.gains), ("contrasts", comparison.contrasts)):
        sizes = {} if table.empty else table.groupby("family", sort=False)["family_size"].max().to_dict()
        for family, size in sizes.items():
            if size / (1 + draws) >= ALPHA:
                yield f"{size:,} {name} over {family} are too many for {draws:,} permutations: none can be decided."


def definitions(scores: pd.DataFrame) -> str:
    """Every target with its metric and whose definition it follows."""
    named = scores[["target", "metric", "definition"]].drop_duplicates().itertuples(index=False)
    return "; ".join(f"{row.target}: {row.metric} ({row.definition})" for row in named)


def statistics(comparison: Comparison) -> list[str]:
    """How the numbers were made, in five sentences."""
    settings, num = comparison.settings, num_seeds(comparison.scores)
    return [
        "Every gain is a difference of two runs with the same seed, read on the same test examples; the mean over "
        "seeds is shown, and a group's value is the plain mean over its languages.",
        f"Intervals come from {settings.num_resamples:,} resamples in which seeds and examples are both drawn with "
        f"replacement, the same examples for both runs, all conditions and all seeds; they hold the middle "
        f"{settings.level * 100:g} %.",
        f"p-values come from {settings.num_permutations:,} random swaps of the two runs' answers, example by example, "
        "within each seed: they speak about these trained models, while the intervals also speak about other seeds.",
        "Comparisons over all languages (with benchmarks' averages) are one family for Holm's correction, those over "
        "groups another, those of single languages a third; a value is starred only where the corrected p is below "
        "0.05 and the interval leaves out 0; anything else is undecided, which is not the same as equal.",
        _seed_sentence(comparison, num),
    ]


def _seed_sentence(comparison: Comparison, num: int) -> str:
    if num <= 1:
        return "There is one seed, so nothing here says how much another training run would differ."
    refusal = seed_test([0.0] * num).refusal
    if refusal:
        return refusal
    return f"With {num} seeds a signed-rank test over seeds is also made; its p stands in gains.csv as p_seeds."


def not_comparable(study: Study, frame: pd.DataFrame) -> list[str]:
    """What must not be read off the numbers."""
    return [*_across_targets(frame), *_across_languages(study), *_lab(study)]


def _across_targets(frame: pd.DataFrame) -> Iterator[str]:
    named = frame[["target", "metric", "definition"]].drop_duplicates()
    if len(named[["metric", "definition"]].drop_duplicates()) > 1:
        yield "Targets are scored by different metrics or definitions, so points of one are not points of another."
    others = sorted(set(named["definition"]))
    yield (f"Scores follow {_join(others)}; published numbers are comparable only where they name the same definition.")


def _across_languages(study: Study) -> Iterator[str]:
    for name, entry in study.intermediate.items():
        tasks = dict(entry.tasks)
        if len(set(tasks.values())) > 1:
            listed = _join([f"{task} ({code})" for code, task in tasks.items()])
            yield (
                f"{name} is a different task in each language, {listed}: a difference between its languages is one of "
                "task and language together."
            )
    uneven = [
        name
        for name, entry in study.intermediate.items()
        if len(entry.tasks) > 1 and len(set(entry.tasks.values())) == 1 and entry.num_examples is None
    ]
    if uneven:
        yield f"{_join(uneven)}: all examples that a language has are trained on, and languages may have more or fewer."
    sources = {entry.source_language or study.source_language for entry in study.target.values()}
    if len(sources) > 1:
        yield f"Targets are trained in different source languages ({_join(sorted(sources))})."


def _lab(study: Study) -> Iterator[str]:
    if watermark(study):
        yield (
            "All data is generated: numbers show that the study runs and what it would look like, and say nothing "
            "about any real language or model."
        )
        yield from (f"{line}." for line in stand_ins(study))


def _join(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
