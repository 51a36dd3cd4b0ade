"""The first sentence of a report: what size changes in the comparison that a study is made for, or what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pandas as pd

from stepstone.core.condition import CONTROL
from stepstone.core.study import Study
from stepstone.evidence.columns import WHOLE_LEVELS
from stepstone.evidence.compare import Comparison
from stepstone.evidence.contrasts import OF_LANGUAGES
from stepstone.evidence.estimate import EXAMPLES_ONLY, OVER_ENCODERS
from stepstone.evidence.factors import TableRow
from stepstone.evidence.frame import rows_of
from stepstone.evidence.size.columns import OF_EXAMPLES, PRIMARY, SLOPE, TWO_SIZES
from stepstone.evidence.size.ladder import WITHOUT_EMBEDDINGS
from stepstone.evidence.used import UsedData
from stepstone.report.encoder_pairs import encoder_answer
from stepstone.report.grid import is_reread, reread_data
from stepstone.report.labels import arm_label, column_label, counted, effect, language_name, setting_label, verdict

_WORDS = {"higher": "more", "lower": "less"}


def answer_paragraph(comparison: Comparison, study: Study) -> str:
    """What `answer_sentences` gives as one text; empty where the study compares nothing."""
    return " ".join(answer_sentences(comparison, study))


def answer_sentences(comparison: Comparison, study: Study) -> list[str]:
    """What size changes in the primary comparison, or in the first between languages; else what there is no answer for.

    Where no comparison is primary: what the number of intermediate examples changes, of a study that varies it; where
    several intermediate tasks are compared with none, how many help, and the best.
    Of encoders of which nothing else is asked: which scores highest. The first is the answer, the others say what it
    rests on; none where the study compares nothing.
    """
    row = _over_examples(comparison) or _over_sizes(comparison)
    if row is not None and row["value"] == row["value"]:
        return [*_answered(row, study), *_twice(row, comparison.used)]
    if row is not None:
        return [_gap(row, comparison, study)]
    several = _of_several(comparison)
    rows = [*rows_of(comparison.primary), *several[:1], *_ranked(comparison.contrasts), *_ranked(comparison.gains)]
    if not rows:
        return encoder_answer(comparison)
    said = _at_several(several, study) if several else _at_one(rows[0], study)
    return [said, *_rests(rows[0]), *_twice(rows[0], comparison.used), *comparison.unlike]


def _of_several(comparison: Comparison) -> list[TableRow]:
    """The gains that a study of several intermediate tasks without a primary comparison asks for, the largest first.

    They are those of the first encoder on the first benchmark or target, over all of it; none where one is unknown, and
    where every intermediate task has arms that are compared with each other.
    """
    rows = _ranked(comparison.gains) if comparison.primary.empty else []
    first = {name: rows[0][name] for name in ("model", "target", "level", "part")} if rows else {}
    found = [row for row in rows if all(row[name] == value for name, value in first.items())]
    bases = {row["intermediate_base"] for row in found}
    compared = {row["intermediate_base"] for row in _ranked(comparison.contrasts)}
    asks = len(bases) > 1 and not bases <= compared and all(row["value"] == row["value"] for row in found)
    return sorted(found, key=lambda row: -row["value"]) if asks else []


def _at_several(rows: Sequence[TableRow], study: Study) -> str:
    """How many of them are decided, and the largest."""
    first, verdicts = rows[0], Counter(row["verdict"] for row in rows)
    counts = [f"{verdicts[name]} shown to give {word}" for name, word in _WORDS.items() if verdicts[name]]
    return (
        f"Of {len(rows)} trainings before {_where(first, study)} on {first['model']}, "
        f"{' and '.join(counts) or 'none is shown to give more or less'} than no intermediate task; the largest gain, "
        f"{_what(first, study)}, is {effect(first)}, {verdict(first)}."
    )


def _twice(row: TableRow, used: UsedData) -> Iterator[str]:
    if is_reread(row, used):
        data = reread_data(row)
        yield f"{data[0].upper()}{data[1:]} is read twice there: that is no gain from another task."


def _over_examples(comparison: Comparison) -> TableRow | None:
    """What another number of intermediate examples changes, if a study without a primary comparison asks for that."""
    table = comparison.slopes
    if table.empty or not comparison.primary.empty:
        return None
    asked = table[table["comparison"].eq(OF_EXAMPLES) & table["value"].notna()]
    found = next(iter([*_ranked(asked[asked["of"] == OF_LANGUAGES]), *_ranked(asked)]), None)
    return found and {**found, "intermediate": found["intermediate_base"]}


def _over_sizes(comparison: Comparison) -> TableRow | None:
    table = comparison.slopes
    if table.empty:
        return None
    asked = table[table["comparison"].isin([SLOPE, TWO_SIZES])]
    first = [row for row in rows_of(asked) if row["family"] == PRIMARY]
    return next(iter([*first, *_ranked(asked[asked["of"] == OF_LANGUAGES]), *_ranked(asked)]), None)


def _ranked(table: pd.DataFrame) -> list[TableRow]:
    """Rows of benchmarks first, then those over all languages of a target."""
    rows = rows_of(table)
    return [row for level in ("benchmark", "all") for row in rows if row["level"] == level]


def _answered(row: TableRow, study: Study) -> list[str]:
    if row["comparison"] == TWO_SIZES:
        said = (
            f"{_sentence(_what(row, study))} differs by {effect(row)} on {_where(row, study)} between {row['size']} "
            f"and {_smallest(row)}, {verdict(row)}: a difference, not a slope, for two sizes say nothing of the next"
        )
    else:
        doubled = "intermediate examples" if row["comparison"] == OF_EXAMPLES else f"parameters{_measure(row)}"
        what = f"{_what(row, study)} changes by {effect(row)}"
        said = f"Per doubling of {doubled}, {what} on {_where(row, study)}, {verdict(row)}"
    return [f"{said}.", _unit(row)]


def _gap(row: TableRow, comparison: Comparison, study: Study) -> str:
    """Which encoders lack what."""
    same = ("condition", "reference", "target", "part")
    rows = [one for one in [*rows_of(comparison.gains), *rows_of(comparison.contrasts)] if one["verdict"] == "gap"]
    holes = [f"{one['model']} ({one['reason']})" for one in rows if all(one[name] == row[name] for name in same)]
    why = f"gaps on {', '.join(holes)}" if holes else f"a gap ({row['reason']})"
    return (
        f"Not answered yet: how {_what(row, study)} on {_where(row, study)} changes with size is not known, for {why}."
    )


def _at_one(row: TableRow, study: Study) -> str:
    """The comparison in the first encoder, where nothing can be said of sizes."""
    start = f"On {row['model']}, {_what(row, study)}"
    if row["value"] != row["value"]:
        return f"{start} on {_where(row, study)} is not known yet: a gap ({row['reason']})."
    return f"{start} is {effect(row)} on {_where(row, study)}, {verdict(row)}."


def _unit(row: TableRow) -> str:
    """What the interval is about: encoders in general, or these alone."""
    num_encoders, num_sizes, num_seeds = (int(row[f"num_{name}"]) for name in ("encoders", "sizes", "seeds"))
    if num_encoders == 1:
        return f"It rests on one encoder, {row['size']}, and {counted(num_seeds, 'seed')}."
    encoders = f"{num_encoders} encoders of {num_sizes} sizes, {_smallest(row)} to {row['size']}"
    if row["basis"] == OVER_ENCODERS:
        return f"It rests on {encoders}; the interval allows for pretraining anew."
    seeds = "" if row["basis"].startswith(EXAMPLES_ONLY) else f", {counted(num_seeds, 'seed')} each"
    return f"It rests on {encoders}{seeds}; each size is one pretrained encoder, so the interval is of these encoders."


def _rests(row: TableRow) -> Iterator[str]:
    """Of one size with several encoders, that these are the unit; of seeds, how many of more that were planned."""
    if row["basis"] == OVER_ENCODERS:
        encoders = f"{int(row['num_encoders'])} encoders of {row['model']}"
        yield f"It rests on {encoders}; the interval allows for pretraining anew."
    if 0 < row["num_seeds"] < row["num_seeds_planned"]:
        yield f"It rests on {row['num_seeds']} of {row['num_seeds_planned']} seeds."


def _smallest(row: TableRow) -> str:
    return str(next(iter(row["by_size"]), ""))


def _measure(row: TableRow) -> str:
    return " without embeddings" if row["size_measure"] == WITHOUT_EMBEDDINGS else ""


def _where(row: TableRow, study: Study) -> str:
    return str(row["target"]) if row["level"] in WHOLE_LEVELS else f"{row['target']}, {column_label(row, study)}"


def _what(row: TableRow, study: Study) -> str:
    """What is compared, as in "what Japanese rather than English training gives"."""
    if row["setting"] != row["reference_setting"]:
        return _what_settings(row, study)
    here, there = row["arm"], row["reference_arm"]
    task = f" with {row['intermediate']}"
    setting = f" ({setting_label(row['setting'], study)})" if row["setting"] else ""
    if not there:
        return f"what {_trained(row['intermediate'], here, study)} training{task} gives over none{setting}"
    pair = [_trained(row["intermediate"], arm, study) for arm in (here, there)]
    return f"what {' rather than '.join(pair)} training{task} gives{setting}"


def _what_settings(row: TableRow, study: Study) -> str:
    """As in "what source ja rather than source de gives without an intermediate task"."""
    here, there = (setting_label(row[name], study) or "0 shots" for name in ("setting", "reference_setting"))
    # Nothing stands as None or as NaN, by what else is in its column.
    has_task = isinstance(row["intermediate"], str)
    before = f"after {_trained(row['intermediate'], row['arm'], study)} {row['intermediate']}" if has_task else ""
    return f"what {here} rather than {there} gives {before or 'without an intermediate task'}"


def _trained(intermediate: str, arm: str, study: Study) -> str:
    entry = study.intermediate.get(intermediate)
    if arm == CONTROL:
        return "control"
    is_language = entry is None or entry.is_language(arm)
    return language_name(arm, study) if is_language else f'"{arm_label(intermediate, arm, study)}"'


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
