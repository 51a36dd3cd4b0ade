"""The report: one self-contained page that a person reads, and beside it the tables and figures as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from stepstone.core.home import expanded
from stepstone.core.ready import find_study
from stepstone.core.second import SecondProcess, pays
from stepstone.core.study_file import study_bytes
from stepstone.evidence.compare import Comparison, compare
from stepstone.planning.plan import Plan
from stepstone.report.content import render_page
from stepstone.report.current import PAGE, is_written, report_digest
from stepstone.report.drawing import with_names
from stepstone.report.figures import figures
from stepstone.report.files import data_files, study_json
from stepstone.report.formats import FORMATS, check_formats, forget_formats, formats_in
from stepstone.report.probes import layer_figures
from stepstone.report.references import bibliography
from stepstone.report.selection import learning_curves
from stepstone.report.tables import latex, markdown
from stepstone.store.files import storage_errors, write_atomically


def report(
    plan: Plan,
    frame: pd.DataFrame,
    folder: str | Path,
    comparison: Comparison | None = None,
    beside: pd.DataFrame | None = None,
    *,
    source: str | Path | None = None,
    formats: Sequence[str] = (),
) -> Path:
    """Write the page and its files into `folder`; returns the page's path.

    Every file is replaced as a whole, the page last; what was made from the same evidence before is left as it is.

    Args:
        plan: of the study.
        frame: what was collected.
        folder: where the page is to be.
        comparison: what was compared, where that was made already.
        beside: scores of others (`stepstone.evidence.beside`).
        source: the study's file, or its name; the page then has its text, and `study.toml` beside it can be run again.
        formats: in what else figures are written: "pdf", "png". Those that were written of the same evidence stay.

    Raises:
        UserError: the folder cannot be written, a format is unknown, or there is no such study.
    """
    check_formats(formats)
    study, folder = plan.study, expanded(folder)
    comparison = comparison or compare(frame, study)
    data = data_files(frame, comparison, study, beside)
    if source is not None:
        data["study.toml"] = study_bytes(find_study(str(source)).absolute())
    made_from = report_digest(study, frame, comparison, data)
    is_there = is_written(folder, made_from)
    there = formats_in(folder) if is_there else []
    if is_there and set(formats) <= set(there):
        return folder / PAGE
    kept = [one for one in FORMATS if one in (*there, *formats)]
    _write(plan, frame, comparison, folder, PageParts(made_from, data, kept, beside, source))
    return folder / PAGE


class PageParts(NamedTuple):
    """What a page is recognised by, its data files, formats of figures beside SVG, others' scores, the study's file."""

    made_from: str
    data: Mapping[str, bytes]
    formats: Sequence[str]
    beside: pd.DataFrame | None
    source: str | Path | None


def _write(plan: Plan, frame: pd.DataFrame, comparison: Comparison, folder: Path, made: PageParts) -> None:
    with SecondProcess("stepstone.report.renderer") if pays(len(frame)) else nullcontext() as second:
        files = _files(plan, frame, comparison, made, second)
    with storage_errors(folder):
        for name, content in files.items():
            write_atomically(folder / name, content)
        forget_formats(folder, set(files))


def _files(
    plan: Plan, frame: pd.DataFrame, comparison: Comparison, made: PageParts, second: SecondProcess | None
) -> dict[str, bytes]:
    """Every file by its name, the page last; the second process, where there is one, draws beside the rest."""
    study = plan.study
    charts = chain(figures(comparison, study), layer_figures(frame, study), learning_curves(frame, study))
    drawn = with_names(charts if second is None else (figure.drawn_by(second) for figure in charts))
    texts = {
        "table.md": markdown(comparison, study),
        "table.tex": latex(comparison, study),
        "references.bib": bibliography(plan),
        "study.json": study_json(study),
    }
    pictures = {f"{figure.name}.svg": figure for figure in drawn}
    tables = {f"{figure.name}.csv": figure.data for figure in drawn}
    others = {f"{figure.name}.{kind}": (FORMATS[kind], figure) for kind in made.formats for figure in drawn}
    asked = made.data.get("study.toml", b"").decode()
    evidence = " ".join([made.made_from, *made.data, *texts, *pictures, *tables, *others])
    page = render_page(plan, frame, comparison, drawn, evidence, made.beside, asked, made.source)
    files = {**made.data, **{name: text.encode() for name, text in {**texts, **tables, PAGE: page}.items()}}
    drawings = {name: figure.svg.encode() for name, figure in pictures.items()}
    return {**drawings, **{name: convert(figure.svg) for name, (convert, figure) in others.items()}, **files}
