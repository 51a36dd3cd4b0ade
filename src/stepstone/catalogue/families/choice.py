"""The right one of several options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stepstone.catalogue import rows
from stepstone.catalogue.cells import Cells
from stepstone.catalogue.spelling import spelling, whole_number
from stepstone.core.errors import UserError
from stepstone.core.example import ChoiceExample, cluster_of
from stepstone.core.family import FamilyDeclaration, OwnFields, Suggestion

USAGE = """\
question, options = "what is asked?", ["one answer", "another", "a third"]
inputs = tokenizer(
    [question] * len(options), options, truncation=True, max_length={max_length}, padding=True, return_tensors="pt"
)
with torch.inference_mode():
    scores = model(**{{name: values.unsqueeze(0) for name, values in inputs.items()}}).logits[0]
print(options[int(scores.argmax())])
"""


def read(cells: Cells) -> ChoiceExample:
    """The example of a row."""
    options = _options(cells)
    context = cells.text("context") if cells.has("context") else ""
    # Without either in the study a question is looked for: options alone ask nothing.
    asks = cells.has("question") or not cells.has("context")
    question, cluster = cells.text("question") if asks else "", cells.cluster(cluster_of(context))
    return ChoiceExample(cells.id(), context, question, options, _right(cells, options), cluster)


def _options(cells: Cells) -> tuple[str, ...]:
    columns = cells.own.columns.get("options", "options")
    if isinstance(columns, tuple):
        return tuple(cells.text_of(column, "options") for column in columns)
    value = cells.cell(columns, "options")
    if not isinstance(value, list | tuple) or len(value) < 2 or not all(isinstance(item, str) for item in value):
        raise UserError(
            f'the column "{columns}" holds {rows.shorten(value)}, not a list of two texts or more',
            remedy='options in columns of their own are named in a list: options = ["a", "b"]',
        )
    return tuple(value)


def _right(cells: Cells, options: tuple[str, ...]) -> int | None:
    """The right option: by its name in the study's labels, or as the whole file has it, by number or by text."""
    column, value = cells.column("label"), cells.value("label")
    if _is_stripped(value, options):
        return None
    names = list(cells.own.aliases)
    if names:
        spelt = spelling(value, names)
        if spelt not in names[: len(options)]:
            listed = ", ".join(names[: len(options)])
            raise UserError(f'"{rows.shorten(spelt)}" in the column "{column}" names no option', remedy=listed)
        return names.index(spelt)
    if cells.reading == _NUMBERS:
        return rows.index({column: value}, len(options), column)
    if cells.reading == _BOTH and _by_number(value, options) != _by_text(value, options):
        message = f'"{rows.shorten(value)}" in the column "{column}" can be read in two ways: {_BOTH}'
        remedy = f"labels = {_listed(options)} says that they are numbers; for texts, write letters or numbers instead"
        raise UserError(message, remedy=remedy)
    place = _by_text(value, options)
    if place is None and cells.reading == _BOTH and whole_number(value) is not None:
        return rows.index({column: value}, len(options), column)
    if place is None:
        message = f'"{rows.shorten(value)}" in the column "{column}" is not the text of one option, as other labels are'
        remedy = f"write labels in one way; give the options' names in order, as in labels = {_listed(options, value)}"
        raise UserError(message, remedy=remedy)
    return place


_NUMBERS = "labels are read as the options' numbers from 0"
_TEXTS = "labels are read as the options' texts"
_BOTH = "labels are the options' numbers as much as their texts"


def settle(every: Sequence[Cells]) -> str:
    """Whether the labels of a whole file are the options' numbers or their texts; most rows decide."""
    if not every or every[0].own.aliases:
        return ""
    num_numbers = num_texts = 0
    for cells in every:
        value, options = cells.row.get(cells.column("label")), _given(cells)
        if not _is_stripped(value, options):
            num_numbers += _by_number(value, options) is not None
            num_texts += _by_text(value, options) is not None
    if num_numbers == num_texts:
        return _BOTH
    return _NUMBERS if num_numbers > num_texts else _TEXTS


def _is_stripped(value: Any, options: Sequence[str]) -> bool:
    return value is None or value == "" or (value in (-1, "-1") and _by_text(value, options) is None)


def _given(cells: Cells) -> tuple[str, ...]:
    """The options of a row, or none where it has none that can be read."""
    try:
        return _options(cells)
    except UserError:
        return ()


def _by_number(value: Any, options: Sequence[str]) -> int | None:
    number = whole_number(value)
    return number if number is not None and 0 <= number < len(options) else None


def _by_text(value: Any, options: Sequence[str]) -> int | None:
    text = str(value).strip()
    return options.index(text) if list(options).count(text) == 1 else None


def _listed(options: Sequence[str], like: Any = "") -> str:
    """Names of the options: letters where a label is one, else numbers from 0."""
    letter = str(like).strip()
    is_letter = len(letter) == 1 and letter.isascii() and letter.isalpha()
    first = ord("A" if letter.isupper() else "a")
    names = [chr(first + number) if is_letter else str(number) for number in range(len(options))]
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


family = FamilyDeclaration(
    name="choice",
    example=ChoiceExample,
    auto_class="AutoModelForMultipleChoice",
    pipeline_tag="multiple-choice",
    usage=USAGE,
    usage_note=(
        "Where a task has a context, the context is the first text and question and option together are the second."
    ),
    translated=("context", "question", "options"),
    prompts=frozenset(rows.CAUSE_OR_EFFECT.values()),
    own=OwnFields(
        required=("options", "label"),
        optional=("context", "question"),
        metrics={"accuracy": "xtreme-2020"},
        read=read,
        settle=settle,
        # 2: labels of a whole file are numbers or texts, where each row had been read by itself.
        reading=2,
        labels="options",
        by_ending={},
        suggestion=Suggestion("choice", {"en": "commonsenseqa", "ja": "jcommonsenseqa"}, 8_900),
    ),
)
