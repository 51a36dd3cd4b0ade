"""What a plan takes and what a run did, in lines, for the command line and for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stepstone.core.duration import duration
from stepstone.core.several import listed, together
from stepstone.pipeline.outcome import Outcome
from stepstone.planning.claims import StudyClaim
from stepstone.planning.plan import Plan
from stepstone.planning.sizes import describe_ladders
from stepstone.store.failures import Failure

_NAMED = 4  # stages named of those that have one message
NO_KEYS = (
    "planned without its data: what it holds is unknown, so that nothing can be run, stages have no keys, and "
    "intermediate tasks are counted as scored by themselves wherever they declare held-out data"
)


def describe_plan(plan: Plan) -> list[str]:
    """What a study takes, and what separate runs would."""
    kinds = ", ".join(f"{num:,} {kind}" for kind, num in plan.num_stages.items())
    planned, separate = plan.num_stages.get("finetune", 0), plan.requested.get("finetune", 0)
    return [
        f"{plan.study.name}: {len(plan.cells):,} scores from {len(plan.stages):,} stages ({kinds})",
        f"shared work: {planned:,} fine-tunes where separate runs take {separate:,}",
        *describe_ladders(plan.study, plan.cells),
        *plan.notes,
        *describe_claims(plan.claims),
        *([] if has_keys(plan) else [NO_KEYS]),
    ]


def has_keys(plan: Plan) -> bool:
    """Whether the keys of its stages are those of a run."""
    return plan.place.with_data or plan.study.lab is not None


def describe_claims(claims: Sequence[StudyClaim]) -> list[str]:
    """How many claims are tested, and why each of the others is not."""
    untested = [f"  not tested: {one.source} {one.claim.id}: {one.why_not}" for one in claims if one.why_not]
    return [f"claims: {len(claims) - len(untested)} of {len(claims)} are tested", *untested] if claims else []


def describe_outcome(outcome: Outcome) -> list[str]:
    """What a run did, which stages failed and where their logs are."""
    kept = f", {outcome.num_kept:,} were there" if outcome.num_kept else ""
    lines = [f"{outcome.num_done:,} stages done{kept}, in {duration(outcome.seconds)}"]
    for message, labels in outcome.notes.items():
        lines.append(f"noted of {len(labels):,} stages ({listed(list(labels), _NAMED)}): {message}")
    lines += describe_failures(outcome.failures)
    if outcome.blocked:
        lines.append(f"not tried, because what they need failed: {len(outcome.blocked):,} stages")
    if outcome.num_left and not outcome.interrupted:
        lines.append(f"time is up: {outcome.num_left:,} stages are left; the same command continues")
    if outcome.interrupted:
        lines.append("interrupted; the same command continues where this one stopped")
    return lines


def describe_failures(failures: Iterable[Failure]) -> list[str]:
    """What failed and why, each reason once; of several stages the log of the first is named."""
    lines = []
    for message, failed in together((one.message, one) for one in failures).items():
        many = f"{len(failed):,} stages ({listed([one.label for one in failed], _NAMED)})"
        lines.append(f"failed: {failed[0].label if len(failed) == 1 else many}: {message}")
        logs = [one.log for one in failed if one.log]
        lines += [f"  log: {logs[0]}"] if logs else []
    return lines
