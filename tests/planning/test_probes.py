"""Probes: which checkpoints have them, on what they are planned, and what a study cannot ask."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from invented import LINES, STUDY
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.specs.probe import LayerProbeSpec, MlmProbeSpec
from stepstone.core.study import Study
from stepstone.lab import write
from stepstone.pipeline.jobs import find_missing, make_jobs
from stepstone.planning.checkpoints import evaluations
from stepstone.planning.heads import find_lost, find_unfit, recorded
from stepstone.planning.plan import Plan, plan
from stepstone.planning.rehearse import rehearse

BOTH = {"mlm": {"task": "text", "languages": ["en", "de"]}, "layers": "tatoeba"}


@pytest.fixture(autouse=True)
def _text(data: Path) -> None:
    for language in ("en", "de"):
        path = data / "text" / "own" / f"{language}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("d.0\tThe ferry leaves.\n")


def _probed(planned: Plan) -> Counter[tuple[str, str, str | None, str]]:
    return Counter((cell.condition, cell.checkpoint, cell.target, cell.measure) for cell in planned.probe_cells)


def test_the_encoder_and_every_checkpoint_after_hops_and_targets_is_probed(make_plan) -> None:
    planned = make_plan(seeds=[1], probes=BOTH)
    # Tatoeba is evaluated in de and ja, text is asked in en and de; a target without training has no checkpoint.
    arms = [(condition, "target", target) for condition in ("none", "nli.en", "nli.ja") for target in ("xnli", "xquad")]
    arms += [("none", "encoder", None), ("nli.en", "intermediate", None), ("nli.ja", "intermediate", None)]
    assert _probed(planned) == {(*arm, measure): 2 for arm in arms for measure in ("mlm_loss", "retrieval")}
    assert planned.num_stages["mlm_probe"] == planned.num_stages["layer_probe"] == 2 * len(arms)


def test_the_encoder_is_probed_once_for_all_seeds_and_lends_its_head_to_the_others(make_plan, store) -> None:
    planned = make_plan(probes=BOTH)
    cells = [cell for cell in planned.probe_cells if cell.checkpoint == "encoder" and cell.measure == "mlm_loss"]
    assert len(cells) == 4 and len({cell.key for cell in cells}) == 2
    origin = planned.labels["alpha"]
    assert planned.stages[cells[0].key].by_role == {"checkpoint": origin, "encoder": origin}
    after = planned.stages[planned.labels["alpha/nli.ja/xnli/probe:mlm_loss+text/s2/de"]]
    assert after.by_role == {"checkpoint": planned.labels["alpha/nli.ja/xnli/s2"], "encoder": origin}
    jobs = make_jobs(planned.stages, find_missing(planned.stages, store))
    (job,) = [job for job in jobs if after in job.stages]
    assert job.label == "alpha/nli.ja/xnli/s2" and origin in job.needs


def test_two_probes_of_one_pass_are_one_stage_cut_as_the_target_is(make_plan) -> None:
    probes = {"layers": "tatoeba", "alignment": "tatoeba"}
    target = {"tatoeba": {"recipe": {"max_length": 77}}}
    planned = make_plan(seeds=[1], languages=["de", "ja"], intermediate={}, target=target, probes=probes)
    first, second = [cell for cell in planned.probe_cells if cell.language == "ja"]
    assert first.key == second.key and (first.measure, second.measure) == ("retrieval", "alignment")
    spec = planned.stages[first.key].spec
    assert isinstance(spec, LayerProbeSpec) and spec.limits.max_length == 77
    probes["alignment"] = {"task": "tatoeba", "num_examples": 100}
    planned = make_plan(seeds=[1], languages=["de", "ja"], intermediate={}, target=target, probes=probes)
    assert planned.num_stages["layer_probe"] == 4


def test_the_amount_of_text_is_bounded_unless_asked_otherwise(make_plan) -> None:
    planned = make_plan(seeds=[1], probes={"mlm": {"task": "text", "languages": ["de"]}, "checkpoints": ["encoder"]})
    (cell,) = planned.probe_cells
    spec = planned.stages[cell.key].spec
    assert isinstance(spec, MlmProbeSpec) and (spec.data.split, spec.data.num_examples) == ("train", 1000)


def test_probes_change_nothing_else(make_plan) -> None:
    plain, probed = make_plan(), make_plan(probes=BOTH)
    assert set(plain.stages) < set(probed.stages) and plain.cells == probed.cells
    added = set(probed.stages) - set(plain.stages)
    assert added == {cell.key for cell in probed.probe_cells} <= probed.asides
    checkpoint = probed.labels["alpha/none/xnli/s1"]
    assert not added & {stage.key for stage in evaluations(probed, checkpoint)}
    # A training that only a probe is left of is not done for it.
    scores = [key for key, stage in probed.stages.items() if stage.checkpoint == checkpoint and key not in added]
    assert checkpoint in find_lost(probed.stages, scores, probed.asides)


def test_what_an_encoder_cannot_be_probed_for_is_said_as_soon_as_it_is_there(make_plan, store, fill) -> None:
    planned = make_plan(seeds=[1], probes=BOTH)
    fill(planned.stages[planned.labels["alpha"]], has_language_model=False)
    unfit = find_unfit(planned.stages, planned.catalogue, recorded(store))
    assert {planned.stages[key].kind for key in unfit} == {"mlm_probe"}
    assert len(unfit) == planned.num_stages["mlm_probe"] and "language-model head" in next(iter(unfit.values()))
    fill(planned.stages[planned.labels["alpha"]], has_language_model=True, has_mask_token=False)
    unfit = find_unfit(planned.stages, planned.catalogue, recorded(store))
    assert {planned.stages[key].kind for key in unfit} == {"mlm_probe"}
    assert "has no mask token" in next(iter(unfit.values()))
    fill(planned.stages[planned.labels["alpha"]], has_language_model=True, num_positions=64)
    assert {planned.stages[key].kind for key in find_unfit(planned.stages, planned.catalogue, recorded(store))} >= {
        "mlm_probe",
        "layer_probe",
    }


def _chain(data: Path, *names: str) -> dict[str, object]:
    for split in ("train", "dev"):
        (data / f"snli_1.0_{split}.jsonl").write_text(LINES)
    return {"target": {"xnli": {"train": list(names)}}, "languages": ["en", "de"], "probes": {"earlier_tasks": True}}


def test_a_mixture_with_running_text_is_read_under_its_own_head_and_what_comes_after_is_not(make_plan) -> None:
    arms = {"en": "mnli:en", "mlm": ["mnli:en", "text:en"], "after": ["text:en", "then", "mnli:en"]}
    nli = {"arms": arms, "num_examples": 100, "at_most": True, "recipe": {"num_steps": 3, "selection": "last"}}
    probes = {"mlm": {"task": "text", "languages": ["en"]}}
    target = {"xnli": {}}
    planned = make_plan(seeds=[1], languages=["de"], intermediate={"nli": nli}, target=target, probes=probes)
    heads = {(cell.condition, cell.checkpoint): planned.stages[cell.key].spec.head for cell in planned.probe_cells}
    assert {place for place, head in heads.items() if head} == {("nli.mlm", "intermediate")}
    # What changed is from the encoder, all the same.
    assert len({cell.reference for cell in planned.probe_cells}) == 1


def test_checkpoints_after_shots_are_probed(make_plan) -> None:
    probes = {"mlm": {"task": "text", "languages": ["en"]}, "checkpoints": ["target"]}
    asked = {"seeds": [1], "languages": ["en", "de"], "intermediate": {}, "target": {"pawsx": {}}, "lab": {}}
    planned = make_plan(**asked, num_shots=[0, 4], probes=probes)
    found = {(cell.condition, cell.target): planned.stages[cell.key].checkpoint for cell in planned.probe_cells}
    assert found["none@shots=4", "pawsx+de"] == planned.labels["alpha/none@shots=4/pawsx+de/s1"]
    assert found["none", "pawsx"] == planned.labels["alpha/none/pawsx/s1"] and ("none", "pawsx+de") not in found


def test_an_earlier_task_is_scored_again_while_its_head_is_kept(make_plan, data) -> None:
    planned = make_plan(seeds=[1], intermediate={}, **_chain(data, "snli", "mnli"))
    first, last = planned.probe_cells
    assert (first.target, last.target) == ("xnli:snli", "xnli") and {first.task, last.task} == {"snli"}
    assert first.reference == last.reference == first.key != last.key
    before, after = planned.stages[first.key], planned.stages[last.key]
    assert before.spec == after.spec and before.spec.uses()[0].split == "dev"
    assert before.checkpoint == planned.labels["alpha/none/xnli:snli/s1"]
    assert after.checkpoint == planned.labels["alpha/none/xnli/s1"]
    assert {first.key, last.key} == planned.asides


def test_a_task_whose_head_is_dropped_is_not_scored_again_and_that_is_said(make_plan, data) -> None:
    planned = make_plan(seeds=[1], **_chain(data, "squad", "mnli"))
    assert planned.probe_cells == ()
    assert any(note.startswith("probes.earlier_tasks: no target goes on") for note in planned.notes)


def test_a_rehearsal_probes_less_in_the_lab_s_languages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    probes = {
        "mlm": {"task": "text", "languages": ["de", "sv"]},
        "layers": {"task": "tatoeba_laser", "languages": ["sv"]},
        "alignment": "tatoeba",
    }
    monkeypatch.setattr(write, "generates", lambda task: task.name != "tatoeba")
    study = Study.parse({**STUDY, "seeds": [1], "probes": probes, "target": {"xnli": {}}, "languages": ["en", "de"]})
    planned = plan(rehearse(study), Place(cache=tmp_path))
    assert {(cell.measure, cell.language) for cell in planned.probe_cells} == {("mlm_loss", "de")}
    spec = planned.stages[planned.probe_cells[0].key].spec
    assert isinstance(spec, MlmProbeSpec) and spec.data.num_examples == 200
    assert planned.notes == ("the lab has no twin of tatoeba; left out: probes.alignment",)


@pytest.mark.parametrize(
    ("probes", "said"),
    [
        ({"mlm": "txt"}, 'probes.mlm: no task is called "txt"; did you mean "text"?'),
        ({"mlm": "xnli"}, "probes.mlm: xnli is classification, not running text; such are text"),
        ({"layers": "text"}, "probes.layers: text is mlm, not translations that are to be found"),
        (
            {"alignment": {"task": "tatoeba", "languages": ["sw", "gu"]}},
            'probes.alignment.languages: tatoeba has no test in "gu"',
        ),
        ({"layers": {"task": "tatoeba", "split": "tset"}}, 'probes.layers: tatoeba has no split "tset"'),
        ({"mlm": "text"}, "- text: train in ja"),
    ],
)
def test_what_cannot_be_probed_is_a_mistake_that_names_its_key(make_plan, probes, said) -> None:
    with pytest.raises(UserError) as caught:
        make_plan(probes=probes)
    assert said in str(caught.value)
    assert str(caught.value).count(said) == 1
