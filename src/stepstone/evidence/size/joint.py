"""Gain over size and number of intermediate examples together, for every language: least squares over all arms."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from stepstone.core.condition import CONTROL
from stepstone.evidence.alignment import FrameRow
from stepstone.evidence.bootstrap import Floats
from stepstone.evidence.contrasts import GAIN, OF_LANGUAGES
from stepstone.evidence.design import Arm, Contrast

ArmsByNumber = dict[int, Arm]  # by number of intermediate examples


def by_examples(rows: Iterable[FrameRow], source_language: str) -> list[tuple[str, Contrast]]:
    """What a gain changes by per doubling of intermediate examples, in each model; then the same between languages.

    Together with sizes they are the joint form: value = a + b x + c z + d x z with x doublings of size and z doublings
    of examples. Where every encoder has every number of examples, least squares over all arms takes c for the mean
    over encoders of these slopes and d for their slope over sizes. The baseline's score cancels.
    """
    found: list[tuple[str, Contrast]] = []
    for curves in _curves(rows).values():
        found += [(GAIN, _slope(own)) for own in curves.values() if len(own) > 1]
        found += [(OF_LANGUAGES, one) for one in _between(curves, source_language)]
    return found


def _curves(rows: Iterable[FrameRow]) -> dict[tuple[str, ...], dict[str, ArmsByNumber]]:
    """Arms by model, intermediate task and setting, then by arm and number of examples."""
    found: dict[tuple[str, ...], dict[str, ArmsByNumber]] = {}
    for row in rows:
        num = row["num_intermediate_examples"]
        if num is not None and not pd.isna(num) and row["arm"] != CONTROL:
            place = row["model"], row["intermediate_base"], row["setting"]
            curve = found.setdefault(place, {}).setdefault(row["arm"], {})
            curve[int(num)] = Arm(row["model"], row["condition"])
    return found


def _between(curves: dict[str, ArmsByNumber], source_language: str) -> Iterator[Contrast]:
    """Each language against that of the source, or the first, at the numbers that both have."""
    order = sorted(curves, key=lambda code: code != source_language)
    for reference, code in combinations(order, 2):
        common = curves[reference].keys() & curves[code].keys()
        if reference == order[0] and len(common) > 1:
            first, second = (_slope({num: curves[one][num] for num in sorted(common)}) for one in (code, reference))
            subtracted = tuple((arm, -weight) for arm, weight in second.weights)
            yield Contrast((*first.weights, *subtracted), second.arm.condition)


def _slope(curve: ArmsByNumber) -> Contrast:
    """Per doubling of examples; the arm with most of them names the row."""
    nums = sorted(curve, reverse=True)
    z = _centred([math.log2(num) for num in nums])
    weights = z / (z**2).sum()
    return Contrast(tuple((curve[num], float(weight)) for num, weight in zip(nums, weights, strict=True)))


def _centred(values: Sequence[float]) -> Floats:
    z = np.asarray(values, dtype=np.float64)
    return np.asarray(z - z.mean())
