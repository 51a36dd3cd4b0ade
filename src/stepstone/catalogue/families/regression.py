"""One text or a pair of texts to a number."""

from __future__ import annotations

from stepstone.catalogue import rows
from stepstone.catalogue.cells import Cells
from stepstone.catalogue.families.classification import cell_texts
from stepstone.core.example import TextExample
from stepstone.core.family import FamilyDeclaration, OwnFields, Suggestion

USAGE = """\
inputs = tokenizer("a text", "another", truncation=True, max_length={max_length}, return_tensors="pt")
with torch.inference_mode():
    print(float(model(**inputs).logits[0, 0]))  # on the scale of the training labels
"""


def read(cells: Cells) -> TextExample:
    """The example of a row."""
    low, high = cells.own.scale or (-1e30, 1e30)
    return cell_texts(cells, rows.scale(cells.given("label"), low, high, cells.column("label")))


family = FamilyDeclaration(
    name="regression",
    example=TextExample,
    auto_class="AutoModelForSequenceClassification",
    pipeline_tag="text-classification",
    usage=USAGE,
    translated=("text", "pair"),
    own=OwnFields(
        required=("text", "label"),
        optional=("pair",),
        metrics={"pearson": "jglue", "spearman": "jglue"},
        read=read,
        setting="scale",
        by_ending={},
        suggestion=Suggestion("nli", {"en": "mnli", "ja": "jnli"}, 20_000),
    ),
)
