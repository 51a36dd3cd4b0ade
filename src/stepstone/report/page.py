"""The report: one self-contained page that a person reads, and beside it the tables and figures as files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from stepstone.core.condition import BASELINE
from stepstone.core.study import Study
from stepstone.core.visible import visible
from stepstone.evidence.compare import Comparison, compare
from stepstone.evidence.flags import RULE
from stepstone.evidence.frame import rows_of
from stepstone.evidence.review import review, review_rows
from stepstone.pipeline.plan import Plan
from stepstone.report.blocks import Block, interaction_blocks, own_block
from stepstone.report.cautions import data_notes, not_comparable
from stepstone.report.claims import LAB_CLAIMS, claim_lines, published_table
from stepstone.report.composite import composite_blocks, composite_sentences
from stepstone.report.current import PAGE, is_written, mark
from stepstone.report.drawing import Figure, with_names
from stepstone.report.encoders import by_size, replicates, single
from stepstone.report.figures import figures, row_labels
from stepstone.report.files import data_files
from stepstone.report.formats import forget_formats
from stepstone.report.grid import Entry, Grid, Line, TableColumn, entry, grids
from stepstone.report.holes import cautions, degenerate, holes, unread
from stepstone.report.labels import condition_label, language_label, number, watermark
from stepstone.report.languages import language_block, language_warnings
from stepstone.report.method import sheets
from stepstone.report.notes import caption, definitions, num_seeds, statistics
from stepstone.report.probes import layer_figures, probe_blocks
from stepstone.report.references import bibliography, references
from stepstone.report.selection import learning_curves, selection_blocks, selection_sentences
from stepstone.report.size import size_blocks, size_notes
from stepstone.report.summary import findings, overview
from stepstone.report.tables import latex, markdown
from stepstone.store.files import storage_errors, write_atomically


def report(plan: Plan, frame: pd.DataFrame, folder: Path, comparison: Comparison | None = None) -> Path:
    """Write the page and its files into `folder`; returns the page's path.

    Every file is replaced as a whole, the page last; what was made from the same evidence before is left as it is.
    Give `comparison` where it was made already.

    Raises:
        UserError: the folder cannot be written.
    """
    study = plan.study
    comparison = comparison or compare(frame, study)
    data = data_files(frame, comparison, study)
    made_from = mark(study, frame, comparison, data)
    if is_written(folder, made_from):
        return folder / PAGE
    drawn = with_names([*figures(comparison, study), *layer_figures(frame, study), *learning_curves(frame, study)])
    texts = {
        "table.md": markdown(comparison, study),
        "table.tex": latex(comparison, study),
        "references.bib": bibliography(plan),
        **{f"{figure.name}.svg": figure.svg for figure in drawn},
        **{f"{figure.name}.csv": figure.data for figure in drawn},
    }
    files = {**data, **{name: text.encode() for name, text in texts.items()}}
    files[PAGE] = render(plan, frame, comparison, drawn, " ".join([made_from, *files])).encode()
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            write_atomically(folder / name, content)
            forget_formats(folder / name)
    return folder / PAGE


def render(plan: Plan, frame: pd.DataFrame, comparison: Comparison, drawn: Sequence[Figure], evidence: str = "") -> str:
    """The page as one text without outside references; `evidence` is what it is recognised by."""
    environment = Environment(
        loader=PackageLoader("stepstone", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(_values(plan, frame, comparison, drawn), evidence=evidence)


def _finalize(value: Any) -> Any:
    """A text of others as a page can hold it; drawings are markup already."""
    return visible(value) if type(value) is str else value


def _values(plan: Plan, frame: pd.DataFrame, comparison: Comparison, drawn: Sequence[Figure]) -> Mapping[str, Any]:
    study = plan.study
    return {
        **_found(frame, comparison, study),
        "study": study,
        "watermark": watermark(study),
        "source_language": language_label(study.source_language, study),
        "overview": overview(by_size(comparison), study),
        "data_notes": data_notes(comparison.used, study),
        "unread": [*unread(frame, study), *language_warnings(frame, study)],
        "review": review_rows(review(plan, frame, comparison)),
        "rule": RULE,
        "caption": caption(comparison, study),
        "figures": [one for one in drawn if not _is_of_encoders(one, comparison)],
        "figures_each": [one for one in drawn if _is_of_encoders(one, comparison)],
        "definitions": definitions(comparison.scores),
        "num_cells": len(frame),
        "num_missing": int((frame["status"] == "missing").sum()),
        "holes": holes(frame, study),
        "degenerate": degenerate(frame, study),
        "cautions": cautions(frame, study),
        "sheets": sheets(plan, frame),
        "references": [one.text for one in references(plan)],
        "num_seeds": num_seeds(comparison.scores),
        "statistics": statistics(comparison),
        "not_comparable": not_comparable(study, frame, comparison.used),
    }


def _found(frame: pd.DataFrame, comparison: Comparison, study: Study) -> Mapping[str, Any]:
    """The sections of tables and sentences."""
    means = by_size(comparison)
    tables = grids(means, study)
    each = grids(single(comparison), study) if replicates(comparison) else []
    return {
        "num_each": len(each),
        "languages": language_block(frame, study),
        "findings": findings(means, study),
        "claims": claim_lines(comparison.claims, study),
        "published": published_table(comparison),
        "lab_claims": LAB_CLAIMS,
        "gains": _blocks(tables, ("level", "score", "gain")),
        "gains_each": _blocks(each, ("level", "score", "gain")),
        "contrasts": _blocks(tables, ("contrast",)),
        "contrasts_each": _blocks(each, ("contrast",)),
        "interactions": interaction_blocks(comparison, study),
        "sizes": size_blocks(comparison, study),
        "size_notes": size_notes(comparison, study),
        "own": own_block(comparison, study),
        "probes": probe_blocks(frame, study),
        "composite": composite_blocks(comparison.composite, comparison.evidence, study),
        "composite_sentences": composite_sentences(comparison.composite),
        "selection": selection_blocks(comparison, study),
        "selection_sentences": selection_sentences(comparison, frame, study),
        "without": _without(comparison, study),
        "scores": _score_blocks(comparison, study),
        "others": _other_scores(frame, study),
        "gaps": _gap_blocks(comparison, study),
    }


def _is_of_encoders(figure: Figure, comparison: Comparison) -> bool:
    """Whether it shows single encoders where the page has means over those of a size."""
    return bool(replicates(comparison)) and figure.subject[0] in ("forest", "gain", "gain_by_distance", "contrast")


def _blocks(tables: Sequence[Grid], kinds: tuple[str, ...]) -> list[Block]:
    """One table per target; rows of these kinds."""
    blocks = []
    for target in dict.fromkeys(column.target for grid in tables for column in grid.columns):
        groups: list[tuple[str, tuple[Line, ...]]] = []
        head: tuple[str, ...] = ()
        for grid in tables:
            chosen = [place for place, column in enumerate(grid.columns) if column.target == target]
            lines = [line for line in grid.lines if line.kind in kinds]
            head = head or tuple(grid.columns[place].label for place in chosen)
            if chosen and lines:
                groups.append((grid.title, tuple(line for whole in lines if (line := whole.cut(chosen)))))
        if groups:
            blocks.append(Block(target, head, tuple(groups)))
    return blocks


def _without(comparison: Comparison, study: Study) -> list[Block]:
    """The targets that have degenerate runs, again without them."""
    if comparison.without is None:
        return []
    flagged = {column.target for grid in grids(comparison, study) for column in _flagged(grid)}
    blocks = _blocks(grids(comparison.without, study), ("score", "gain", "contrast"))
    return [block for block in blocks if block.title in flagged]


def _flagged(grid: Grid) -> list[TableColumn]:
    return [
        column
        for place, column in enumerate(grid.columns)
        if any(line.entries[place].is_flagged for line in grid.lines)
    ]


def _score_blocks(comparison: Comparison, study: Study) -> list[Block]:
    """Baseline scores: one table per target, a row per language, a column per model."""
    rows = [
        row
        for row in rows_of(comparison.scores)
        if row["condition"] == BASELINE and row["level"] in ("language", "all")
    ]
    models = tuple(dict.fromkeys(row["model"] for row in rows))
    blocks = []
    for target in dict.fromkeys(row["target"] for row in rows):
        own = {(row["part"], row["model"]): row for row in rows if row["target"] == target}
        codes = dict.fromkeys(part for part, _ in own if part != "all")
        labels = {**row_labels(codes, study), "all": "all languages"}
        lines = [
            Line(label, "score", tuple(entry(own.get((part, model)), "score") for model in models))
            for part, label in labels.items()
        ]
        blocks.append(Block(target, models, (("", tuple(lines)),)))
    return blocks


def _gap_blocks(comparison: Comparison, study: Study) -> list[Block]:
    """Zero-shot gaps: a row per condition, a column per target."""
    rows = rows_of(comparison.gaps) if len(comparison.gaps) else []
    targets = tuple(dict.fromkeys(row["target"] for row in rows))
    groups = []
    for model in dict.fromkeys(row["model"] for row in rows):
        own = [row for row in rows if row["model"] == model]
        by_place = {(row["condition"], row["target"]): row for row in own}
        lines = []
        for row in {row["condition"]: row for row in own}.values():
            entries = tuple(entry(by_place.get((row["condition"], target)), "score") for target in targets)
            arm = condition_label(row, study)
            lines.append(Line(arm, "score", entries))
        groups.append((model, tuple(lines)))
    return [Block("", targets, tuple(groups))] if groups else []


def _other_scores(frame: pd.DataFrame, study: Study) -> list[Block]:
    """Baseline scores under all names and definitions, mean over seeds and languages; a gap where one is missing."""
    cells = frame[frame["condition"] == BASELINE]
    blocks = []
    for target, own in cells.groupby("target", sort=False):
        names = tuple(sorted({name for others in own["others"] for name in others}))
        if len(names) < 2:
            continue
        groups = []
        for model, of_model in own.groupby("model", sort=False):
            labels = row_labels(dict.fromkeys(of_model["language"]), study)
            lines = []
            for code, label in labels.items():
                tables = list(of_model.loc[of_model["language"] == code, "others"])
                lines.append(Line(label, "score", tuple(_mean_of(tables, name) for name in names)))
            groups.append((str(model), tuple(lines)))
        blocks.append(Block(str(target), names, tuple(groups)))
    return blocks


def _mean_of(tables: Sequence[Mapping[str, float]], name: str) -> Entry:
    values = [table.get(name, math.nan) for table in tables if table]
    if not values:
        return Entry("gap", "", "gap")
    return Entry(number(sum(values) / len(values)), "", "score")
