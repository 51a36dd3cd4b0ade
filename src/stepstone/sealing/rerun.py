"""A sample of a sealed study run again from nothing, and held against its records bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import SystemRandom

from stepstone.core.errors import UserError
from stepstone.core.model import HubModel
from stepstone.core.recipe import Runtime
from stepstone.core.result import EvaluateResult
from stepstone.core.specs.encoder import EncoderSpec
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.stage import Stage
from stepstone.launchers.launcher import Event, Launcher
from stepstone.launchers.local import Local
from stepstone.pipeline.jobs import order_of
from stepstone.planning.checkpoints import checkpoint_lineage
from stepstone.planning.plan import Plan, plan
from stepstone.sealing.findings import Rerun
from stepstone.store.provenance import provenance
from stepstone.store.record import PREDICTIONS, Record
from stepstone.store.store import Store

# Without a number, one evaluation is run again where all that it rests on took no longer than this, in seconds.
QUICK = 60.0
# How work was executed, which a re-run takes over, and what records ran with that do not say it.
_EXECUTION = {"train_tokens": 2048, "eval_tokens": 16384, "num_devices": 1, "shard": False}

RerunResults = tuple[tuple[Rerun, ...], list[str]]


def run_again(
    again: Plan,
    records: Mapping[str, Record],
    folder: Path,
    num: int | None,
    data: tuple[Path, ...] = (),
    launch: Callable[[Path], Launcher] | None = None,
) -> RerunResults:
    """Run evaluations again with all that they rest on, drawn anew each time so that nobody knows which.

    Args:
        again: the plan as the study gives it, without the contents of real data.
        records: what was sealed, by key.
        folder: where to work.
        num: of evaluations; None: one, where it was quick under the same versions.
        data: folders of release files; none: studies on real data are not run.
        launch: a launcher, given a folder for logs; None: one worker on this machine.

    Returns:
        Every stage that was run, and sentences about what was not.
    """
    if num == 0:
        return (), []
    planned = _with_data(again, folder, data)
    keys = [key for key in records if _is_evaluation(planned, key)]
    obstacles = {key: _obstacle(planned, key, records) for key in keys}
    free = [key for key in keys if not obstacles[key]]
    if num is None:
        quick = {key: sum(records[stage.key].seconds for stage in checkpoint_lineage(planned, key)) for key in free}
        free = [key for key in free if quick[key] <= QUICK and not _changed(checkpoint_lineage(planned, key), records)]
        obstacles |= {key: _slow(quick[key]) for key in quick if key not in free}
    chosen = SystemRandom().sample(free, min(len(free), 1 if num is None else num))
    skipped = [f"no re-run: {_why(records, obstacles)}"] if not chosen else []
    if num is not None and 0 < len(chosen) < num:
        skipped = [f"{len(chosen)} of {num} evaluations run again: {_why(records, obstacles)}"]
    return tuple(_run(planned, chosen, records, folder, launch)) if chosen else (), skipped


def _with_data(again: Plan, folder: Path, data: tuple[Path, ...]) -> Plan:
    """The plan with what its data contains, where that is here; the lab's data is everywhere."""
    place = again.place.model_copy(update={"cache": folder / "cache", "folders": data, "use_hub": False})
    if again.study.lab is not None:
        return replace(again, place=place)
    if not data:
        return again
    try:
        return plan(again.study, place.model_copy(update={"with_data": True}))
    except UserError:
        return again


def _is_evaluation(planned: Plan, key: str) -> bool:
    return key not in planned.stages or isinstance(planned.stages[key].spec, EvaluateSpec)


def _obstacle(planned: Plan, key: str, records: Mapping[str, Record]) -> str:
    """Why an evaluation cannot be run again here; empty: it can."""
    if key not in planned.stages:
        return "the data that it was trained on and scored on is not here (--data DATA), or another"
    for stage in checkpoint_lineage(planned, key):
        made = records[stage.key].provenance
        if isinstance(stage.spec, EncoderSpec) and isinstance(stage.spec.model, HubModel):
            return "its encoder is on the hub, and nothing is fetched to verify"
        if not isinstance(made.get("threads"), int):
            return "its records do not say on how many threads they ran"
        if made.get("device") != "cpu":
            return f"it ran on {made.get('device')}, which need not give the same bits twice"
    return ""


def _slow(seconds: float) -> str:
    if seconds > QUICK:
        return f"what it rests on took more than {QUICK:.0f} s; ask for it: --rerun 1"
    return "it ran under other versions or on another processor; ask for it nevertheless: --rerun 1"


def _why(records: Mapping[str, Record], obstacles: Mapping[str, str]) -> str:
    """The most frequent obstacle, with one evaluation that it keeps."""
    named = [(key, why) for key, why in obstacles.items() if why]
    if not named:
        return "there are no more"
    reasons = [why for _, why in named]
    key, why = max(named, key=lambda one: reasons.count(one[1]))
    return f"{records[key].label}: {why}"


def _changed(stages: Iterable[Stage], records: Mapping[str, Record]) -> list[str]:
    """What of versions and hardware is another here than where these stages ran."""
    found: dict[str, None] = {}
    for stage in stages:
        made = records[stage.key].provenance
        for name, value in provenance().items():
            if made.get(name) != value:
                found[f"{name} {value} here, {made.get(name)} there"] = None
    return list(found)


def _run(
    planned: Plan,
    chosen: Sequence[str],
    records: Mapping[str, Record],
    folder: Path,
    launch: Callable[[Path], Launcher] | None,
) -> list[Rerun]:
    stages = {stage.key: stage for key in chosen for stage in checkpoint_lineage(planned, key)}
    store = Store(folder / "store", warn=lambda message: None)
    store.check_writable()
    launcher = launch(folder / "logs") if launch else Local(1, folder / "logs")
    found: list[Rerun] = []
    try:
        for stage in stages.values():
            message = _execute(planned, stage, records[stage.key], store, launcher)
            found.append(_compare(stage, records[stage.key], store.record(stage.key), message))
            if store.record(stage.key) is None:
                break
        launcher.close()
    finally:
        launcher.kill()
    return found


def _execute(planned: Plan, stage: Stage, record: Record, store: Store, launcher: Launcher) -> str:
    """Run one stage as its record says that it ran; returns what a failure said."""
    owner = () if stage.spec.makes_checkpoint or stage.checkpoint is None else (planned.stages[stage.checkpoint],)
    made = {name: record.provenance.get(name, unsaid) for name, unsaid in _EXECUTION.items()}
    runtime = Runtime(device="cpu", num_threads=record.provenance["threads"], **made)
    order = order_of((*owner, stage), planned, store, runtime)
    launcher.submit(order)
    said: list[Event] = []
    while not any(event.ends_job for event in said):
        said += [event for event in launcher.wait(0.25) if event.job == order.id]
    return "; ".join(event.message for event in said if event.event in ("failed", "died"))


def _compare(stage: Stage, record: Record, new: Record | None, message: str) -> Rerun:
    """Weights, predictions and scores of a stage against those of its record."""
    if new is None:
        return Rerun(label=stage.label, outcome="undecided", detail=f"could not be run: {message}")
    others = [name for name in _deciding(record) | _deciding(new) if record.files.get(name) != new.files.get(name)]
    if isinstance(record.result, EvaluateResult) and isinstance(new.result, EvaluateResult):
        others += ["scores"] if record.result.scores != new.result.scores else []
    if not others:
        return Rerun(label=stage.label, outcome="same")
    changed = _changed((stage,), {stage.key: record})
    detail = f"other {', '.join(sorted(others))}" + (f" ({'; '.join(changed)})" if changed else "")
    return Rerun(label=stage.label, outcome="undecided" if changed else "differs", detail=detail)


def _deciding(record: Record) -> set[str]:
    """The files whose bits are held against each other: weights and predictions."""
    return {PREDICTIONS, *record.weights}.intersection(record.files)
