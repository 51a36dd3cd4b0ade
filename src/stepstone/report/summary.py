"""What was found, in sentences that are computed from the evidence; what is undecided is said to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from stepstone.core.study import Study
from stepstone.evidence.compare import Comparison
from stepstone.evidence.frame import rows_of
from stepstone.report.grid import Record
from stepstone.report.labels import condition_label, language_label, part_label, points, reference_language, span

_SHOWN = 4  # effects named in one sentence; the table has them all


@dataclass(frozen=True)
class Contrast:
    """One language of an intermediate task rather than another: for whom that was better or worse."""

    head: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """What was found on one target."""

    target: str
    sentences: tuple[str, ...]
    contrasts: tuple[Contrast, ...]


def overview(comparison: Comparison, study: Study) -> list[str]:
    """How many comparisons are decided, which way, and which are the largest."""
    shown = [row for row in _rows(comparison.gains) if row["level"] != "language"]
    if not shown:
        return ["There is no comparison: the study has no intermediate task."]
    counts = Counter(row["verdict"] for row in shown)
    tested = len(shown) - counts["gap"]
    if not tested:
        return [f"Nothing can be said yet: all {len(shown)} comparisons have gaps."]
    text = (
        f"Of {tested} comparisons against no intermediate task (model, intermediate task, target, group of languages), "
        f"{counts['higher']} are decidedly higher, {counts['lower']} decidedly lower, {counts['undecided']} undecided."
    )
    if counts["gap"]:
        text += f" {counts['gap']} more have gaps and are not averaged over what is left."
    return [text, *_across_targets(_rows(comparison.contrasts), study)]


def _across_targets(rows: Sequence[Record], study: Study) -> Iterator[str]:
    """For each pair of languages of an intermediate task: for which groups the first was better, and how often."""
    wanted = "group" if any(row["level"] == "group" for row in rows) else "all"
    chosen = [row for row in rows if row["level"] == wanted]
    models, targets = {row["model"] for row in chosen}, {row["target"] for row in chosen}
    if len(models) * len(targets) < 2:
        return  # one model on one target: what is said of that target says it all
    over = f"over {_counted(len(models), 'model')} and {_counted(len(targets), 'target')}"
    undecided: dict[str, list[str]] = {}
    for task, here, reference in dict.fromkeys(map(_languages, chosen)):
        own = [row for row in chosen if _languages(row) == (task, here, reference)]
        said = [f"{word} for {parts}" for word, parts in _shares(own, study)]
        there = language_label(reference_language(reference), study)
        pair = f"in {language_label(here, study)} rather than in {there}"
        if said:
            yield f"Training {task} {pair}, {over}, was {' and '.join(said)}; all else is undecided or a gap."
        else:
            undecided.setdefault(pair, []).append(task)
    for pair, tasks in undecided.items():
        yield f"Training {', '.join(tasks)} {pair}, {over}: undecided throughout."


def _languages(row: Record) -> tuple[str, str, str]:
    return row["intermediate"], row["intermediate_language"], row["reference"]


def _shares(rows: Sequence[Record], study: Study) -> Iterator[tuple[str, str]]:
    """Groups with decided differences, and in how many of their comparisons (models x targets)."""
    for verdict, word in (("higher", "better"), ("lower", "worse")):
        total = Counter(row["part"] for row in rows)
        counts = Counter(row["part"] for row in rows if row["verdict"] == verdict)
        named = [f"{part_label(part, study)} ({num} of {total[part]})" for part, num in counts.most_common()]
        if named:
            yield word, ", ".join(named)


def findings(comparison: Comparison, study: Study) -> list[Finding]:
    """Sentences on every target: the best intermediate task, groups helped and harmed, one language against another."""
    gains, contrasts = _rows(comparison.gains), _rows(comparison.contrasts)
    found = []
    for target in dict.fromkeys(row["target"] for row in gains):
        own = [row for row in gains if row["target"] == target]
        across = [row for row in contrasts if row["target"] == target]
        sentences = (*_best(own, study), *_groups(own, study))
        found.append(Finding(str(target), sentences, tuple(_contrasts(across, study))))
    return found


def _rows(table: pd.DataFrame) -> list[Record]:
    return [] if table.empty else rows_of(table)


def _best(rows: Sequence[Record], study: Study) -> Iterator[str]:
    """The largest mean gain of each model, decided or not."""
    for model in dict.fromkeys(row["model"] for row in rows):
        whole = [row for row in rows if row["model"] == model and row["level"] in ("all", "benchmark")]
        over = "over all tasks" if any(row["level"] == "benchmark" for row in whole) else "over all languages"
        measured = [row for row in whole if row["verdict"] != "gap"]
        if not measured:
            yield f"{model}: no intermediate task can be judged {over} yet, for want of scores."
            continue
        best = max(measured, key=lambda row: float(row["value"]))
        told = f"{_condition(best, study)}, {_effect(best)}"
        opening = {
            "higher": f"gained most {over} from {told}",
            "lower": f"was helped by none {over}; least harm came from {told}",
            "undecided": f"whether any helped {over} is undecided; the largest estimate is {told}",
        }[best["verdict"]]
        gaps = len(whole) - len(measured)
        yield f"{model}: {opening}{f'; {gaps} of {len(whole)} conditions have gaps' if gaps else ''}."


def _groups(rows: Sequence[Record], study: Study) -> Iterator[str]:
    """The largest decided effects on groups of languages, and how many there are in all."""
    for verdict, verb in (("higher", "helped"), ("lower", "harmed")):
        decided = [row for row in rows if row["level"] == "group" and row["verdict"] == verdict]
        if not decided:
            continue
        decided.sort(key=lambda row: -abs(float(row["value"])))
        named = [
            f"{part_label(row['part'], study)} by {_condition(row, study)} on {row['model']}, {_effect(row)}"
            for row in decided[:_SHOWN]
        ]
        yield f"Groups {verb} most: {_listed(named, len(decided), '; ')}."


def _contrasts(rows: Sequence[Record], study: Study) -> Iterator[Contrast]:
    """One language of an intermediate task against another, group by group, with models in order of size."""
    undecided = []
    for condition in dict.fromkeys(row["condition"] for row in rows):
        own = [row for row in rows if row["condition"] == condition and row["level"] != "language"]
        reference = reference_language(own[0]["reference"])
        here = language_label(own[0]["intermediate_language"], study)
        head = f"{own[0]['intermediate']} in {here} rather than {language_label(reference, study)}"
        parts = dict.fromkeys(row["part"] for row in own if row["verdict"] in ("higher", "lower"))
        lines = [_over_models([r for r in own if r["part"] == part], part_label(part, study)) for part in parts]
        rest = [part_label(part, study) for part in dict.fromkeys(row["part"] for row in own) if part not in parts]
        if rest:
            lines.append(f"not decided for any model: {', '.join(rest)}")
        if parts:
            yield Contrast(head, tuple(lines))
        else:
            undecided.append(head)
    if undecided:
        yield Contrast("Undecided, or gaps, for every model and every group", tuple(undecided))


def _over_models(rows: Sequence[Record], label: str) -> str:
    """One part of the languages over all models, in order of size."""
    ordered = sorted(rows, key=_size)
    said = [
        f"{row['model']} {points(row['value'])} ({span(row['low'], row['high'])})"
        for row in ordered
        if row["verdict"] in ("higher", "lower")
    ]
    for verdict, word in (("undecided", "undecided for"), ("gap", "gap for")):
        models = [str(row["model"]) for row in ordered if row["verdict"] == verdict]
        said += [f"{word} {', '.join(models)}"] if models else []
    signs = {row["verdict"] for row in rows} & {"higher", "lower"}
    word = {"higher": "better for", "lower": "worse for"}[signs.pop()] if len(signs) == 1 else "mixed for"
    return f"{word} {label}: {', '.join(said)}"


def _size(row: Record) -> float:
    """For ordering: models of unknown size come first."""
    size = row["num_parameters"]
    return -1.0 if size is None or size != size else float(size)


def _counted(num: int, noun: str) -> str:
    return f"{num} {noun}{'' if num == 1 else 's'}"


def _condition(row: Record, study: Study) -> str:
    return condition_label(row["intermediate"], row["intermediate_language"], study)


def _effect(row: Record) -> str:
    return f"{points(row['value'])} points ({span(row['low'], row['high'])})"


def _listed(items: Sequence[str], total: int, separator: str) -> str:
    rest = total - len(items)
    return separator.join(items) + (f"; and {rest} more" if rest > 0 else "")
