"""The page's section on size: encoders, points per doubling, ends and form of the line, near and far languages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stepstone.catalogue.own import catalogue_of
from stepstone.core.study import Study
from stepstone.evidence.columns import WHOLE_LEVELS
from stepstone.evidence.compare import Comparison
from stepstone.evidence.estimate import OVER_ENCODERS
from stepstone.evidence.factors import TableRow
from stepstone.evidence.frame import rows_of
from stepstone.evidence.size.columns import (
    JOINT,
    OF_DISTANCE,
    OF_EXAMPLES,
    OF_SPREAD,
    PRIMARY,
    SLOPE,
    TWO_SIZES,
)
from stepstone.report.blocks import Block
from stepstone.report.grid import Entry, GridRow, entry
from stepstone.report.labels import bracketed, column_label, contrast_label, counted, format_number, parameters, points

_TITLES = {
    SLOPE: "Points per doubling of size",
    TWO_SIZES: "The larger of two sizes minus the smaller: a difference, not a slope",
    OF_DISTANCE: "Points per doubling of size in languages near the source language minus those in far ones, and in "
    "those with more pretraining text minus those with less",
    OF_EXAMPLES: "Points per doubling of intermediate examples, mean over encoders",
    JOINT: "Points per doubling of intermediate examples, and per doubling of size",
}


def size_blocks(comparison: Comparison, study: Study) -> list[Block]:
    """The encoders, then a table for each kind of row and target, then the line's ends and fit."""
    rows = [row for row in rows_of(comparison.slopes) if not row["family"].startswith(PRIMARY)]
    if not rows:
        return []
    blocks = [_encoders(comparison)]
    for kind, title in _TITLES.items():
        own = [row for row in rows if row["comparison"] == kind]
        for target in dict.fromkeys(row["target"] for row in own):
            blocks.append(_block(f"{target}. {title}", [row for row in own if row["target"] == target], study))
    blocks += [_fits([row for row in rows if row["comparison"] == SLOPE], study)]
    return [block for block in blocks if block.groups]


def _encoders(comparison: Comparison) -> Block:
    """Every size with its parameters, its encoders, and how much a run varies over seeds."""
    spreads = [row for row in rows_of(comparison.slopes) if row["comparison"] == OF_SPREAD]
    found: dict[str, dict[str, GridRow]] = {}
    for laddered in comparison.over_sizes:
        for size in laddered.ladder.sizes:
            own = [encoder for encoder in laddered.ladder.encoders if encoder.size == size]
            texts = [
                parameters(own[0].num_layer_parameters),
                parameters(own[0].num_parameters),
                str(len(own)),
                *(format_number(row["by_size"].get(size, float("nan"))) for row in spreads),
            ]
            line = GridRow(size, "score", tuple(Entry(text, "", "score") for text in texts))
            found.setdefault(laddered.ladder.name, {})[size] = line
    head = ("without embeddings", "parameters", "encoders", *(f"sd over seeds, {row['target']}" for row in spreads))
    return Block("Encoders", head, tuple((ladder, tuple(lines.values())) for ladder, lines in found.items()))


def _block(title: str, rows: Sequence[TableRow], study: Study) -> Block:
    parts = {(row["part"], row["reference_part"]): _part(row, study) for row in rows}
    groups = []
    for group in dict.fromkeys(map(_group, rows)):
        own = [row for row in rows if _group(row) == group]
        lines = []
        for names in dict.fromkeys((row["condition"], row["reference"]) for row in own):
            of = {(r["part"], r["reference_part"]): r for r in own if (r["condition"], r["reference"]) == names}
            label = contrast_label(next(iter(of.values())), study)
            lines.append(GridRow(label, "contrast", tuple(entry(of.get(part), "contrast") for part in parts)))
        groups.append((group, tuple(lines)))
    num = max(int(row["family_size"]) for row in rows)
    return Block(f"{title} ({counted(num, 'test')})", tuple(parts.values()), tuple(groups))


def _part(row: TableRow, study: Study) -> str:
    if row["comparison"] == OF_DISTANCE:
        return f"{row['part']} minus {row['reference_part']}"
    return column_label(row, study)


def _group(row: TableRow) -> str:
    return str(row["ladder"])


def _fits(rows: Sequence[TableRow], study: Study) -> Block:
    """The line at both ends, the scatter around it, the form, and whether the gain vanishes."""
    head = ("at the smallest", "at the largest", "scatter around the line", "form (error on a size left out)", "trend")
    groups = []
    whole = [row for row in rows if row["level"] in WHOLE_LEVELS and row["value"] == row["value"]]
    for target in dict.fromkeys(row["target"] for row in whole):
        lines = [_fit(row, study) for row in whole if row["target"] == target]
        groups.append((str(target), tuple(lines)))
    return Block("The line at its ends, and its fit, over all languages", head, tuple(groups))


def _fit(row: TableRow, study: Study) -> GridRow:
    errors = [
        f"{name} {format_number(row[f'error_{name}'])}"
        for name in ("linear", "saturating")
        if row[f"error_{name}"] == row[f"error_{name}"]
    ]
    scatter = Entry("", "", "level")
    if row["lack_of_fit"] == row["lack_of_fit"]:
        scatter = Entry(f"{format_number(row['lack_of_fit'])} times", f"p = {row['p_lack_of_fit']:.2g}", "level")
    entries = (
        *(_end(row, end) for end in ("smallest", "largest")),
        scatter,
        Entry(str(row["form"]), ", ".join(errors), "level"),
        Entry(str(row["trend"]), "", "level"),
    )
    return GridRow(contrast_label(row, study), "contrast", entries)


def _end(row: TableRow, end: str) -> Entry:
    low, high = row[f"{end}_low"], row[f"{end}_high"]
    return Entry(points(row[f"{end}_value"]), bracketed(low, high, row["basis"]), "level")


def size_notes(comparison: Comparison, study: Study) -> list[str]:
    """What the section's numbers are, of which encoders, and what is not said."""
    return [*_slopes(comparison, study), *_spreads(comparison), *comparison.unlike]


def _slopes(comparison: Comparison, study: Study) -> Iterator[str]:
    rows = [row for row in rows_of(comparison.slopes) if row["comparison"] in (SLOPE, TWO_SIZES)]
    for ladder in dict.fromkeys(row["ladder"] for row in rows):
        own = [row for row in rows if row["ladder"] == ladder]
        yield f"Within {ladder}, size is counted in {own[0]['size_measure']}."
        if any(row["basis"] == OVER_ENCODERS for row in own):
            yield (
                "Sizes have several encoders, so that encoders are the replicates: intervals allow for pretraining "
                "anew, by what the encoders of one size differ by."
            )
        else:
            yield (
                "Each size is one pretrained encoder: intervals allow for other seeds of fine-tuning and other "
                "examples, not for pretraining anew, and are of these encoders."
            )
        differs = catalogue_of(study).ladder(str(ladder)).differs
        if differs:
            yield f"Besides size, in {ladder}: {differs}."


def _spreads(comparison: Comparison) -> Iterator[str]:
    for row in rows_of(comparison.slopes):
        if row["comparison"] == OF_SPREAD:
            factors = [format_number(2 ** (row[name] / 2), 2) for name in ("value", "low", "high")]
            word = {"higher": "grows", "lower": "falls"}.get(row["verdict"], "undecided")
            yield (
                f"Per doubling of size within {row['ladder']}, the standard deviation of a run over seeds on "
                f"{row['target']} is multiplied by {factors[0]} ({factors[1]} to {factors[2]}): {word} "
                f"(p = {row['p_holm']:.2g})."
            )
