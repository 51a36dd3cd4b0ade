"""Arms that are merged from others become stages without training."""

from __future__ import annotations

from collections.abc import Iterator

from stepstone.core.arm import Merged
from stepstone.core.condition import Condition
from stepstone.core.model import FolderModel, Model


def merged_seeds(how: Merged, seed: int, seeds: tuple[int, ...]) -> tuple[int, ...]:
    """The seeds whose checkpoints are merged for the replicate of `seed`."""
    return seeds if how.over == "seeds" else (seed,)


def num_hops(condition: Condition, num_seeds: int) -> int:
    """Trainings of a condition where nothing is shared, those of what is merged among them."""
    times = num_seeds if condition.merged and condition.merged.over == "seeds" else 1
    return len(condition.hops) + times * sum(num_hops(member, num_seeds) for member in condition.members)


def name(label: str, how: Merged, coordinates: dict[str, str | int]) -> tuple[str, dict[str, str | int]]:
    """Label and coordinates of the stage; one that is merged over seeds has none of its own."""
    if how.over == "arms":
        return f"{label}/s{coordinates['seed']}", coordinates
    return label, {key: value for key, value in coordinates.items() if key != "seed"}


def find_mistakes(condition: Condition, how: Merged, model: Model, num_models: int) -> Iterator[str]:
    """What is wrong with a merge of so many checkpoints, as far as a plan can know."""
    where = f"intermediate.{condition.intermediate}.arms.{condition.arm}"
    if num_models == 1 and how.method != "sum":
        yield f'{where}: over = "seeds" merges one checkpoint alone, for the study has one seed; give it more seeds'
    shape = None if isinstance(model, FolderModel) else model.architecture
    misfits = how.find_misfits(shape.num_hidden_layers) if shape is not None else ()
    yield from (f"{where}: {one} (the encoder {model.name})" for one in misfits)


def merge_notes(condition: Condition, how: Merged) -> Iterator[str]:
    """What a reader of tables has to know of a merge over seeds."""
    if how.over == "seeds":
        yield (
            f"{condition.label}: all its seeds start from one checkpoint, merged over the study's seeds, so that they "
            "differ in the training of their targets alone"
        )
