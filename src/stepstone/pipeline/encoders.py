"""What a study's encoders need to be pretrained: running text, a number of steps, inputs that fit."""

from __future__ import annotations

from collections.abc import Iterator

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.errors import nearest
from stepstone.core.model import Model, ScratchModel


def find_mistakes(model: Model, catalogue: Catalogue) -> Iterator[str]:
    """What is wrong with an encoder to be pretrained."""
    if not isinstance(model, ScratchModel):
        return
    recipe, known = model.pretraining, catalogue.tasks()
    if model.text not in known:
        yield f'scratch.text: no task is called "{model.text}"; {nearest(model.text, known)}'
    elif catalogue.task(model.text).family_declaration.is_labelled:
        yield f"scratch.text: {model.text} is {catalogue.task(model.text).family}, not running text"
    if recipe.num_steps is None:
        yield "scratch.pretraining: num_steps is missing"
    if recipe.max_length > model.max_positions:
        yield f"scratch.pretraining: max_length = {recipe.max_length} exceeds max_positions = {model.max_positions}"
    if recipe.describe():
        yield f"scratch.pretraining: {recipe.describe()}: an encoder from scratch is trained as a whole"
