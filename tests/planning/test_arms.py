"""Arms become stages: one portion is a fine-tuning as ever, several are a mixture; what they share is shared."""

from __future__ import annotations

import pytest

from stepstone.core.errors import UserError
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.specs.mixture import MixtureSpec
from stepstone.planning.plan import Plan


def spec_of(planned: Plan, label: str) -> FinetuneSpec | MixtureSpec:
    spec = planned.stages[planned.labels[label]].spec
    assert isinstance(spec, FinetuneSpec | MixtureSpec)
    return spec


ARMS = {
    "en": ["mnli:en"],
    "ja": ["jnli:ja"],
    "both": ["mnli:en", "jnli:ja"],
    "chain": ["mnli:en", "then", "jnli:ja"],
}


def test_arms_of_one_portion_have_the_keys_of_the_short_form(make_plan) -> None:
    short = make_plan(intermediate={"nli": {"tasks": {"en": "mnli", "ja": "jnli"}, "num_examples": 20}})
    long = make_plan(intermediate={"nli": {"arms": {"en": "mnli:en", "ja": ["jnli:ja"]}, "num_examples": 20}})
    assert list(short.stages) == list(long.stages)
    assert short.cells == long.cells


def test_a_chain_shares_its_first_hop_with_the_arm_that_ends_there(make_plan) -> None:
    planned = make_plan(intermediate={"nli": {"arms": ARMS, "num_examples": 20}})
    labels = planned.labels
    assert labels["alpha/nli.chain:1/s1"] == labels["alpha/nli.en/s1"]
    assert planned.stages[labels["alpha/nli.chain/s1"]].parents == (labels["alpha/nli.en/s1"],)
    assert spec_of(planned, "alpha/nli.chain/s1") == spec_of(planned, "alpha/nli.ja/s1")


def test_a_mixture_has_as_many_examples_as_the_arms_beside_it_and_one_head_for_equal_labels(make_plan) -> None:
    planned = make_plan(intermediate={"nli": {"arms": ARMS, "num_examples": 21}})
    spec = spec_of(planned, "alpha/nli.both/s1")
    assert isinstance(spec, MixtureSpec)
    assert [(one.name, one.data[0].num_examples, one.head) for one in spec.portions] == [
        ("mnli.en", 11, "mnli"),
        ("jnli.ja", 10, "mnli"),
    ]
    own = {(cell.target, cell.language) for cell in planned.own_cells if cell.condition == "nli.both"}
    assert own == {("mnli", "en"), ("jnli", "ja")}
    assert {cell.intermediate_language for cell in planned.cells if cell.arm == "both"} == {"en+ja"}
    assert {cell.method for cell in planned.cells} == {None, "single", "mixture", "chain"}


def test_a_difference_in_one_thing_is_a_difference_of_the_key_in_that_thing(make_plan) -> None:
    def payload(**changes: object) -> dict:
        entry = {"arms": {"both": ["mnli:en", "jnli:ja"]}, "num_examples": 20, **changes}
        planned = make_plan(intermediate={"nli": entry})
        return planned.stages[planned.labels["alpha/nli.both/s1"]].payload()

    plain, hot = payload(), payload(mixing={"temperature": 2.0})
    assert hot["spec"].pop("mixing") == {"temperature": 2.0} and "mixing" not in {
        name for name, value in plain["spec"].items() if value
    }
    plain["spec"].pop("mixing", None)
    assert hot == plain


def test_hops_may_change_language_and_come_after_one_arm_of_another(make_plan) -> None:
    planned = make_plan(
        intermediate={
            "first": {"tasks": {"en": "mnli", "ja": "jnli"}},
            "second": {"arms": {"x": ["jnli:ja"]}, "after": "first.en"},
        }
    )
    assert planned.stages[planned.labels["alpha/second.x/s1"]].parents == (planned.labels["alpha/first.en/s1"],)
    with pytest.raises(UserError, match=r'second.arms.x: comes after "first", which has no arm "x" that is trained'):
        make_plan(
            intermediate={"first": {"tasks": {"en": "mnli"}}, "second": {"arms": {"x": "jnli:ja"}, "after": "first"}}
        )


@pytest.mark.parametrize(
    ("portions", "message"),
    [
        (
            [{"task": "mnli", "language": "en", "head": "one"}, {"task": "squad", "language": "en", "head": "one"}],
            r'intermediate.many.arms.all: the head "one" cannot be that of mnli.en and squad.en, .* name another head',
        ),
        (
            [{"task": "mnli", "language": "en", "head": "squad"}, "squad:en"],
            r'the head "squad" cannot be that of mnli.en and squad.en',
        ),
        (["mnli:en", {"task": "mnli", "language": ["en"], "loss_weight": 2.0}], r'"mnli:en" is in one hop twice'),
        (["panx:en+de", "panx:en"], r"intermediate.many.arms.all: panx.en is in one hop twice"),
    ],
)
def test_what_cannot_share_a_head_and_what_is_named_twice_is_refused(make_plan, portions: list, message: str) -> None:
    with pytest.raises(UserError, match=message):
        make_plan(intermediate={"many": {"arms": {"all": portions}}}, lab={})


MNLI = {"task": "mnli", "language": "en"}


@pytest.mark.parametrize(
    ("portions", "message"),
    [
        (
            [{**MNLI, "exponent": 0.5}, "jnli:ja"],
            r"many.arms.x: mnli.en: exponent is for running text, and mnli has labels",
        ),
        ([{**MNLI, "allow_overlap": True}, "jnli:ja"], r"arms.x: mnli.en: allow_overlap is for running text"),
        ([{**MNLI, "loss_weight": 2.0}], r"arms.x: mnli.en: loss_weight is for portions of a mixture"),
        ([{**MNLI, "head": "one"}], r"arms.x: mnli.en: head is for portions of a mixture"),
        (
            [{**MNLI, "recipe": {"learning_rate": 1.0}}, "jnli:ja"],
            r"recipe.learning_rate: all portions share it; set it in ",
        ),
        ([{**MNLI, "recipe": {"batch_size": 8}}, "jnli:ja"], r"recipe.batch_size: a step holds inputs of all portions"),
    ],
)
def test_what_a_portion_says_in_vain_is_refused(make_plan, portions: list, message: str) -> None:
    with pytest.raises(UserError, match=message):
        make_plan(intermediate={"many": {"arms": {"x": portions, "y": ["mnli:en", "jnli:ja"]}}}, lab={})


def test_a_portion_has_lengths_and_in_steps_of_its_own_a_batch_size(make_plan) -> None:
    portions = [{**MNLI, "recipe": {"max_length": 32, "batch_size": 8}}, "jnli:ja"]
    entry = {"arms": {"x": portions}, "mixing": {"batches": "single"}}
    spec = spec_of(make_plan(intermediate={"many": entry}), "alpha/many.x/s1")
    assert isinstance(spec, MixtureSpec) and (spec.portions[0].batch_size, spec.portions[0].limits.max_length) == (
        8,
        32,
    )


def test_how_to_mix_is_refused_where_nothing_is_mixed(make_plan) -> None:
    entry = {"arms": {"x": ["mnli:en", "then", "jnli:ja"]}, "mixing": {"temperature": 2.0}}
    with pytest.raises(UserError, match="many: mixing: is of hops of several portions, and no arm has one"):
        make_plan(intermediate={"many": entry})


def test_more_examples_than_the_lab_writes_are_refused_but_of_a_rehearsal(make_plan) -> None:
    entry = {"tasks": {"en": "mnli"}, "num_examples": 1_000_000}
    with pytest.raises(UserError, match=r"num_examples = 1000000, but mnli has 8000 in en; .* at_most = true"):
        make_plan(intermediate={"nli": entry}, lab={})
    assert make_plan(intermediate={"nli": {**entry, "at_most": True}}, lab={}).stages
    assert make_plan(intermediate={"nli": entry}, lab={}, rehearsal_of="x").stages


def test_a_text_and_its_round_trip_are_two_portions(make_plan) -> None:
    entry = {"arms": {"all": ["mnli:en", "mnli:en>ja>en"]}, "translator": "mt"}
    planned = make_plan(intermediate={"nli": entry}, translator={"mt": {"noise": 0.0}}, lab={})
    spec = spec_of(planned, "alpha/nli.all/s1")
    assert isinstance(spec, MixtureSpec)
    names = [one.name for one in spec.portions]
    assert names[0] == "mnli.en" and len(set(names)) == 2 and "en>ja>en" in names[1]


def test_the_labels_of_a_hop_that_are_another_s_are_another_head(make_plan) -> None:
    entry = {"arms": {"all": ["mnli:en", "squad:en", {"task": "jnli", "language": "ja", "head": "own"}]}}
    spec = spec_of(make_plan(intermediate={"many": entry}), "alpha/many.all/s1")
    assert isinstance(spec, MixtureSpec) and [one.head for one in spec.portions] == ["mnli", "squad", "own"]
