"""The encoders of a study by ladder and size, and why some of them are in no slope."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from stepstone.evidence.alignment import FrameRow

WITHOUT_EMBEDDINGS, ALL = "parameters without embeddings", "all parameters"


@dataclass(frozen=True)
class Encoder:
    """One encoder of a ladder; encoders of one size differ in their pretraining seed alone."""

    model: str
    size: str
    num_parameters: float
    num_layer_parameters: float


@dataclass(frozen=True)
class SizedLadder:
    """The encoders of one ladder, the smallest first: two sizes or more, or several encoders of one; or one alone.

    `measure` is what size is counted in: `WITHOUT_EMBEDDINGS` where that is known of all (Kaplan et al. 2020: a table
    of words is no depth and no width), else `ALL`.
    """

    name: str
    encoders: tuple[Encoder, ...]
    measure: str

    @property
    def sizes(self) -> tuple[str, ...]:
        """Names of the sizes, the smallest first."""
        return tuple(dict.fromkeys(encoder.size for encoder in self.encoders))

    @property
    def doublings(self) -> dict[str, float]:
        """The binary logarithm of every encoder's size, by model: one more is twice as large."""
        return self.doublings_of(self.measure)

    def doublings_of(self, measure: str) -> dict[str, float]:
        """The same with size counted in `measure`."""
        return {one.model: math.log2(_count(one, measure)) for one in self.encoders}


def sized_ladders(rows: Iterable[FrameRow]) -> list[SizedLadder]:
    """Ladders of which a study has two sizes, or several encoders of one; a size of no ladder is by itself."""
    of_ladder: dict[str, list[Encoder]] = {}
    for encoder, ladder in _encoders(rows).items():
        if not math.isnan(encoder.num_parameters):
            of_ladder.setdefault(ladder or encoder.size, []).append(encoder)
    found = (_sized_ladder(ladder, own) for ladder, own in of_ladder.items())
    return [one for one in found if len(one.encoders) > len(one.sizes) or len(set(one.doublings.values())) > 1]


def single_encoders(rows: Iterable[FrameRow], ladders: Sequence[SizedLadder]) -> list[SizedLadder]:
    """Encoders that are in none of the ladders: of them nothing varies but the number of examples."""
    taken = {encoder.model for one in ladders for encoder in one.encoders}
    return [SizedLadder(one.model, (one,), ALL) for one in _encoders(rows) if one.model not in taken]


def unlike(rows: Iterable[FrameRow]) -> Iterator[str]:
    """Why a study's encoders have no slope, or some of them none; a sentence for each reason."""
    rows = list(rows)
    encoders = _encoders(rows)
    if len({one.size for one in encoders}) == 1:
        yield f"The study has one size, {next(iter(encoders)).size}, so it says nothing of what size changes."
        return
    unknown = dict.fromkeys(one.size for one, ladder in encoders.items() if ladder and math.isnan(one.num_parameters))
    if unknown:
        yield (
            f"The number of parameters of {_join(list(unknown))} is not known, so that no slope has it; "
            "[model.NAME] num_parameters states it."
        )
    yield from _unlike({one: ladder for one, ladder in encoders.items() if one.size not in unknown})


def _unlike(encoders: dict[Encoder, str]) -> Iterator[str]:
    sizes: dict[str, dict[str, None]] = {}
    for encoder, ladder in encoders.items():
        sizes.setdefault(ladder, {})[encoder.size] = None
    alone = [size for ladder, own in sizes.items() if not ladder or len(own) == 1 for size in own]
    if alone:
        yield (
            f"{_join(alone)}: in no ladder with another model of the study, so a difference from others is one of "
            "pretraining, too, and no slope has it (stepstone list ladders)."
        )


def _encoders(rows: Iterable[FrameRow]) -> dict[Encoder, str]:
    """Every encoder with its ladder."""
    named = {row["model"]: row for row in rows}
    return {
        Encoder(
            model,
            row["size"],
            _number(row["num_parameters"]),
            _number(row["num_layer_parameters"]),
        ): row["ladder"]
        for model, row in named.items()
    }


def _sized_ladder(ladder: str, encoders: Sequence[Encoder]) -> SizedLadder:
    is_known = not any(math.isnan(one.num_layer_parameters) for one in encoders)
    measure = WITHOUT_EMBEDDINGS if is_known else ALL
    return SizedLadder(ladder, tuple(sorted(encoders, key=lambda one: _count(one, measure))), measure)


def _count(encoder: Encoder, measure: str) -> float:
    return encoder.num_layer_parameters if measure == WITHOUT_EMBEDDINGS else encoder.num_parameters


def _number(value: float | None) -> float:
    """A count; NaN where it is not known."""
    return math.nan if value is None or pd.isna(value) else float(value)


def _join(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
