"""Running text, in which pieces are hidden and predicted."""

from __future__ import annotations

from stepstone.core.example import SentenceExample
from stepstone.core.family import FamilyDeclaration

USAGE = """\
inputs = tokenizer(f"a text with a {{tokenizer.mask_token}} in it", return_tensors="pt")
with torch.inference_mode():
    logits = model(**inputs).logits[0]
place = inputs["input_ids"][0].tolist().index(tokenizer.mask_token_id)
print(tokenizer.decode([int(logits[place].argmax())]))
"""

family = FamilyDeclaration(
    name="mlm",
    example=SentenceExample,
    auto_class="AutoModelForMaskedLM",
    pipeline_tag="fill-mask",
    is_labelled=False,
    usage=USAGE,
)
