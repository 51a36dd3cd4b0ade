"""What of a study's claims it can test: names that it does not have, and reasons why a claim goes without a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from stepstone.catalogue.catalogue import Catalogue
from stepstone.catalogue.claims import find_claims, is_shipped
from stepstone.core.claim import Claim, OrderingTest, Side, SlopeTest, Test
from stepstone.core.errors import UserError, nearest
from stepstone.core.setting import Setting
from stepstone.core.study import Study
from stepstone.planning.claim_terms import ClaimTerms, NamedArm, OfEncoder

FEWEST_SIZES = 3  # two sizes are a difference, not a slope


@dataclass(frozen=True)
class StudyClaim:
    """A claim that a study is asked; `why_not` says why it goes without a test, and is empty where it has one."""

    source: str
    title: str
    url: str
    claim: Claim
    why_not: str = ""


def study_claims(study: Study, catalogue: Catalogue, terms: ClaimTerms) -> tuple[StudyClaim, ...]:
    """The claims of a study, in its order.

    Raises:
        UserError: a file of the study's own names an arm, a target, a model or a part that the study does not have, or
            there are no such claims. What a published paper's list names, or a rehearsal lacks, is a reason instead.
    """
    found: list[StudyClaim] = []
    wrong: list[str] = []
    for name in study.claims:
        listed = find_claims(name)
        for claim in listed.claim:
            unknown = list(_unknown(claim.test, study, terms)) if claim.test else []
            if unknown and not is_shipped(name) and study.rehearsal_of is None:
                wrong += [f"{name}: claim {claim.id}: test.{line}" for line in unknown]
            why_not = claim.untested or "; ".join(unknown) or _why_not(claim, study, catalogue, terms)
            found.append(StudyClaim(name, listed.title, listed.url, claim, why_not))
    if wrong:
        raise UserError("\n  ".join([f"study {study.name}: claims name what it does not have:", *wrong]))
    return tuple(found)


def models_of(test: Test, terms: ClaimTerms) -> tuple[str, ...]:
    """The models that a test is made on, each by itself, or all together where it is over models; of several encoders
    of a size, the size.
    """
    if isinstance(test, SlopeTest | OrderingTest) and test.models:
        return test.models
    return tuple(dict.fromkeys(terms.name(model) for model in terms.encoders)) if test.model is None else (test.model,)


def sides_of(test: Test) -> dict[str, tuple[Side, ...]]:
    """Everything that a test compares, by the key that names it."""
    named = {"arm": test.arm, "against": test.against}
    if isinstance(test, OrderingTest):
        return named if test.models else {"arms": test.arms}
    return named


def side_setting(side: Side, study: Study) -> Setting | None:
    """How the targets of a side are trained; None where the study does not train them so."""
    usual, *_ = study.settings
    wanted = replace(
        usual,
        source_language=side.source_language or usual.source_language,
        num_examples=side.num_examples or usual.num_examples,
        num_shots=usual.num_shots if side.num_shots is None else side.num_shots,
    )
    return next((one for one in study.settings if not one.differs_in(wanted)), None)


def _unknown(test: Test, study: Study, terms: ClaimTerms) -> Iterator[str]:
    """Every name of a test that the study does not have, with its key and the nearest that it has."""
    models = {*terms.encoders, *(one.size for one in terms.encoders.values())}
    for model in (*(getattr(test, "models", ())), *filter(None, [test.model])):
        if model not in models:
            yield f'model: no model "{model}"; {nearest(model, models)}'
    labels = {arm.label for arm in terms.arms}
    for key, sides in sides_of(test).items():
        for side in sides:
            if side.arm not in labels:
                yield f'{key}: no arm "{side.arm}"; {nearest(side.arm, labels)}'
            if side_setting(side, study) is None:
                known = "; ".join(one.text or "one only" for one in study.settings)
                yield f'{key}: targets are not trained as in "{side}"; the study has: {known}'
    for target in test.target:
        if target not in (*terms.parts, *study.benchmarks):
            yield f'target: no target "{target}"; {nearest(target, (*terms.parts, *study.benchmarks))}'
        else:
            yield from _unknown_parts(test, target, terms)


def _unknown_parts(test: Test, target: str, terms: ClaimTerms) -> Iterator[str]:
    known = terms.parts.get(target, {"all": ()})
    minus = test.minus_part or ()
    unknown = [
        (key, one) for key, parts in (("part", test.part), ("minus_part", minus)) for one in parts if one not in known
    ]
    for key, part in unknown:
        yield f'{key}: {target} has no part "{part}"; {nearest(part, known)}'
    if minus and not unknown and _codes(test.part, known) == _codes(minus, known):
        yield f"minus_part: on {target} these are the languages of part, so that nothing is left"


def _codes(parts: Sequence[str], known: Mapping[str, Sequence[str]]) -> set[str]:
    return {code for part in parts for code in known[part]}


def _why_not(claim: Claim, study: Study, catalogue: Catalogue, terms: ClaimTerms) -> str:
    """Why a test whose names are all there cannot be made; empty where it can."""
    test = claim.test
    assert test is not None, "a claim without a test says why"
    encoders = [terms.encoders[model] for name in models_of(test, terms) for model in terms.named(name)]
    is_replicated = len({one.size for one in encoders}) < len(encoders)
    if len(study.seeds) == 1 and not is_replicated:
        return "one seed says nothing of another run"
    if isinstance(test, SlopeTest) and (why := _no_slope(encoders)):
        return why
    lacking = [f"{name}: {why}" for name in test.target if (why := _lacking(name, catalogue, terms))]
    absent = _absent(test, study, terms)
    return "; ".join([*lacking, *absent])


def _no_slope(encoders: Sequence[OfEncoder]) -> str:
    unknown = dict.fromkeys(one.size for one in encoders if one.num_parameters is None)
    if unknown:
        return f"the size of {', '.join(unknown)} is not known"
    without_embeddings = {one.num_layer_parameters for one in encoders}
    num = len({one.num_parameters for one in encoders} if None in without_embeddings else without_embeddings)
    if num < FEWEST_SIZES:
        return "there is one size" if num < 2 else "two sizes are a difference, not a slope"
    if len({one.ladder for one in encoders}) > 1 or not encoders[0].ladder:
        named = ", ".join(dict.fromkeys(one.size for one in encoders))
        return f"{named} are of no one ladder, so that they differ in more than size"
    return ""


def _lacking(target: str, catalogue: Catalogue, terms: ClaimTerms) -> str:
    """What a benchmark's average lacks in the study; a target lacks nothing."""
    if target in terms.parts:
        return ""
    parts = catalogue.benchmark(target).parts
    lacks = [one.task for one in parts if not set(one.languages) <= set(terms.parts.get(one.task, {}).get("all", ()))]
    return f"the study lacks of it {', '.join(lacks)}" if lacks else ""


def _absent(test: Test, study: Study, terms: ClaimTerms) -> Iterator[str]:
    """Arms that the study does not evaluate on a target, such as a control where no target is trained."""
    targets = [name for name in test.target if name in terms.parts]
    for side in dict.fromkeys(side for sides in sides_of(test).values() for side in sides):
        setting = side_setting(side, study)
        for model in (model for name in models_of(test, terms) for model in terms.named(name)):
            there = terms.arms.get(NamedArm(model, side.arm, setting.text if setting else ""), frozenset())
            for target in targets:
                if target not in there:
                    yield f"{side} is not evaluated on {target} ({model})"
