"""What was translated for a study, by what, how well, and what was lost."""

from __future__ import annotations

from collections.abc import Mapping

from stepstone.core.result import Result
from stepstone.core.specs.translate import TranslateResult, TranslateSpec
from stepstone.core.translator import FileTranslator, FolderTranslator, HubTranslator, LabTranslator, Translator
from stepstone.pipeline.plan import Plan
from stepstone.report.labels import language_label

HEAD = ("task", "split", "from", "to", "translator", "examples", "lost", "chrF")


def translation_rows(plan: Plan, results: Mapping[str, Result]) -> tuple[tuple[str, ...], ...]:
    """A row of `HEAD` for every translation of the plan; those that are not done say so."""
    rows = []
    for key, stage in plan.stages.items():
        spec, result = stage.spec, results.get(key)
        if isinstance(spec, TranslateSpec):
            codes = (language_label(code, plan.study) for code in (spec.data.language, spec.to))
            account = _account(result) if isinstance(result, TranslateResult) else ("not translated yet", "", "")
            rows.append((spec.data.task, spec.data.split, *codes, _origin(spec.translator), *account))
    return tuple(rows)


def _account(result: TranslateResult) -> tuple[str, str, str]:
    lost = "; ".join(f"{num:,}: {reason}" for reason, num in result.lost.items())
    quality = ", ".join(
        f"{value:.1f} ({name.replace('_', ' ')})" for name, value in result.quality.items() if value is not None
    )
    share = f"{result.share_lost:.1f} % ({lost})" if lost else "none"
    return f"{result.num_examples:,} of {result.num_given:,}", share, quality or "not measured"


def _origin(translator: Translator) -> str:
    match translator:
        case HubTranslator():
            return translator.repository
        case FolderTranslator():
            return f"{translator.name}, a local folder"
        case FileTranslator():
            return f"{translator.name}, files"
        case LabTranslator():
            return f"the lab's, noise {translator.noise:g}"
