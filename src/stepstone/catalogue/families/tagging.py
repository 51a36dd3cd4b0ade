"""A tag for every word of a sentence."""

from __future__ import annotations

import re
from typing import Any

from stepstone.catalogue import rows
from stepstone.catalogue.cells import Cells
from stepstone.catalogue.rows import NUMBER
from stepstone.catalogue.spelling import spelling
from stepstone.core.entities import are_entities
from stepstone.core.errors import UserError
from stepstone.core.example import TaggingExample
from stepstone.core.family import FamilyDeclaration, OwnFields, Suggestion
from stepstone.core.own import OwnTask

USAGE = """\
words = ["these", "are", "words"]
inputs = tokenizer(words, is_split_into_words=True, truncation=True, max_length={max_length}, return_tensors="pt")
with torch.inference_mode():
    best = model(**inputs).logits[0].argmax(-1).tolist()
owners = inputs.word_ids(0)
# The tag of a word is read off its first piece.
print([(word, model.config.id2label[best[owners.index(i)]]) for i, word in enumerate(words) if i in owners])
"""


def read(cells: Cells) -> TaggingExample:
    """The example of a row."""
    words, tags = _list(cells.value("words")), _list(cells.value("tags")) or None
    if isinstance(tags, list):
        spelt = (None if tag is None else spelling(tag, cells.own.aliases) for tag in tags)
        tags = [tag and cells.own.aliases.get(tag, tag) for tag in spelt]
    try:
        example = rows.tagging({"words": words, "tags": tags, NUMBER: ""}, cells.task.labels)
    except UserError as error:
        if not (isinstance(words, list) and str(words[:1]).startswith("['#")):
            raise
        raise UserError(f'{error}; lines that begin with # are comments where the table says comment = "#"') from error
    return TaggingExample(cells.id(), example.words, example.tags, cells.cluster(rows.document(cells.row)))


def _list(value: Any) -> Any:
    """A list as it is; a text as its words between blanks, of which a no-break or an ideographic space is none."""
    if isinstance(value, str):
        return [word for word in re.split("[ \\t\\n\\r]", value) if word]
    return list(value) if isinstance(value, tuple) else value


def score(table: OwnTask, languages: set[str]) -> tuple[str, str]:
    """F1 of entities, by seqeval's rules where tags are as these know them; other tags are counted by themselves."""
    if all(label == "O" or label[:2] in ("B-", "I-") for label in table.names):
        return "chunk_f1", "seqeval-1.2.2"
    return ("chunk_f1", "entities") if are_entities(table.names) else ("token_accuracy", "seqeval-1.2.2")


family = FamilyDeclaration(
    name="tagging",
    example=TaggingExample,
    auto_class="AutoModelForTokenClassification",
    pipeline_tag="token-classification",
    version=2,
    has_open_labels=True,
    usage=USAGE,
    usage_note=("Words that do not fit into {max_length} pieces get no tag here; scores count them as wrong."),
    translated=("words",),
    projection="tags",
    own=OwnFields(
        required=("words", "tags"),
        metrics={"chunk_f1": "seqeval-1.2.2", "token_accuracy": "seqeval-1.2.2"},
        read=read,
        score=score,
        labels="outputs",
        fewest_labels=1,
        layouts=("conll", "conllu"),
        by_ending={".tsv": "conll", ".txt": "conll"},
        suggestion=Suggestion("names", {"en": "panx", "ja": "panx"}, 20_000),
        reading=2,
    ),
)
