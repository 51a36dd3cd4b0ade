"""Names and numbers as people read them; the watermark of lab results."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stepstone.core.condition import CONTROL
from stepstone.core.study import Study
from stepstone.core.tag import is_tag
from stepstone.evidence.estimate import EXAMPLES_ONLY

WATERMARK = "lab result: a generated toy world, not a real language"
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
_PLAIN_PARTS = {"all": "all languages", "all tasks": "mean over tasks"}
WHOLE_PARTS = tuple(_PLAIN_PARTS)


def watermark(study: Study) -> str:
    """What every table, figure and page of a lab study says; empty for real data."""
    if study.rehearsal_of:
        return f"{WATERMARK} (rehearsal of {study.rehearsal_of})"
    return WATERMARK if study.lab else ""


def language_label(code: str, study: Study) -> str:
    """A language code; in the lab, that of the language it is like."""
    return f"{code}-like" if watermark(study) and is_tag(code) else code


def language_name(code: str, study: Study) -> str:
    """A language by its English name; in the lab, that of the language it is like."""
    name = study.language_of(code).name if is_tag(code) else code
    return f"{name}-like" if watermark(study) else name


def part_label(name: str, study: Study) -> str:
    """A language, a group or "all". The study's own groups keep their names; a genus in the lab is "-like"."""
    if name in _PLAIN_PARTS:
        return _PLAIN_PARTS[name]
    if name in study.groups:
        return name
    return f"{name}-like" if watermark(study) else name


def column_label(row: Mapping[str, Any], study: Study) -> str:
    """The languages that a row is about: a part, or one part minus another."""
    part = part_label(row["part"], study)
    if not row["reference_part"]:
        return part
    return f"{part} minus {'the others' if row['level'] == 'source gap' else part_label(row['reference_part'], study)}"


def arm_label(intermediate: str, arm: str, study: Study) -> str:
    """An arm of an intermediate task: its language where that is what it is called by, else its name."""
    entry = study.intermediate.get(intermediate)
    return language_label(arm, study) if entry is None or entry.is_language(arm) else arm


def condition_label(row: Mapping[str, Any], study: Study) -> str:
    """A condition, as in "mnli in ja", "nli: both"; with its setting where the study has several.

    >>> study = Study(name="s", models=("m",), target={"xnli": {}})
    >>> condition_label({"intermediate": "mnli", "arm": "ja", "setting": ""}, study)
    'mnli in ja'
    """
    setting = row["setting"]
    return _unset(row["intermediate"], row["arm"], study) + (f" ({setting_label(setting, study)})" if setting else "")


def setting_label(text: str, study: Study) -> str:
    """A setting with its language as tables name it."""
    setting = next((one for one in study.settings if one.text == text), None)
    if setting is None or setting.source_language is None:
        return text
    return replace(setting, source_language=language_label(setting.source_language, study)).text


def _unset(intermediate: Any, arm: Any, study: Study) -> str:
    # A table makes NaN of None in a column of texts.
    if not isinstance(intermediate, str) or not isinstance(arm, str):
        return "no intermediate task"
    if arm == CONTROL:
        return f"control for {intermediate}: more of the target's own task"
    entry = study.intermediate.get(intermediate)
    between = " in " if entry is None or entry.is_language(arm) else ": "
    return f"{intermediate}{between}{arm_label(intermediate, arm, study)}"


def contrast_label(row: Mapping[str, Any], study: Study) -> str:
    """Two arms of one intermediate task, as in "mnli: ja − en", or two settings; a gain is named by its arm."""
    if row["setting"] != row["reference_setting"]:
        # A setting without a text has nothing but fewer shots than the others: none.
        here, there = (setting_label(row[name], study) or "0 shots" for name in ("setting", "reference_setting"))
        return f"{_unset(row['intermediate'], row['arm'], study)}: {here} {MINUS} {there}"
    if not row["reference_arm"]:
        return condition_label(row, study)
    here, there = (
        arm if arm == CONTROL else arm_label(row["intermediate"], arm, study)
        for arm in (row["arm"], row["reference_arm"])
    )
    return f"{row['intermediate']}: {here} {MINUS} {there}" + (
        f" ({setting_label(row['setting'], study)})" if row["setting"] else ""
    )


def format_number(value: float, digits: int = 1) -> str:
    """A number with a real minus sign; a gap is a dash.

    >>> format_number(-0.04), format_number(2.25, 2)
    ('0.0', '2.25')
    """
    if math.isnan(value):
        return DASH
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", MINUS)


def points(value: float, digits: int = 1) -> str:
    """A difference with its sign.

    >>> points(1.25, 1), points(-3.0)
    ('+1.2', '−3.0')
    """
    text = format_number(value, digits)
    return text if text[0] in (MINUS, DASH) or float(text) == 0 else f"+{text}"


def format_interval(low: float, high: float, digits: int = 1) -> str:
    """An interval, as in "1.2 to 3.0"."""
    return f"{format_number(low, digits)} to {format_number(high, digits)}"


def bracketed(low: float, high: float, basis: str, digits: int = 1) -> str:
    """An interval with its brackets, square where it says nothing of another run.

    >>> bracketed(1.2, 3, "seeds and examples"), bracketed(1.2, 3, "test examples only: one seed")
    ('(1.2 to 3.0)', '[1.2 to 3.0]')
    """
    if math.isnan(low):
        return "no interval"
    text = format_interval(low, high, digits)
    return f"[{text}]" if basis.startswith(EXAMPLES_ONLY) else f"({text})"


def effect(row: Mapping[str, Any]) -> str:
    """A difference of a table with its interval, as in "+1.2 points (0.3 to 2.1)"."""
    known = interval(row)
    return f"{points(row['value'])} points {f'({known})' if math.isnan(row['low']) else known}"


def verdict(row: Mapping[str, Any]) -> str:
    """What is decided of a row, with its p; or why it is not tested.

    >>> verdict({"verdict": "higher", "p_holm": 0.0123, "reason": ""})
    'decided (p = 0.012)'
    >>> verdict({"verdict": "equivalent", "p_holm": 0.6, "p_equivalence_holm": 0.01, "reason": ""})
    'shown to be within the margin (p = 0.01)'
    """
    if row["verdict"] == "not tested":
        return f"not tested ({row['reason'].removesuffix(': no test')})"
    if row["verdict"] == "equivalent":
        return f"shown to be within the margin (p = {row['p_equivalence_holm']:.2g})"
    said = "decided" if row["verdict"] in ("higher", "lower") else "undecided"
    return f"{said} (p = {row['p_holm']:.2g})"


def interval(row: Mapping[str, Any]) -> str:
    """The interval of a row of a table."""
    return bracketed(row["low"], row["high"], row["basis"])


def counted(num: int, name: str) -> str:
    """A number of things, as in "1 seed", "2 seeds"."""
    return f"{num:,} {name}{'' if num == 1 else 's'}"


def first_of(num_shown: int, num: int, name: str, file: str) -> str:
    """What a figure says where it has but the first of several; empty where it has all.

    >>> first_of(7, 9, "arms", "comparisons.csv"), first_of(7, 7, "arms", "comparisons.csv")
    (' Drawn are the first 7 of 9 arms; comparisons.csv has all.', '')
    """
    return f" Drawn are the first {num_shown} of {num:,} {name}; {file} has all." if num > num_shown else ""


def model_label(row: Mapping[str, Any]) -> str:
    """An encoder with its pretraining seed, where it is one of several of its size, and with its parameters.

    >>> model_label({"model": "a.p2", "size": "a", "pretraining_seed": 2, "num_parameters": 1000})
    'a (pretraining seed 2, 1 k)'
    """
    seed = f"pretraining seed {row['pretraining_seed']}" if row["model"] != row["size"] else ""
    if row.get("num_encoders", 1) > 1:
        seed = f"mean of {int(row['num_encoders'])} encoders"
    what = ", ".join(filter(None, (seed, parameters(row["num_parameters"]))))
    return f"{row['size']} ({what})" if what else str(row["size"])


def parameters(num: float | None) -> str:
    """A model's size, as in "1.1 M"; unknown: an empty text.

    >>> parameters(559_890_432), parameters(None)
    ('560 M', '')
    >>> parameters(999_600)
    '1 M'
    """
    if num is None or (isinstance(num, float) and math.isnan(num)):
        return ""
    for unit, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if num >= 0.9995 * size:  # 999,600 are 1 M, not 1e+03 k
            return f"{num / size:.3g} {unit}"
    return f"{num:.0f}"
