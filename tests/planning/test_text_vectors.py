"""Vectors of texts: of which tasks they are planned, once for all that read them, and for whom there are none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stepstone.core.errors import UserError
from stepstone.core.specs.probe import TextVectorSpec
from stepstone.core.study import Study
from stepstone.planning.heads import find_unfit, recorded
from stepstone.planning.plan import Plan
from stepstone.planning.probe_cells import TEXT
from stepstone.planning.rehearse import rehearse
from stepstone.store.store import Store

ASKED = {"seeds": [1, 2], "probes": {"text_similarity": True}}


def read(planned: Plan) -> dict[tuple[str, str | None], list[str]]:
    """The splits that are read for every arm and target."""
    found: dict[tuple[str, str | None], list[str]] = {}
    for cell in planned.probe_cells:
        (use,) = planned.stages[cell.key].spec.uses()
        assert cell.measure == TEXT and cell.checkpoint == "encoder"
        found.setdefault((cell.condition, cell.target), []).append(f"{use.task}.{use.split}.{use.language}")
    return found


def test_arms_are_read_by_what_they_train_on_and_targets_by_theirs_or_by_what_is_evaluated(
    make_plan: Callable[..., Plan],
) -> None:
    planned = make_plan(**ASKED)
    assert read(planned) == {
        ("nli.en", None): ["mnli.train.en"],
        ("nli.ja", None): ["jnli.train.ja"],
        ("none", "xnli"): ["mnli.train.en"],
        ("none", "xquad"): ["squad.train.en"],
        ("none", "tatoeba"): ["tatoeba.test.de", "tatoeba.test.ja"],
    }
    # One stage for all seeds, arms and targets that read a split; no other stage and no score moves.
    assert planned.num_stages["text_vector"] == 5
    plain = make_plan(seeds=[1, 2])
    assert set(plain.stages) == set(planned.stages) - {cell.key for cell in planned.probe_cells}
    assert plain.cells == planned.cells and {cell.key for cell in planned.probe_cells} <= planned.asides


def test_of_a_mixture_and_of_a_merge_all_parts_are_read_and_of_a_control_none(make_plan: Callable[..., Plan]) -> None:
    arms = {"en": "mnli:en", "ja": "jnli:ja", "both": ["mnli:en", "jnli:ja"], "mean": {"merge": ["en", "ja"]}}
    nli = {"arms": arms, "num_examples": 100, "at_most": True, "recipe": {"num_steps": 4}}
    target = {"xnli": {"recipe": {"num_steps": 4}}}
    changes = {"languages": ["en", "de"], "target": target, "control": "target"}
    planned = make_plan(**ASKED, **changes, intermediate={"nli": nli})
    both = ["mnli.train.en", "jnli.train.ja"]
    found = read(planned)
    assert found["nli.both", None] == found["nli.mean", None] == both
    assert set(found) == {*((f"nli.{arm}", None) for arm in arms), ("none", "xnli")}


def test_how_many_texts_and_which_layer_are_the_study_s(make_plan: Callable[..., Plan]) -> None:
    planned = make_plan(seeds=[1], probes={"text_similarity": {"num_examples": 7, "layer": 2}})
    specs = [stage.spec for stage in planned.stages.values() if isinstance(stage.spec, TextVectorSpec)]
    assert {(spec.data.num_examples, spec.layer) for spec in specs} == {(7, 2)}
    assert not make_plan(seeds=[1], probes={"text_similarity": False}).probe_cells


def test_a_translated_arm_is_not_compared_and_that_is_said(make_plan: Callable[..., Plan]) -> None:
    arms = {"en": "mnli:en", "mt": {"task": "mnli", "language": "en", "to": "de"}}
    asked = {"lab": {}, "languages": ["en", "de"], "target": {"pawsx": {}}, "translator": {"to_de": {"noise": 0.1}}}
    nli = {"arms": arms, "num_examples": 100, "translator": "to_de"}
    planned = make_plan(**ASKED, **asked, intermediate={"nli": nli})
    assert ("nli.mt", None) not in read(planned) and ("nli.en", None) in read(planned)
    assert "probes.text_similarity: nli.mt is translated, and not compared" in planned.notes


def test_a_layer_that_the_encoder_lacks_is_told_before_any_training(
    make_plan: Callable[..., Plan], store: Store, fill: Callable[..., object]
) -> None:
    planned = make_plan(seeds=[1], probes={"text_similarity": {"layer": 24}})
    fill(planned.stages[planned.labels["alpha"]], num_layers=12)
    unfit = find_unfit(planned.stages, planned.catalogue, recorded(store))
    assert {planned.stages[key].kind for key in unfit} == {"text_vector"}
    assert "layer 24 of 12 is asked for (the encoder alpha)" in next(iter(unfit.values()))
    # What stands in for the encoder in a rehearsal has fewer layers still.
    assert rehearse(planned.study).probes.text_similarity.layer is None  # type: ignore[union-attr]


def test_a_study_that_chooses_among_a_grid_may_ask_for_it_and_not_for_probes_of_checkpoints() -> None:
    grid = {"recipe": {"learning_rate": [1e-05, 3e-05]}, "choose": "source-dev"}
    study = {"name": "any", "models": ["xlm-roberta-base"], "target": {"xnli": {}}, "grid": grid}
    assert Study.parse({**study, "probes": {"text_similarity": True}}).probes.text_similarity
    with pytest.raises(UserError, match="probes read all checkpoints"):
        Study.parse({**study, "probes": {"layers": "tatoeba"}})
