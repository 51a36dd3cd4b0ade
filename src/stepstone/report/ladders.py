"""What is shown of ladders: a row per model with its size and what it can do, and a section of the reference page."""

from __future__ import annotations

from typing import Any

from stepstone.catalogue.available import available
from stepstone.catalogue.catalogue import BUILT_IN, Catalogue
from stepstone.core.architecture import Architecture
from stepstone.core.facts import describe_sources, mark_remembered, remembered
from stepstone.core.ladder import Ladder
from stepstone.core.model import FolderModel, HubModel, Model
from stepstone.report.markup import markdown_table

SHARED = ("tokenizer", "languages", "tokens", "objective", "differs")


def rung(model: Model, catalogue: Catalogue = BUILT_IN) -> dict[str, Any]:
    """Size, shape and families of tasks with a head for one model; None where its shape is not declared."""
    shape = None if isinstance(model, FolderModel) else model.architecture
    evidence = model.evidence if isinstance(model, HubModel) else {}
    return {
        "parameters": model.num_parameters,
        "without embeddings": shape and shape.num_body_parameters,
        "layers": shape and shape.num_hidden_layers,
        "hidden": shape and shape.hidden_size,
        "positions": shape and shape.num_positions,
        "families": None if shape is None else _families(shape, catalogue),
        "revision": ("known" if model.revision else None) if isinstance(model, HubModel) else "made here",
        "remembered": remembered(evidence),
    }


def _families(shape: Architecture, catalogue: Catalogue) -> list[str]:
    known = available(catalogue.families(), catalogue.family)
    return [family.name for family in known if family.is_trained and shape.has_head(family.auto_class or "")]


def describe_ladder(ladder: Ladder) -> str:
    """The section of one ladder of the reference page."""
    facts = [
        f"- {name.capitalize()}: {mark_remembered(str(getattr(ladder, name)), ladder.evidence, name)}"
        for name in SHARED
        if getattr(ladder, name)
    ]
    if ladder.citation:
        facts.append(f"- Citation: {ladder.citation}{f' <{ladder.url}>' if ladder.url else ''}")
    facts.append(f"- Read in: {describe_sources(ladder.evidence)}")
    rows = [_cells(name) for name in ladder.models]
    heads = ("model", "parameters", "without embeddings", "layers", "hidden", "positions", "heads for", "revision")
    return "\n\n".join(
        [f"## {ladder.name}", f"{ladder.title}: {len(rows)} sizes.", "\n".join(facts), markdown_table(heads, rows)]
    )


def _cells(name: str) -> tuple[str, ...]:
    model = BUILT_IN.model(name)
    shown = rung(model)
    evidence = model.evidence if isinstance(model, HubModel) else {}
    numbers = (
        mark_remembered(_number(shown[key]), evidence, "architecture") for key in ("parameters", "without embeddings")
    )
    shape = (_number(shown[key]) for key in ("layers", "hidden"))
    positions = _number(shown["positions"]) or "relative"
    return name, *numbers, *shape, positions, ", ".join(shown["families"]), shown["revision"] or "not known"


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"
