"""The right one of several options."""

from __future__ import annotations

from stepstone.catalogue import rows
from stepstone.catalogue.cells import Cells
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
    """The right option: by its name in the study's labels, by its number from 0, or by its own text."""
    column, value = cells.column("label"), cells.value("label")
    if value is None or value == "":
        return None
    spelling, names = str(value).strip(), list(cells.own.aliases)
    if names:
        if spelling not in names[: len(options)]:
            listed = ", ".join(names[: len(options)])
            raise UserError(f'"{rows.shorten(spelling)}" in the column "{column}" names no option', remedy=listed)
        return names.index(spelling)
    if spelling.lstrip("-").isdigit():
        return rows.index({column: spelling}, len(options), column)
    if options.count(spelling) != 1:
        remedy = 'give the options\' names in order, as in labels = ["A", "B", "C", "D"]'
        raise UserError(f'"{rows.shorten(spelling)}" in the column "{column}" is none of the options', remedy=remedy)
    return options.index(spelling)


family = FamilyDeclaration(
    name="choice",
    example=ChoiceExample,
    auto_class="AutoModelForMultipleChoice",
    pipeline_tag="multiple-choice",
    usage=USAGE,
    usage_note=(
        "Where a task has a context, the context is the first text and question and option together are the second."
    ),
    own=OwnFields(
        required=("options", "label"),
        optional=("context", "question"),
        metrics={"accuracy": "xtreme-2020"},
        read=read,
        labels="options",
        by_ending={},
        suggestion=Suggestion("choice", {"en": "commonsenseqa", "ja": "jcommonsenseqa"}, 8_900),
    ),
)
