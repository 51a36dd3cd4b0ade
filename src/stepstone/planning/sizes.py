"""The encoders of a study: its models or those of its ladder, each under every pretraining seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stepstone.catalogue.available import available
from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.errors import UserError, nearest
from stepstone.core.ladder import ModelFactors
from stepstone.core.model import HubModel, Model, ScratchModel, num_layer_parameters
from stepstone.core.study import Study
from stepstone.planning.cells import ModelCondition
from stepstone.planning.encoders import find_mistakes
from stepstone.planning.names import NameLookup


def with_models(study: Study, catalogue: Catalogue) -> Study:
    """The study with the models of its ladder, the smallest first; of several ladders, one after the other.

    Raises:
        UserError: there is no ladder of that name, or its models are unknown or not in order of size; the primary
            comparison names another model; none of the models is pretrained here, which pretraining seeds are for.
    """
    known = catalogue.ladders()
    for name in study.ladder:
        if name not in known:
            raise UserError(f'no ladder is called "{name}"', where="ladder", remedy=nearest(name, known))
    models = [name for ladder in map(catalogue.ladder, study.ladder) for name in ladder.models]
    study = study if study.models else study.model_copy(update={"models": tuple(dict.fromkeys(models))})
    wanted = study.primary and study.primary.model
    if wanted and wanted not in study.models:
        raise UserError(f'"{wanted}" is not among {", ".join(study.models)}', where="primary.model")
    if study.pretraining_seeds:
        _refuse_seeds(study, catalogue)
    return study


def _refuse_seeds(study: Study, catalogue: Catalogue) -> None:
    """Raise UserError where pretraining seeds have nothing to be seeds of."""
    known = [name for name in study.models if name in catalogue.models()]
    if known and not any(isinstance(catalogue.model(name), ScratchModel) for name in known):
        message = f"none of {', '.join(known)} is pretrained here, and of what comes pretrained there is one"
        remedy = 'leave them out, or pretrain encoders here, as ladder = "lab" does'
        raise UserError(message, where="pretraining_seeds", remedy=remedy)


def find_models(names: NameLookup) -> dict[str, tuple[Model, ModelFactors]]:
    """Every encoder by its name in the plan; mistakes are added to those of `names`."""
    found: dict[str, tuple[Model, ModelFactors]] = {}
    study = names.study
    for size in study.models:
        model = _model(size, names)
        ladder = _ladder_of(size, names) if model is not None else ""
        for one in _replicates(model, study.pretraining_seeds) if model is not None else ():
            if one.name in found or (one.name != size and one.name in study.models):
                names.wrong(
                    "models", f'"{one.name}" is what {size} under another pretraining seed is called; rename it'
                )
            found[one.name] = one, _factors(one, size, ladder)
    return found


def _model(name: str, names: NameLookup) -> Model | None:
    known = names.catalogue.models()
    if name not in known:
        hints = f"{nearest(name, known)}; {names.catalogue.describe_unlisted(name)}"
        names.wrong("models", f'no model is called "{name}"; {hints}')
        return None
    model = names.catalogue.model(name)
    names.mistakes += [f"model.{name}.{mistake}" for mistake in find_mistakes(model, names.catalogue)]
    return model


def _replicates(model: Model, seeds: Sequence[int]) -> Iterator[Model]:
    """One encoder for each seed, of what is pretrained here; under its declared seed it is what it is without."""
    if not isinstance(model, ScratchModel) or not seeds:
        yield model
        return
    for seed in seeds:
        is_declared = seed == model.seed
        yield model if is_declared else model.model_copy(update={"name": f"{model.name}.p{seed}", "seed": seed})


def _factors(model: Model, size: str, ladder: str) -> ModelFactors:
    return ModelFactors(
        model=model.name,
        size=size,
        ladder=ladder,
        pretraining_seed=model.seed if isinstance(model, ScratchModel) else None,
        num_parameters=model.num_parameters,
        num_layer_parameters=num_layer_parameters(model),
    )


def _ladder_of(size: str, names: NameLookup) -> str:
    """The ladder that a model is on: the study's, else the first of the catalogue's; empty where it is on none."""
    of_study = list(names.study.ladder)
    others = [] if _is_another(size, names) else [name for name in names.catalogue.ladders() if name not in of_study]
    known = available((*of_study, *others), names.catalogue.ladder)
    return next((ladder.name for ladder in known if size in ladder.models), "")


def _is_another(size: str, names: NameLookup) -> bool:
    """Whether the study calls another encoder by a declared one's name; a copy of it in a folder is none."""
    entry = names.study.model.get(size)
    if entry is None or (entry.scratch is None and entry.hub is None and entry.num_layers is None):
        return False
    declared = names.catalogue.model_copy(update={"study_models": {}})
    listed = declared.model(size) if size in declared.models() else None
    if entry.hub is None or entry.num_layers is not None:
        return True
    return not isinstance(listed, HubModel) or listed.repository != entry.hub


def describe_ladders(study: Study, cells: Iterable[ModelCondition]) -> Iterator[str]:
    """The ladders of a plan's encoders with their sizes, a line each; of the models of one size alone, nothing."""
    sizes: dict[str, dict[str, ModelCondition]] = {}
    for cell in cells:
        sizes.setdefault(cell.ladder, {}).setdefault(cell.size, cell)
    for ladder, by_size in sizes.items():
        if ladder and len(by_size) > 1:
            listed = ", ".join(f"{size} {_number(one)}" for size, one in by_size.items())
            own = " (pretrained alike by the study's own word)" if _is_own(study, ladder) else ""
            yield f"ladder {ladder}{own}: {listed} parameters, with and without embeddings"
    if study.pretraining_seeds:
        seeds = ", ".join(map(str, study.pretraining_seeds))
        yield f"pretraining seeds {seeds}: each encoder that is pretrained here is so under each of them"


def describe_truncations(models: Iterable[Model]) -> Iterator[str]:
    """The encoders that are the lowest layers of another, a line each: they are not of the sizes that they have."""
    for model in models:
        if not isinstance(model, ScratchModel) and model.num_layers is not None:
            origin = model.repository if isinstance(model, HubModel) else model.folder
            layers = "layer" if model.num_layers == 1 else f"{model.num_layers} layers"
            yield (
                f"{model.name} is the lowest {layers} of {origin}: a truncation, not an encoder that "
                "was pretrained at that size"
            )


def _is_own(study: Study, ladder: str) -> bool:
    return ladder in study.ladder and study.ladder[ladder].models is not None


def _number(one: ModelCondition) -> str:
    layers = "not known" if one.num_layer_parameters is None else f"{one.num_layer_parameters:,}"
    return f"{one.num_parameters:,} ({layers})"
