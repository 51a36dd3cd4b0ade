"""What a study's encoders need: a commit of the hub; to be pretrained, running text, a number of steps, a length."""

from __future__ import annotations

from collections.abc import Iterator

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.errors import UserError, nearest
from stepstone.core.model import HubModel, Model, ScratchModel, conversion
from stepstone.planning.vocabulary import fewest_pieces

# Of the lab's text in all languages: 0.4 ms of a processor and 500 to 1,000 bytes each, and read whole into memory.
MOST_DOCUMENTS = 1_000_000


def find_mistakes(model: Model, catalogue: Catalogue) -> Iterator[str]:
    """What is wrong with an encoder that is named in a study, by its key in the encoder's table."""
    if isinstance(model, HubModel) and model.revision is None:
        yield f"revision: {_describe_unpinned(model)}"
    if not isinstance(model, ScratchModel):
        return
    recipe, known = model.pretraining, catalogue.tasks()
    if model.text not in known:
        yield f'scratch.text: no task is called "{model.text}"; {nearest(model.text, known)}'
    elif catalogue.task(model.text).family_declaration.is_labelled:
        yield f"scratch.text: {model.text} is {catalogue.task(model.text).family}, not running text"
    yield from _vocabulary(model)
    num_documents = (model.num_documents or 0) * len(model.languages)
    if num_documents > MOST_DOCUMENTS:
        yield (
            f"scratch.num_documents: {num_documents:,} documents in {len(model.languages)} languages take "
            f"{num_documents / 2e6:,.0f} GB of disk and {num_documents * 0.4e-3 / 3600:,.0f} hours to write; "
            f"give {MOST_DOCUMENTS // len(model.languages):,} or less"
        )
    if recipe.num_steps is None:
        yield "scratch.pretraining: num_steps is missing"
    if recipe.max_length > model.max_positions:
        yield f"scratch.pretraining: max_length = {recipe.max_length} exceeds max_positions = {model.max_positions}"
    if recipe.describe():
        yield f"scratch.pretraining: {recipe.describe()}: an encoder from scratch is trained as a whole"


def _vocabulary(model: ScratchModel) -> Iterator[str]:
    try:
        least = fewest_pieces(model.languages)
    except UserError as error:
        yield f"scratch.languages: {error}"
        return
    if model.vocab_size < least:
        yield (
            f"scratch.vocab_size: {model.vocab_size} word pieces are fewer than the characters of "
            f"{', '.join(model.languages)} take; give {least} or more, for words some thousands"
        )


def _describe_unpinned(model: HubModel) -> str:
    hub = f'hub = "{model.repository}"'
    read = model.evidence.get("revision", "")
    lines = conversion(model.repository).replace("\n", "\n      ")
    return (
        f"is not known for {model.repository}{f' ({read})' if read else ''}\n"
        f'    remedy: look up a commit with safetensors and give [model."{model.name}"] {hub}, revision = "COMMIT"; '
        'where there is only a pickle, convert a copy, if you trust it, and give folder = "FOLDER" there:\n      '
        f"{lines}"
    )
