"""What docs/scale.md says of large studies and clusters, at small sizes: the real driver on a simulated cluster."""

from __future__ import annotations

import cProfile
import pstats
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bounds import Bounds, Use, bound, dealt, use_of
from simulated import Cluster, Roomy, Seconds, Span, Unseen, drawn, widened

from stepstone.core.place import Place
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.evidence.frame import collect
from stepstone.pipeline import waiting
from stepstone.pipeline.jobs import Job, find_missing, make_jobs
from stepstone.pipeline.outcome import Outcome
from stepstone.pipeline.run import run
from stepstone.pipeline.waiting import WaitingJobs
from stepstone.planning.plan import Plan, plan
from stepstone.store.store import Store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def planned() -> Plan:
    return plan(widened(2))


def drive(planned: Plan, cluster: Cluster, folder: Path) -> Outcome:
    return run(planned, Store(folder / "store", origin=Roomy), cluster, watch=Unseen(), clock=cluster.clock)


def held(planned: Plan, cluster: Cluster, seconds: Seconds) -> tuple[Use, Bounds]:
    jobs = make_jobs(planned.stages, set(planned.stages))
    least = bound(jobs, {key: seconds(stage) for key, stage in planned.stages.items()}, cluster.num_slots)
    return use_of(cluster.spans, jobs, cluster.ended, cluster.num_slots), least


def test_devices_are_busy_where_the_graph_allows_it_and_were_not_in_the_plan_s_order(
    planned: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {}
    for margin in (0.0, waiting.MARGIN):
        monkeypatch.setattr(waiting, "MARGIN", margin)
        cluster, seconds = Cluster(32, drawn(planned)), drawn(planned)
        outcome = drive(planned, cluster, tmp_path / str(margin))
        assert (outcome.num_done, outcome.exit_status) == (len(planned.stages), 0)
        found[margin], least = held(planned, cluster, seconds)
        assert outcome.seconds == pytest.approx(found[margin].makespan), "the run is timed by the cluster's clock"
        assert least.simple <= least.graph <= found[margin].makespan
        assert found[margin].available == pytest.approx(1.0), "nothing is idle while something could begin"
    assert least.share / least.graph > 0.99
    assert found[waiting.MARGIN].overall >= 0.95 > 0.92 > found[0.0].overall


def test_nothing_is_lost_or_done_again_when_workers_die(planned: Plan, tmp_path: Path) -> None:
    seconds = drawn(planned)
    cluster = Cluster(32, seconds, deaths_per_hour=0.05)
    outcome = drive(planned, cluster, tmp_path)
    use, least = held(planned, cluster, seconds)
    assert cluster.num_deaths > 20 and not outcome.failures and not outcome.blocked
    assert outcome.num_done == len(planned.stages) and cluster.ended.keys() == planned.stages.keys()
    assert least.share * 32 <= use.busy < 1.05 * least.share * 32, "a death costs what came after the last resume point"
    assert use.overall >= 0.9


def test_durations_are_dealt_anew_among_those_that_look_alike(planned: Plan) -> None:
    jobs = make_jobs(planned.stages, set(planned.stages))
    equal = [Span(job.id, 0.0, 60.0, 1) for job in jobs]
    assert dealt(equal, jobs) == (60.0, 60.0, 60.0)
    # One of many that nothing waits for takes long, and whichever it is begins at some time of its own.
    spans = [Span(span.job, float(place), place + 60.0, 1) for place, span in enumerate(equal)]
    early, middle, late = dealt([*spans[:-1], spans[-1]._replace(end=spans[-1].begin + 5000.0)], jobs)
    assert 5000.0 <= early < middle < late <= len(jobs) + 5000.0


def test_what_a_stage_costs_to_plan_and_to_drive_does_not_grow_with_their_number(tmp_path: Path) -> None:
    """Ten times as many: when all jobs were looked at for each event, a stage took four times as much to drive."""
    costs = {}
    for num in (1, 10):
        tries = []
        for place in range(3 if num == 1 else 1):
            began = time.process_time()
            planned = plan(widened(num))
            middle, cluster = time.process_time(), Cluster(1000, drawn(planned))
            drive(planned, cluster, tmp_path / f"{num}-{place}")
            tries.append((middle - began, time.process_time() - middle - cluster.spent))
        costs[num] = [min(one) / len(planned.stages) for one in zip(*tries, strict=True)]
    assert costs[10][0] < 2.5 * costs[1][0] and costs[10][1] < 2.5 * costs[1][1], costs


def _wait(planned: Plan, num_slots: int, seconds: float = 1.0) -> tuple[list[Job], WaitingJobs]:
    jobs = make_jobs(planned.stages, set(planned.stages))
    return jobs, WaitingJobs(jobs, dict.fromkeys(planned.stages, seconds), num_slots)


def _taken(found: WaitingJobs) -> list[str]:
    """Labels in the order in which one device takes them."""
    labels = []
    while job := found.first():
        found.remove(job)
        labels.append(job.label)
        for stage in job.stages:
            found.note(stage.key)
    return labels


def _calls(work: Callable[[], object], name: str = "") -> int:
    """How often Python calls a function of that name, or any, during some work."""
    profile = cProfile.Profile()
    profile.runcall(work)
    found = pstats.Stats(profile).stats.items()  # type: ignore[attr-defined]
    return sum(counts[1] for (_, _, called), counts in found if name in ("", called))


def test_what_a_cell_costs_to_collect_does_not_grow_with_the_ways_to_train(tmp_path: Path) -> None:
    def cost(num: int) -> int:
        targets = {"xquad": {}, "xnli": {}, "udpos": {}}
        table = {"name": "s", "lab": {}, "models": ["lab-small"], "seeds": [1], "languages": ["de"], "target": targets}
        study = Study.parse({**table, "num_target_examples": list(range(100, 100 + num))})
        made = plan(study, Place(cache=tmp_path, use_hub=False))
        return _calls(lambda: collect(made, Store(tmp_path / "store")))

    cost(2)
    few, some, many = cost(4), cost(16), cost(64)
    assert (many - some) / 48 < 1.2 * (some - few) / 12


def test_what_was_never_made_is_looked_for_once(planned: Plan, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert _calls(lambda: find_missing(planned.stages, store), "checked") == len(planned.stages)


def test_one_device_and_few_devices_keep_the_plan_s_order(make_plan: Callable[..., Plan]) -> None:
    """So tables fill seed by seed; only what waits for what cannot be begun in it."""
    jobs, found = _wait(make_plan(), 1)
    assert _taken(found) == [job.label for job in jobs] and not len(found)


def test_many_devices_begin_with_what_the_end_waits_for(make_plan: Callable[..., Plan]) -> None:
    planned = make_plan()
    _, found = _wait(planned, 100)
    first, *others = _taken(found)
    assert first == "alpha"
    # The intermediates of both seeds, with three targets each behind them, before targets of the encoder itself.
    assert {label.split("/")[1] for label in others[:4]} == {"nli.en", "nli.ja"}
    assert [label.rpartition("/")[2] for label in others[:4]].count("s2") == 2


def test_a_job_that_is_put_back_is_the_first_again(make_plan: Callable[..., Plan]) -> None:
    jobs, found = _wait(make_plan(), 2)
    for _ in range(100):
        job = found.first()
        assert job is jobs[0]
        found.remove(job)
        assert found.first() is None, "all others need the encoder"
        found.put_back(job)
    assert _taken(found)[0] == "alpha" and not len(found)


def test_a_job_that_is_put_back_after_all_were_weighed_anew_has_its_chain(make_plan: Callable[..., Plan]) -> None:
    """As one that another run was at for an hour, and one whose workers died."""
    planned = make_plan()
    _, found = _wait(planned, 100)
    job = found.first()
    assert job is not None and job.label == "alpha"
    for again in range(2):
        found.remove(job)
        found.weigh(dict.fromkeys(planned.stages, 2.0))
        found.put_back(job)
        found.weigh(dict.fromkeys(planned.stages, 3.0 + again))
        assert found.first() is job and found._chains[job.id] == max(found._chains.values())


def test_the_chain_of_an_unmeasured_model_is_judged_by_its_parameters(planned: Plan) -> None:
    from stepstone.pipeline.measured import measured

    pace = measured(planned, Store("nowhere"), set(planned.stages))
    by_model: dict[str, Stage] = {
        str(stage.coordinates["model"]): stage
        for stage in planned.stages.values()
        if stage.kind == "finetune" and stage.coordinates.get("target") == "xnli"
    }
    base, large = by_model["xlm-roberta-base"], by_model["xlm-roberta-large"]
    assert pace.weight(large) / pace.weight(base) == pytest.approx(559_890_432 / 278_043_648)
    pace.add(base, 50.0)
    assert pace.weight(base) == 50.0 and pace.weight(large) == pytest.approx(50 * 559_890_432 / 278_043_648)
