"""What a study says of a portion that nothing would come of: its hop or its task has no use for it."""

from __future__ import annotations

from collections.abc import Iterator

from stepstone.core.condition import Hop, Source
from stepstone.core.recipe import Limits

# Of a labelled portion; `Source` has the defaults.
_OF_TEXT = ("exponent", "mlm_probability", "allow_overlap")
# Of a hop of one portion.
_OF_MIXTURES = ("loss_weight", "head")


def find_idle(hop: Hop) -> Iterator[str]:
    """Fields that a portion gives in vain, with what would be right."""
    for source in hop.sources:
        for name in () if source.is_text else _OF_TEXT:
            if getattr(source, name) != getattr(Source, name):
                yield f"{source.name}: {name} is for running text, and {source.task.name} has labels; leave it out"
        for name in () if hop.is_mixture else _OF_MIXTURES:
            if getattr(source, name) != getattr(Source, name):
                yield f"{source.name}: {name} is for portions of a mixture, and it is alone in its hop; leave it out"
        if hop.is_mixture:
            yield from _recipe(hop, source)


def _recipe(hop: Hop, source: Source) -> Iterator[str]:
    """In a mixture a portion has lengths of its own, and a batch size where a step is one portion's."""
    known = (*Limits.model_fields, *(["batch_size"] if hop.mixing.batches == "single" else []))
    for name in source.patch:
        if name not in known:
            why = "a step holds inputs of all portions" if name == "batch_size" else "all portions share it"
            yield (
                f"{source.name}: recipe.{name}: {why}; set it in {hop.where}.recipe (a portion's own are "
                f"{', '.join(known)})"
            )
