"""What an encoder cannot do (a head, a length, an adapter), reported as soon as it is there: before any training."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from stepstone.catalogue.available import available
from stepstone.catalogue.catalogue import Catalogue
from stepstone.catalogue.own_models import architecture_of
from stepstone.core.result import PretrainedResult
from stepstone.core.spec import Spec
from stepstone.core.specs.encoder import PretrainedSpec
from stepstone.core.stage import Stage
from stepstone.store.store import Store

Abilities = Callable[[Stage], PretrainedResult | None]


def find_unfit(stages: Mapping[str, Stage], catalogue: Catalogue, abilities: Abilities) -> dict[str, str]:
    """Stages that their encoder cannot be used for, by key, with what is wrong.

    An encoder whose abilities are not known passes: those that it declares, or those that are recorded of it.
    """
    known = {key: abilities(stage) for key, stage in stages.items() if stage.is_encoder}
    found: dict[str, str] = {}
    if not any(known.values()):
        return found
    for key, stage in stages.items():
        if stage.is_encoder:
            continue
        encoder = known[key] = known.get(stage.checkpoint or "")
        if encoder is not None:
            model = str(stage.coordinates.get("model"))
            wrong = (
                _headless(stage.spec, encoder, model, catalogue)
                or _too_long(stage.spec, encoder, model)
                or _too_deep(stage.spec, encoder, model)
            )
            found |= {key: wrong} if wrong else {}
    return found


def recorded(store: Store) -> Abilities:
    """What is recorded of an encoder; one pretrained from scratch can do all that the plan lets pass."""

    def find(stage: Stage) -> PretrainedResult | None:
        record = store.record(stage.key)
        result = record.result if record is not None else None
        return result if isinstance(result, PretrainedResult) else None

    return find


def declared_abilities(catalogue: Catalogue) -> Abilities:
    """What follows from the architecture that an encoder declares or its folder has, known before it is obtained."""
    trained = [family for family in available(catalogue.families(), catalogue.family) if family.is_trained]

    def find(stage: Stage) -> PretrainedResult | None:
        shape = architecture_of(stage.spec.model) if isinstance(stage.spec, PretrainedSpec) else None
        if shape is None:
            return None
        heads = tuple(family.name for family in trained if shape.has_head(family.auto_class or ""))
        return PretrainedResult(num_parameters=shape.num_parameters, num_positions=shape.num_positions, heads=heads)

    return find


def _headless(spec: Spec, encoder: PretrainedResult, model: str, catalogue: Catalogue) -> str | None:
    names = {name.task for name in spec.tasks() if name.purpose == "training"}
    tasks = [catalogue.task(name) for name in sorted(names)]
    hides = spec.reads_language_model or any(not task.family_declaration.is_labelled for task in tasks)
    if hides and encoder.has_mask_token is False:
        return (
            f"the tokenizer of {model} has no mask token, which masked language modelling puts in the place of pieces\n"
            "  remedy: name its mask_token in tokenizer_config.json, or leave out running text and mlm in [probes]"
        )
    if spec.reads_language_model and encoder.has_language_model is False:
        return (
            f"{model} comes without its language-model head, so no loss of masked language modelling can be measured\n"
            "  remedy: leave mlm out of [probes], or take an encoder that was saved with its head"
        )
    if encoder.heads is None:
        return None
    for task in tasks:
        if task.family_declaration.is_trained and task.family not in encoder.heads:
            return (
                f"transformers has no {task.family} head for the architecture of {model}, which {task.name} needs\n"
                "  remedy: choose another encoder, or leave this task out"
            )
    return None


def _too_long(spec: Spec, encoder: PretrainedResult, model: str) -> str | None:
    num = encoder.num_positions
    if num is None or spec.max_length <= num:
        return None
    return (
        f"max_length = {spec.max_length} exceeds the {num} positions of the encoder {model}\n"
        f"  remedy: set max_length = {num} or less in the study's recipe"
    )


def _too_deep(spec: Spec, encoder: PretrainedResult, model: str) -> str | None:
    misfits = "; ".join(spec.find_misfits(encoder))
    return f"{misfits} (the encoder {model})\n  remedy: {spec.refit.format(model=model)}" if misfits else None


def find_lost(stages: Mapping[str, Stage], unfit: Iterable[str], asides: Collection[str] = ()) -> set[str]:
    """What cannot be computed without those, and trainings that would lead to nothing else but `asides`."""
    lost = set(unfit)
    if not lost:
        return lost
    children: dict[str, list[str]] = {}
    for key, stage in stages.items():
        if any(parent in lost for parent in stage.parents):
            lost.add(key)
        for parent in stage.parents:
            children.setdefault(parent, []).append(key)
    for key in reversed(list(stages)):
        below = [child for child in children.get(key, []) if child not in asides]
        if (
            not stages[key].is_encoder
            and stages[key].spec.makes_checkpoint
            and below
            and all(child in lost for child in below)
        ):
            lost.add(key)
    return lost
