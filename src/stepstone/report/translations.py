"""What was translated for a study, by what, how well, and what was lost; and what paired arms have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean

from stepstone.core.result import Result
from stepstone.core.specs.common import CommonResult, CommonSpec
from stepstone.core.specs.translate import TranslateResult, TranslateSpec
from stepstone.core.translator import (
    FileTranslator,
    FolderTranslator,
    HubTranslator,
    LabTranslator,
    TranslatorDeclaration,
)
from stepstone.planning.plan import Plan
from stepstone.report.labels import language_label

HEAD = ("task", "split", "from", "to", "translator", "examples", "lost", "chrF")
PAIRED_HEAD = ("arms", "originals", "in all arms", "not in")


def translation_rows(plan: Plan, results: Mapping[str, Result]) -> tuple[tuple[str, ...], ...]:
    """A row of `HEAD` for every translation of the plan, the draws of all seeds in one; what is not done says so."""
    found: dict[tuple[str, ...], list[Result | None]] = {}
    for key, stage in plan.stages.items():
        spec = stage.spec
        if isinstance(spec, TranslateSpec):
            codes = (language_label(code, plan.study) for code in (spec.data.language, spec.to))
            row = (spec.data.task, spec.data.split, *codes, _origin(spec.translator))
            found.setdefault(row, []).append(results.get(key))
    return tuple((*row, *_account(made)) for row, made in found.items())


def paired_rows(plan: Plan, results: Mapping[str, Result]) -> tuple[tuple[str, ...], ...]:
    """A row of `PAIRED_HEAD` for the arms that are paired, seed by seed where each draws its own."""
    found: dict[tuple[str, ...], None] = {}
    for key, stage in plan.stages.items():
        spec, result = stage.spec, results.get(key)
        if isinstance(spec, CommonSpec):
            arms = ", ".join(member.name for member in spec.members)
            found[(arms, *(_shared(result) if isinstance(result, CommonResult) else ("", "not paired yet", "")))] = None
    return tuple(found)


def _shared(result: CommonResult) -> tuple[str, str, str]:
    lost = "; ".join(f"{name}: {num:,}" for name, num in result.lost.items())
    return f"{result.num_given:,}", f"{result.num_examples:,}", lost or "none is lost"


def _account(made: Sequence[Result | None]) -> tuple[str, str, str]:
    done = [result for result in made if isinstance(result, TranslateResult)]
    if not done:
        return "not translated yet", "", ""
    given, kept = (sum(nums) for nums in zip(*((one.num_given, one.num_examples) for one in done), strict=True))
    reasons = sum((Counter(one.lost) for one in done), Counter[str]())
    lost = "; ".join(f"{num:,}: {reason}" for reason, num in reasons.items())
    draws = f" in {len(done)} of {len(made)} draws" if len(made) > 1 else ""
    share = f"{100 * (given - kept) / max(1, given):.1f} % ({lost})" if lost else "none"
    return f"{kept:,} of {given:,}{draws}", share, ", ".join(_quality(done)) or "not measured"


def _quality(done: Iterable[TranslateResult]) -> Iterator[str]:
    """The mean over draws of each measure."""
    values: dict[str, list[float]] = {}
    for one in done:
        for name, value in one.quality.items():
            if value is not None:
                values.setdefault(name, []).append(value)
    return (f"{fmean(found):.1f} ({name.replace('_', ' ')})" for name, found in values.items())


def _origin(translator: TranslatorDeclaration) -> str:
    match translator:
        case HubTranslator():
            return translator.repository
        case FolderTranslator():
            return f"{translator.name}, a local folder"
        case FileTranslator():
            return f"{translator.name}, files"
        case LabTranslator():
            return f"the lab's, noise {translator.noise:g}"
