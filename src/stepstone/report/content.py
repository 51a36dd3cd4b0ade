"""What stands on the page: its sections, their tables and sentences, as one text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from stepstone.core.study import Study
from stepstone.core.visible import visible
from stepstone.evidence.compare import Comparison
from stepstone.evidence.flags import RULE
from stepstone.evidence.review import review, review_rows
from stepstone.planning.plan import Plan
from stepstone.report.answer import answer_sentences
from stepstone.report.blocks import interaction_blocks, own_block, target_blocks, without_blocks
from stepstone.report.cautions import data_notes, not_comparable
from stepstone.report.claims import LAB_CLAIMS, beside_table, claim_lines, published_table
from stepstone.report.composite import composite_blocks, composite_sentences
from stepstone.report.drawing import Figure
from stepstone.report.encoder_pairs import encoder_blocks
from stepstone.report.encoders import pretraining_replicates, single, with_size_means
from stepstone.report.formats import FORMATS
from stepstone.report.grid import grids
from stepstone.report.holes import cautions, degenerate, holes, unread
from stepstone.report.labels import watermark
from stepstone.report.languages import language_block, language_warnings
from stepstone.report.method import method_tables
from stepstone.report.notes import caption, commands, definition_notes, is_empty, num_seeds, statistics, trained_in
from stepstone.report.opening import facts, gallery, lead, target_lines
from stepstone.report.probes import probe_blocks
from stepstone.report.ranks import rank_block, rank_sentences
from stepstone.report.references import references
from stepstone.report.scores import gap_blocks, other_scores, score_blocks
from stepstone.report.selection import selection_blocks, selection_sentences
from stepstone.report.size import size_blocks, size_notes
from stepstone.report.summary import findings, overview, primary_lines
from stepstone.report.text_similarity import similarity_block

_MOST_LINES = 3  # of the primary comparison that are not folded


def render_page(
    plan: Plan,
    frame: pd.DataFrame,
    comparison: Comparison,
    drawn: Sequence[Figure],
    evidence: str = "",
    beside: pd.DataFrame | None = None,
    asked: str = "",
    source: str | Path | None = None,
) -> str:
    """The page as one text without outside references; `evidence` is what it is recognised by, and names its files.

    `asked` is the text of the study's file, and `source` its path or name, where these are known.
    """
    loader = PackageLoader("stepstone", "report")
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script, _, _ = loader.get_source(environment, "page.js")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    scripted = {"script": script, "script_digest": f"sha256-{digest}", "beside": beside_table(beside)}
    files = evidence.split()[1:]
    named = {
        **commands(plan.study, source),
        "evidence": evidence,
        "asked": asked,
        "names": [name for name in files if not name.endswith((".svg", *(f".{kind}" for kind in FORMATS)))],
        "pictures": [kind for kind in FORMATS if any(name.endswith(f".{kind}") for name in files)],
    }
    return environment.get_template("page.html").render(_values(plan, frame, comparison, drawn), **named, **scripted)


def _finalize(value: Any) -> Any:
    """A text of others as a page can hold it; drawings are markup already."""
    return visible(value) if type(value) is str else value


def _tables_of(num: int) -> str:
    return f"{num} table{'' if num == 1 else 's'}"


def _values(plan: Plan, frame: pd.DataFrame, comparison: Comparison, drawn: Sequence[Figure]) -> Mapping[str, Any]:
    study = plan.study
    of_encoders = {figure.subject[0] for figure in drawn if _is_of_encoders(figure, comparison)}
    first = lead([figure for figure in drawn if figure.subject[0] not in of_encoders])
    return {
        **_found(frame, comparison, study),
        "study": study,
        "date": date.today(),
        "tables_of": _tables_of,
        "is_empty": is_empty(comparison),
        "facts": list(facts(frame, study)),
        "lead": first,
        "gallery": gallery([figure for figure in drawn if figure is not first], of_encoders),
        "watermark": watermark(study),
        "trained_in": trained_in(study),
        "data_notes": data_notes(comparison.used, study),
        "unread": [*unread(frame, study), *language_warnings(frame, study)],
        "review": review_rows(review(plan, frame, comparison)),
        "rule": RULE,
        "caption": caption(comparison, study),
        "definitions": definition_notes(comparison.scores),
        "num_cells": len(frame),
        "num_missing": int((frame["status"] == "missing").sum()),
        "holes": holes(frame, study),
        "degenerate": degenerate(frame, study),
        "cautions": cautions(frame, study),
        "method_tables": method_tables(plan, frame),
        "references": [one.text for one in references(plan)],
        "num_seeds": num_seeds(comparison.scores),
        "statistics": statistics(comparison),
        "not_comparable": not_comparable(study, frame, comparison.used),
    }


def _opening(means: Comparison, study: Study) -> Mapping[str, Any]:
    primary = primary_lines(means, study)
    is_long = len(primary) > _MOST_LINES
    return {
        "answer": [] if is_empty(means) else answer_sentences(means, study),
        "overview": [*([] if is_long else primary), *overview(means, study)],
        "primary": primary if is_long else [],
        "targets": target_lines(means, study),
    }


def _found(frame: pd.DataFrame, comparison: Comparison, study: Study) -> Mapping[str, Any]:
    """The sections of tables and sentences."""
    means = with_size_means(comparison)
    tables = grids(means, study)
    each = grids(single(comparison), study) if pretraining_replicates(comparison) else []
    gains = target_blocks(tables, ("level", "score", "gain"))
    return {
        **_opening(means, study),
        "num_each": len(each),
        "encoders": {grid.title: grid.model for grid in [*tables, *each]},
        "parts": list(dict.fromkeys(name for block in gains for name in block.head)),
        "languages": language_block(frame, study),
        "findings": findings(means, study),
        "claims": claim_lines(comparison.claims, study),
        "published": published_table(comparison),
        "lab_claims": LAB_CLAIMS,
        "gains": gains,
        "gains_each": target_blocks(each, ("level", "score", "gain")),
        "contrasts": target_blocks(tables, ("contrast",)),
        "contrasts_each": target_blocks(each, ("contrast",)),
        "between_encoders": encoder_blocks(comparison.encoders, study),
        "interactions": interaction_blocks(comparison, study),
        "sizes": size_blocks(comparison, study),
        "size_notes": size_notes(comparison, study),
        "own": own_block(comparison, study),
        "probes": probe_blocks(frame, study),
        "ranks": rank_block(comparison.ranks, comparison.evidence, study),
        "rank_sentences": rank_sentences(comparison.ranks, comparison.evidence, study),
        "composite": composite_blocks(comparison.composite, comparison.evidence, study),
        "alike": similarity_block(frame, study),
        "composite_sentences": composite_sentences(comparison.composite),
        "selection": selection_blocks(comparison, study),
        "selection_sentences": selection_sentences(comparison, frame, study),
        "without": without_blocks(comparison, study),
        "scores": score_blocks(comparison, study),
        "others": other_scores(frame, study),
        "gaps": gap_blocks(comparison, study),
    }


def _is_of_encoders(figure: Figure, comparison: Comparison) -> bool:
    """Whether it shows single encoders where the page has means over those of a size."""
    return bool(pretraining_replicates(comparison)) and figure.subject[0] in (
        "forest",
        "gain",
        "gain_by_distance",
        "contrast",
    )
