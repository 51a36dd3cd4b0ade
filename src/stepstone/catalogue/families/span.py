"""A question on a context, answered by a span of it or not at all."""

from __future__ import annotations

from typing import Any

from stepstone.catalogue import rows
from stepstone.catalogue.cells import Cells
from stepstone.catalogue.spelling import whole_number
from stepstone.core.errors import UserError
from stepstone.core.example import SpanExample
from stepstone.core.family import FamilyDeclaration, OwnFields, Suggestion

USAGE = """\
question, context = "what is asked?", "a passage that holds the answer"
cut = {{"truncation": "only_second", "max_length": {max_length}}}
inputs = tokenizer(question, context, **cut, return_offsets_mapping=True, return_tensors="pt")
offsets, owners = inputs.pop("offset_mapping")[0].tolist(), inputs.sequence_ids(0)
with torch.inference_mode():
    output = model(**inputs)
scores = output.start_logits[0][:, None] + output.end_logits[0][None, :]
outside = torch.tensor([owner != 1 for owner in owners])
allowed = torch.ones_like(scores).triu().tril({max_answer_length} - 1).bool()
scores[outside, :] = scores[:, outside] = scores[~allowed] = -torch.inf
first, last = divmod(int(scores.argmax()), len(owners))
print(context[offsets[first][0] : offsets[last][1]])
"""


def read(cells: Cells) -> SpanExample:
    """The example of a row."""
    name = cells.text("id") if cells.has("id") or "id" in cells.row else rows.number(cells.row)
    row: dict[str, Any] = {"id": name, "question": cells.text("question"), "context": cells.text("context")}
    row["is_impossible"] = rows.is_impossible(cells.row)
    if not row["is_impossible"]:
        row["answers"] = _one_answer(cells) if cells.has("answer") else cells.value("answers")
    row["title"] = cells.cluster(rows.document(cells.row, "title"))
    return rows.span(row, cells.task.unanswerable)


def _one_answer(cells: Cells) -> list[dict[str, Any]]:
    """The answer and its offset from columns of their own; an empty answer is none."""
    text, start = cells.value("answer"), cells.value("start")
    if text is None or text == "":
        return []
    place = whole_number(start)
    if place is None:
        column = cells.column("start")
        raise UserError(f'the column "{column}" holds {rows.shorten(start)}, not an offset', remedy=_START)
    return [{"text": text, "answer_start": place}]


_START = "the number of characters before the answer in its context"


family = FamilyDeclaration(
    name="span",
    example=SpanExample,
    auto_class="AutoModelForQuestionAnswering",
    pipeline_tag="question-answering",
    has_windows=True,
    usage=USAGE,
    usage_note=(
        "This reads one window; Stepstone reads longer contexts in windows of {max_length} pieces that begin "
        "at most {doc_stride} pieces apart, and takes the best span of all."
    ),
    translated=("question", "context"),
    projection="spans",
    own=OwnFields(
        required=("question", "context", "answers"),
        optional=("answer", "start"),
        metrics={"squad": "language-aware"},
        read=read,
        # 2: answers of a question that is_impossible are only plausible, where they had been its gold.
        reading=2,
        setting="unanswerable",
        layouts=("squad",),
        by_ending={".json": "squad"},
        suggestion=Suggestion("span", {"en": "squad", "ja": "jaquad"}, 30_000),
    ),
)
