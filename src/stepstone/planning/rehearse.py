"""A study's twin in the lab: the same question with generated data and small encoders, in minutes instead of days."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from stepstone.catalogue.catalogue import BUILT_IN, Catalogue
from stepstone.catalogue.own import catalogue_of
from stepstone.core.analysis import Primary
from stepstone.core.errors import UserError
from stepstone.core.intermediate import Intermediate
from stepstone.core.model import Model, ModelEntry, ScratchModel
from stepstone.core.probes import Probes, TextProbe
from stepstone.core.recipe import Recipe
from stepstone.core.study import Lab, Study
from stepstone.core.tag import is_tag
from stepstone.core.target import Target
from stepstone.core.translator import TranslatorEntry
from stepstone.data.declarations import check_folders
from stepstone.planning.adaptation import shrink
from stepstone.planning.benchmarks import with_benchmarks
from stepstone.planning.sizes import with_models
from stepstone.planning.small import TEST_EXAMPLES, TRAIN_EXAMPLES, SmallParts, in_lab
from stepstone.planning.twins import find_absent

# Enough for seeds to be replicates.
MAX_SEEDS = 2
LADDER = "lab"
# How likely a word is written as another of its kind, where a real translator stands.
NOISE = 0.05


def rehearse(study: Study) -> Study:
    """The study's twin: data from the lab, models by lab models in order of size, recipes by the lab models' own.

    A task that the lab cannot generate is left out when the twin is planned, which says so.

    Raises:
        UserError: there is no such task, the lab has not its language, or there are more models than it has sizes.
    """
    catalogue = catalogue_of(study)
    check_folders(catalogue)
    study = with_benchmarks(with_models(study, catalogue), catalogue)
    _refuse_unknown(study, catalogue)
    sizes = _stand_ins(study, catalogue)
    small = SmallParts([_in_ladder(name) for name in sizes.values()], catalogue)
    return study.model_copy(
        update={
            "name": f"{study.name}-rehearsal",
            "rehearsal_of": study.name,
            "lab": study.lab or Lab(),
            "languages": in_lab(study.languages),
            "seeds": study.seeds[:MAX_SEEDS],
            "models": tuple(sizes[name] for name in study.models),
            "model": _small_models(study, sizes),
            "ladder": {},
            "pretraining_seeds": study.pretraining_seeds[:MAX_SEEDS],
            # Machine translation has mistakes: the lab's makes some.
            "translator": {name: TranslatorEntry(noise=NOISE) for name in study.translator},
            "recipe": small.recipe(study.recipe),
            "grid": study.grid and study.grid.with_rate(small.learning_rate),
            "intermediate": {
                name: small.hop(entry, _most(entry, study), _rate(entry, study, catalogue))
                for name, entry in study.intermediate.items()
            },
            "target": {
                name: small.target(entry, is_audited=_is_audited(name, study)) for name, entry in study.target.items()
            },
            "primary": _small_primary(study, sizes),
            "probes": _small_probes(study.probes),
        }
    )


def _small_primary(study: Study, sizes: Mapping[str, str]) -> Primary | None:
    """The primary comparison on the model that stands in; none where the lab has not its language."""
    wanted = study.primary
    if wanted is None:
        return None
    part = wanted.part
    if is_tag(part) and part not in study.groups:
        part = next(iter(in_lab((part,)) or ()), "")
    return wanted.model_copy(update={"part": part, "model": wanted.model and sizes[wanted.model]}) if part else None


def _small_probes(probes: Probes) -> Probes:
    """A probe that asks for none of the lab's languages is left out."""
    small = {name: entry for name, entry in probes if isinstance(entry, TextProbe)}
    for name, entry in small.items():
        changes = {
            "languages": in_lab(entry.languages),
            "num_examples": min(entry.num_examples or TEST_EXAMPLES, TEST_EXAMPLES),
        }
        small[name] = entry.model_copy(update=changes)
    kept = {name: None if entry.languages == () else entry for name, entry in small.items()}
    # The encoder that stands in has few layers.
    texts = probes.text_similarity and probes.text_similarity.model_copy(update={"layer": None})
    return probes.model_copy(update={**kept, "text_similarity": texts})


def _small_models(study: Study, sizes: Mapping[str, str]) -> dict[str, ModelEntry]:
    """Adapters and the like that the study gives a model, as far as the one that stands in can have them."""
    changed = {sizes[name]: entry.recipe for name, entry in study.model.items() if name in sizes}
    kept = {name: shrink(recipe, [_in_ladder(name)]) for name, recipe in changed.items()}
    return {name: ModelEntry(recipe=recipe) for name, recipe in kept.items() if recipe}


def _most(entry: Intermediate, study: Study) -> int:
    """The largest of the numbers of examples that an intermediate is tried with."""
    of_base = [one for one in study.intermediate.values() if one is entry or (entry.base and one.base == entry.base)]
    return max(one.num_examples or TRAIN_EXAMPLES for one in of_base)


def _rate(entry: Intermediate, study: Study, catalogue: Catalogue) -> float:
    """How many times the learning rate is that of an intermediate of the same arms; 1 where there is no other."""
    asked = entry.recipe.get("learning_rate")
    others = [one for one in study.intermediate.values() if one is not entry and one.portions == entry.portions]
    if asked is None or not others:
        return 1.0
    task = catalogue.task(entry.all_tasks[0])
    usual = {**task.recipe, **task.intermediate_recipe, **study.recipe, **others[0].recipe}
    return float(asked / usual.get("learning_rate", Recipe().learning_rate))


def _is_audited(name: str, study: Study) -> bool:
    audit = study.selection_audit
    return audit is not None and name in (audit.targets or study.target)


def left_out(study: Study) -> tuple[str, ...]:
    """Languages that the study evaluates and the lab does not have: its twin goes without them."""
    catalogue = catalogue_of(study)
    study = with_benchmarks(study, catalogue)
    wanted = {code for name, entry in study.target.items() for code in _evaluated(study, catalogue, name, entry)}
    return tuple(sorted(code for code in wanted if not in_lab((code,))))


def _evaluated(study: Study, catalogue: Catalogue, name: str, entry: Target) -> tuple[str, ...]:
    return entry.languages or study.languages or catalogue.task(name).languages.get(entry.split, ())


def _refuse_unknown(study: Study, catalogue: Catalogue) -> None:
    lines = []
    for name, hop in study.intermediate.items():
        lines += [f"intermediate {name}: {task}" for task in _unknown(catalogue, hop.all_tasks)]
        lines += [f"intermediate {name}: the language {code}" for code in hop.all_languages if not in_lab((code,))]
    for name, target in study.target.items():
        lines += [f"target {name}: {task}" for task in _unknown(catalogue, (name, *(target.train or ())))]
        languages = _evaluated(study, catalogue, name, target) if _isin_lab(catalogue, name) else ()
        if languages and not in_lab(languages):
            lines.append(f"target {name}: any of its languages ({', '.join(languages)})")
        absent = [code for code in study.sources_of(name) if languages and not in_lab((code,))]
        lines += [f"target {name}: the language {code}, which it is trained in" for code in absent]
    if lines:
        raise UserError("\n  ".join([f"study {study.name}: the lab has no twin of these:", *lines]))


def _unknown(catalogue: Catalogue, tasks: Iterable[str]) -> list[str]:
    known = catalogue.tasks()
    return [name for name in dict.fromkeys(tasks) if name not in known]


def _isin_lab(catalogue: Catalogue, name: str) -> bool:
    return not _unknown(catalogue, (name,)) and not find_absent(catalogue.task(name))


def _stand_ins(study: Study, catalogue: Catalogue) -> Mapping[str, str]:
    """Model -> lab model: those of the lab's ladder stay, the others get its rungs in order of their own sizes."""
    lab = BUILT_IN.ladder(LADDER).models
    taken = {name for name in study.models if name in lab}
    free = [name for name in lab if name not in taken]
    others = sorted((name for name in study.models if name not in taken), key=lambda name: _size(catalogue.model(name)))
    if len(others) > len(free):
        raise UserError(
            f"study {study.name}: {len(others)} models, but the lab has {len(free)} sizes for them ({', '.join(free)})",
            remedy="rehearse it with fewer models: `models` in a copy of the study",
        )
    return dict(zip(others, free, strict=False)) | {name: name for name in taken}


def _in_ladder(name: str) -> ScratchModel:
    model = BUILT_IN.model(name)
    assert isinstance(model, ScratchModel), "the lab's are pretrained from scratch"
    return model


def _size(model: Model) -> float:
    """Parameters of a model; one whose size is not known counts as the largest."""
    return model.num_parameters or math.inf
