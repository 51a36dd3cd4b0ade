"""What must not be read off the numbers: unequal data, examples that were cut, and what is not comparable at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pandas as pd

from stepstone.core.arm import Trained
from stepstone.core.intermediate import Intermediate
from stepstone.core.result import ReadAs, Skipped
from stepstone.core.study import Study
from stepstone.evidence.used import UsedData
from stepstone.planning.twins import stand_ins
from stepstone.report.grid import REREAD, UNEQUAL
from stepstone.report.labels import arm_label, condition_label, language_label, watermark


def data_notes(used: UsedData, study: Study) -> list[str]:
    """What the first page of a table says of its data: read twice, unequal, fewer than asked for, cut, or left out."""
    unequal = [*_rereads(used, study), *_sizes(used, study), *_steps(used, study)]
    return [*unequal, *_cuts(used, study), *describe_skipped(used.skipped, study)]


def _rereads(used: UsedData, study: Study) -> Iterator[str]:
    """A sentence for each target whose own training data an arm had read before."""
    by_target: dict[tuple[str, str], dict[str, None]] = {}
    for (_, target), one in used.rereads.items():
        data = f"{one.data.task} in {language_label(one.data.language, study)}"
        arm = condition_label({"intermediate": one.intermediate, "arm": one.arm, "setting": ""}, study)
        by_target.setdefault((target, data), {})[arm] = None
    for (target, data), arms in by_target.items():
        averaged = [name for name, tasks in used.parts.items() if target in tasks]
        counts = f" So it is in the average of {_join(averaged)}." if averaged else ""
        yield (
            f"{REREAD} {target} is trained on {data}, which {_join(list(arms))} had read before: the gain is one of "
            f"reading the same data twice, not of another task.{counts}"
        )


def _sizes(used: UsedData, study: Study) -> Iterator[str]:
    for name, entry in study.intermediate.items():
        sizes = used.stones.get(name, {})
        if len(set(sizes.values())) > 1:
            yield (
                f"{UNEQUAL} {name} was trained on unequal numbers of examples, {_numbers(name, sizes, study)}: a "
                "difference between its arms is one of size, too."
            )
        elif entry.num_examples is not None and any(num < entry.num_examples for num in sizes.values()):
            asked = f"fewer than the {entry.num_examples:,} that the study asks for"
            yield f"{name} was trained on {_numbers(name, sizes, study)} examples, {asked}."


def _steps(used: UsedData, study: Study) -> Iterator[str]:
    for name, by_arm in used.steps.items():
        found: dict[str, list[str]] = {}
        models = dict.fromkeys(model for by_model in by_arm.values() for model in by_model)
        for model in models:
            steps = {arm: by_model[model] for arm, by_model in by_arm.items() if model in by_model}
            if len(set(steps.values())) > 1:
                found.setdefault(_numbers(name, steps, study), []).append(model)
        for numbers, on_models in found.items():
            on = "" if len(on_models) == len(models) else f" on {_join(on_models)}"
            yield (
                f"{UNEQUAL} {name} took unequal numbers of steps{on}, {numbers}: a difference between its arms is one "
                "of steps, too."
            )


def _numbers(intermediate: str, sizes: Mapping[str, int], study: Study) -> str:
    return _join([f"{num:,} in {arm_label(intermediate, arm, study)}" for arm, num in sizes.items()])


def _cuts(used: UsedData, study: Study) -> Iterator[str]:
    for target, shares in used.cut.items():
        named = ", ".join(f"{language_label(code, study)} {100 * share:.1f} %" for code, share in shares.items())
        yield f"{target}: examples cut to the encoder's length, in the run with most: {named}; the rest was not read."


def describe_skipped(found: Iterable[Skipped], study: Study) -> Iterator[str]:
    """What holds no example in the data, by what it is and language; a sentence for each task and split."""
    said: dict[str, dict[str, list[str]]] = {}
    for one in found:
        for what, num in one.counts.items():
            places = said.setdefault(f"{one.task} {one.split}", {}).setdefault(what, [])
            places.append(f"{language_label(one.language, study)} {num:,}")
    for name, kinds in said.items():
        named = ", ".join(f"{what} ({', '.join(places)})" for what, places in kinds.items())
        yield f"Left out of {name}: {named}."


def reading_rows(found: Iterable[ReadAs], study: Study) -> Iterator[tuple[str, str]]:
    """How files are read where they leave it open, and which: tasks and splits with their languages."""
    by_reading: dict[str, dict[str, list[str]]] = {}
    for one in found:
        for said in one.said:
            codes = by_reading.setdefault(said, {}).setdefault(f"{one.task} {one.split}", [])
            codes.append(language_label(one.language, study))
    for said, places in by_reading.items():
        yield said, "; ".join(f"{name} ({', '.join(named)})" for name, named in places.items())


def not_comparable(study: Study, frame: pd.DataFrame, used: UsedData) -> list[str]:
    """What must not be read off the numbers."""
    return [*_across_targets(frame), *_across_languages(study, used), *grid_notes(study), *_lab(study)]


def _across_targets(frame: pd.DataFrame) -> Iterator[str]:
    named = frame[["target", "metric", "definition"]].drop_duplicates()
    if len(named[["metric", "definition"]].drop_duplicates()) > 1:
        yield "Targets are scored by different metrics or definitions, so points of one are not points of another."
    others = sorted(set(named["definition"]))
    yield (f"Scores follow {_join(others)}; published numbers are comparable only where they name the same definition.")


def _across_languages(study: Study, used: UsedData) -> Iterator[str]:
    for name, entry in study.intermediate.items():
        tasks = {
            arm: how.tasks[0]
            for arm, how in entry.all_arms.items()
            if isinstance(how, Trained) and entry.is_language(arm)
        }
        if len(set(tasks.values())) > 1:
            listed = _join([f"{task} ({language_label(code, study)})" for code, task in tasks.items()])
            yield (
                f"{name} is a different task in each language, {listed}: a difference between its languages is one of "
                "task and language together."
            )
    uneven = [
        name
        for name, entry in study.intermediate.items()
        if _may_differ(entry) and len(used.stones.get(name, {})) < len(entry.all_arms)
    ]
    if uneven:
        yield f"{_join(uneven)}: all examples that a language has are trained on, and languages may have more or fewer."
    sources = dict.fromkeys(code for target in study.target for code in study.sources_of(target))
    if len(sources) > 1:
        named = _join([language_label(code, study) for code in sources])
        yield f"Targets are trained in different source languages ({named})."


def grid_notes(study: Study) -> Iterator[str]:
    """What choosing recipes on source dev means for the numbers."""
    grid = study.grid
    if grid is not None and grid.choose is not None and grid.recipe:
        yield (
            f"Of {len(grid.points)} combinations of {_join(list(grid.recipe))}, each model, arm and target "
            "has that with the highest mean over seeds on source dev: intervals and p do not cover the choice, and "
            "what is best in the source language need not be so in others."
        )
    if grid is not None and grid.choose is not None and grid.intermediate_recipe:
        yield (
            f"Of {len(grid.intermediate_points)} combinations of {_join(list(grid.intermediate_recipe))}, each model "
            "and arm has that with the highest mean over seeds on the intermediate task's own dev set: intervals and p "
            "do not cover the choice, and what is best for the intermediate task need not be so for targets."
        )


def _may_differ(entry: Intermediate) -> bool:
    return len(entry.all_arms) > 1 and (entry.num_examples is None or entry.at_most)


def _lab(study: Study) -> Iterator[str]:
    if watermark(study):
        yield (
            "All data is generated: numbers show that the study runs and what it would look like, and say nothing "
            "about any real language or model."
        )
        yield from (f"{line}." for line in stand_ins(study))


def _join(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
