"""How an exported checkpoint is opened and asked, as Python that runs in its folder, per family of tasks."""

from __future__ import annotations

from stepstone.core.recipe import Limits

AUTO_CLASSES = {
    "classification": "AutoModelForSequenceClassification",
    "regression": "AutoModelForSequenceClassification",
    "tagging": "AutoModelForTokenClassification",
    "span": "AutoModelForQuestionAnswering",
    "choice": "AutoModelForMultipleChoice",
    "mlm": "AutoModelForMaskedLM",
    "encoder": "AutoModel",
}

_OPEN = """\
import torch
from transformers import {auto_class}, AutoTokenizer

folder = "."  # where these files are, or the name of their repository on the hub
tokenizer = AutoTokenizer.from_pretrained(folder)
model = {auto_class}.from_pretrained(folder).eval()
"""

_ASK = {
    "classification": """\
# Two texts for a task about pairs; leave the second one out for a task about single texts.
inputs = tokenizer("a text", "another", truncation=True, max_length={max_length}, return_tensors="pt")
with torch.inference_mode():
    logits = model(**inputs).logits
print(model.config.id2label[int(logits.argmax())])
""",
    "regression": """\
inputs = tokenizer("a text", "another", truncation=True, max_length={max_length}, return_tensors="pt")
with torch.inference_mode():
    print(float(model(**inputs).logits[0, 0]))  # on the scale of the training labels
""",
    "tagging": """\
words = ["these", "are", "words"]
inputs = tokenizer(words, is_split_into_words=True, truncation=True, max_length={max_length}, return_tensors="pt")
with torch.inference_mode():
    best = model(**inputs).logits[0].argmax(-1).tolist()
owners = inputs.word_ids(0)
# The tag of a word is read off its first piece.
print([(word, model.config.id2label[best[owners.index(i)]]) for i, word in enumerate(words) if i in owners])
""",
    "span": """\
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
""",
    "choice": """\
question, options = "what is asked?", ["one answer", "another", "a third"]
inputs = tokenizer(
    [question] * len(options), options, truncation=True, max_length={max_length}, padding=True, return_tensors="pt"
)
with torch.inference_mode():
    scores = model(**{{name: values.unsqueeze(0) for name, values in inputs.items()}}).logits[0]
print(options[int(scores.argmax())])
""",
    "mlm": """\
inputs = tokenizer(f"a text with a {{tokenizer.mask_token}} in it", return_tensors="pt")
with torch.inference_mode():
    logits = model(**inputs).logits[0]
place = inputs["input_ids"][0].tolist().index(tokenizer.mask_token_id)
print(tokenizer.decode([int(logits[place].argmax())]))
""",
    "encoder": """\
inputs = tokenizer("a text", return_tensors="pt")
with torch.inference_mode():
    print(model(**inputs).last_hidden_state.shape)  # [texts, pieces, width]
""",
}

NOTES = {
    "span": (
        "This reads one window; Stepstone reads longer contexts in windows of {max_length} pieces that begin at most "
        "{doc_stride} pieces apart, and takes the best span of all."
    ),
    "choice": (
        "Where a task has a context, the context is the first text and question and option together are the second."
    ),
    "tagging": "Words that do not fit into {max_length} pieces get no tag here; scores count them as wrong.",
}


def usage(family: str, limits: Limits) -> str:
    """Markdown that shows how to open and ask a checkpoint of a family ("mlm" and "encoder" have no task)."""
    code = _OPEN.format(auto_class=AUTO_CLASSES[family]) + "\n" + _ASK[family].format(**limits.model_dump())
    note = NOTES.get(family, "").format(**limits.model_dump())
    return f"```python\n{code}```" + (f"\n\n{note}" if note else "")
