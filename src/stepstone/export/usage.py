"""How an exported checkpoint is opened and asked, as Python that runs in its folder."""

from __future__ import annotations

from typing import Any

from stepstone.core.family import FamilyDeclaration
from stepstone.core.recipe import Limits

_OPEN = """\
import torch
from transformers import {auto_class}, AutoTokenizer

folder = "."  # where these files are, or the name of their repository on the hub
tokenizer = AutoTokenizer.from_pretrained(folder)
model = {auto_class}.from_pretrained(folder).eval()
"""
_ASK_ENCODER = """\
inputs = tokenizer("a text", return_tensors="pt")
with torch.inference_mode():
    print(model(**inputs).last_hidden_state.shape)  # [texts, pieces, width]
"""


def usage(family: FamilyDeclaration[Any] | None, limits: Limits) -> str:
    """Markdown that shows how to open and ask a checkpoint of a family; None: an encoder without a head."""
    auto_class = (family and family.auto_class) or "AutoModel"
    ask = family.usage if family else _ASK_ENCODER
    code = _OPEN.format(auto_class=auto_class) + "\n" + ask.format(**limits.model_dump())
    note = family.usage_note.format(**limits.model_dump()) if family else ""
    return f"```python\n{code}```" + (f"\n\n{note}" if note else "")
