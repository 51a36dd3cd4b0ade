"""One text or a pair of texts to one label."""

from __future__ import annotations

from stepstone.catalogue import rows
from stepstone.catalogue.cells import Cells
from stepstone.core.example import TextExample, cluster_of
from stepstone.core.family import FamilyDeclaration, OwnFields, Suggestion

USAGE = """\
# Two texts for a task about pairs; leave the second one out for a task about single texts.
inputs = tokenizer("a text", "another", truncation=True, max_length={max_length}, return_tensors="pt")
with torch.inference_mode():
    logits = model(**inputs).logits
print(model.config.id2label[int(logits.argmax())])
"""


def read(cells: Cells) -> TextExample:
    """The example of a row."""
    column = cells.column("label")
    return cell_texts(cells, rows.label(cells.given("label"), cells.task.labels, column, cells.own.aliases))


def cell_texts(cells: Cells, label: str | float | None) -> TextExample:
    """One text, or the pair that the study names a column for."""
    text, pair = cells.text("text"), cells.text("pair") if cells.has("pair") else None
    return TextExample(cells.id(), text, pair, label, cells.cluster(cluster_of(text) if pair is not None else ""))


family = FamilyDeclaration(
    name="classification",
    example=TextExample,
    auto_class="AutoModelForSequenceClassification",
    pipeline_tag="text-classification",
    has_own_labels=True,
    usage=USAGE,
    translated=("text", "pair"),
    own=OwnFields(
        required=("text", "label"),
        optional=("pair",),
        metrics={"accuracy": "xtreme-2020", "acc_and_f1": "jiant", "macro_f1": "xtreme-2020", "mcc": "jcola"},
        of_labels={"acc_and_f1": ("0", "1")},
        read=read,
        labels="outputs",
        fewest_labels=2,
        by_ending={},
        suggestion=Suggestion("nli", {"en": "mnli", "ja": "jnli"}, 20_000),
    ),
)
