"""What a few steps of a plan's stages take, in workers as a run has them: short stages in a store of their own."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path

from stepstone.core.recipe import Runtime
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.stage import Stage
from stepstone.launchers.launcher import Launcher
from stepstone.pipeline.chains import Chain, ChainDriver, Measurement
from stepstone.pipeline.jobs import Job
from stepstone.pipeline.pace import Pace
from stepstone.pipeline.short import is_short, short_stage
from stepstone.planning.plan import Plan
from stepstone.store.record import Record
from stepstone.store.store import Store

# Steps of short trainings, one after the other, until the longest takes so many seconds more than the shortest.
STEPS = (2, 8, 32, 128, 512)
ENOUGH = 5.0
# Examples of short evaluations, of which the first also opens the checkpoint.
EXAMPLES = (8, 16, 128)


def measure_pace(
    plan: Plan,
    missing: Iterable[str],
    pace: Pace,
    amounts: dict[str, float | None],
    launcher: Launcher,
    runtime: Runtime,
    folder: Path,
    seconds: float,
) -> Measurement:
    """Add to `pace` what short stages take, for each size of model and task that it does not know.

    Args:
        plan: the study's.
        missing: keys of what a run would compute.
        pace: what is known; samples are added.
        amounts: of the plan's stages, which `pace` reads; what the data comes to is put right in them.
        launcher: where they run: as many side by side as it has slots.
        runtime: how.
        folder: of a store that is thrown away.
        seconds: at most; then workers are ended.
    """
    driver = ChainDriver(plan, launcher, runtime, Store(folder))
    work = _Measuring(driver, list(missing), pace, amounts)
    before, began = os.environ.get("HF_HUB_OFFLINE"), time.monotonic()
    # A bill fetches nothing: workers take what is in the hub's cache.
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        driver.drive(work.encoders(), began + seconds)
        driver.drive(work.trainings(), began + seconds)
        launcher.close()
    finally:
        launcher.kill()
        if before is None:
            del os.environ["HF_HUB_OFFLINE"]
        else:
            os.environ["HF_HUB_OFFLINE"] = before
    driver.found.seconds = time.monotonic() - began
    return driver.found


class _Measuring:
    """The chains that a measurement is made of."""

    def __init__(
        self, driver: ChainDriver, missing: Sequence[str], pace: Pace, amounts: dict[str, float | None]
    ) -> None:
        self.plan, self.runtime, self.store = driver.plan, driver.runtime, driver.store
        self.pace, self.amounts = pace, amounts
        self.classes: dict[tuple[str, ...], list[Stage]] = {}
        for key in missing:
            stage = self.plan.stages[key]
            self.classes.setdefault(pace.likenesses(stage)[0], []).append(stage)
        self.start: dict[str, Stage] = {}
        self.num_sharers = sum(stage.spec.shares_machine for stage in self.plan.stages.values())

    def encoders(self) -> list[Chain]:
        """One of each size of model."""
        first: dict[str, Stage] = {}
        for stage in self.plan.stages.values():
            if stage.is_encoder:
                first.setdefault(self.pace.size(stage), stage)
        return [self._encoder(size, stage) for size, stage in first.items() if self._is_asked(size)]

    def trainings(self) -> list[Chain]:
        """Of each class of trainings one, with the evaluations read off it; those that weigh most come first."""
        read_off: dict[str, list[list[Stage]]] = {}
        for stages in self.classes.values():
            if isinstance(stages[0].spec, EvaluateSpec) and not self.pace.knows(stages[0]):
                owner = self.plan.stages[stages[0].checkpoint or ""]
                read_off.setdefault(str(self.pace.likenesses(owner)[0]), []).append(stages)
        chains: list[tuple[float, Chain]] = []
        for size, encoder in self.start.items():
            of_encoder = [one for name, found in read_off.items() for one in found if self._is_of(one[0], size, name)]
            if of_encoder:
                chains.append((0.0, self._evaluations(encoder, of_encoder)))
        seen = {self.pace.likenesses(stage)[0]: stage for stage in reversed(self.plan.stages.values())}
        for name, stage in seen.items():
            start = self.start.get(self.pace.size(stage))
            asked, below = self.classes.get(name, []), read_off.get(str(name), [])
            if start is None or not (asked or below):
                continue
            if stage.spec.shares_machine:
                chains.append((math.inf, self._rungs(stage, (), [])))
            elif is_short(stage) and (below or not self.pace.knows(stage)):
                weight = sum(self.pace.amount(one) or 0.0 for one in asked)
                chains.append((weight, self._training(stage, start, below)))
        return [chain for _, chain in sorted(chains, key=lambda one: -one[0])]

    def _encoder(self, size: str, stage: Stage) -> Chain:
        """As it is, or pretrained for a step."""
        if stage.spec.training is not None:
            # One step: whatever is trained from it waits for it, and takes the same time from an untrained one.
            made: list[Stage] = []
            yield from self._take(stage, (), 1, 0, made)
            for one in made:
                self.start[size] = one
            return
        yield Job((stage,), frozenset())
        if (record := self.store.record(stage.key)) is not None:
            self.start[size] = stage
            if not self.pace.knows(stage):
                self.pace.add(stage, record.seconds)

    def _training(self, stage: Stage, start: Stage, below: Sequence[Sequence[Stage]]) -> Chain:
        made: list[Stage] = []
        yield from self._rungs(stage, (start.key,), made)
        if made:
            yield from self._evaluations(made[-1], below)

    def _rungs(self, stage: Stage, parents: tuple[str, ...], made: list[Stage]) -> Chain:
        """Ever longer trainings, the last one twice; the first opens what a worker keeps open, and is not counted."""
        times: list[float] = []
        known = self.pace.knows(stage)
        for number, num in enumerate((1, *STEPS)):
            most = self._most(stage)
            steps = num if most is None else min(num, most)
            record = yield from self._take(stage, parents, steps, number, made)
            if record is None or known:
                return
            if number == 0:
                self._correct(stage, record)
                continue
            self._add(stage, steps, record)
            times.append(record.seconds)
            if steps == most or times[-1] - times[0] >= ENOUGH:
                break
        if (record := (yield from self._take(stage, parents, steps, len(STEPS) + 1, made))) is not None:
            self._add(stage, steps, record)

    def _take(
        self, stage: Stage, parents: tuple[str, ...], steps: int, number: int, made: list[Stage]
    ) -> Generator[Job, None, Record | None]:
        """Train for so many steps; what comes of it is added to `made`."""
        short = short_stage(stage, parents, steps, number)
        num_sharers = self.num_sharers if stage.spec.shares_machine else 0
        yield Job((short,), frozenset(), num_sharers, self.runtime.num_devices)
        record = self.store.record(short.key)
        made += [short] if record is not None else []
        return record

    def _most(self, stage: Stage) -> int | None:
        """Steps of the whole training."""
        amount, recipe = self.pace.amount(stage), stage.spec.training
        return None if amount is None or recipe is None else max(1, round(amount / recipe.batch_size))

    def _add(self, stage: Stage, steps: int, record: Record) -> None:
        recipe = stage.spec.training
        assert recipe is not None
        self.pace.add(stage, record.seconds, float(steps * recipe.batch_size))

    def _evaluations(self, checkpoint: Stage, classes: Sequence[Sequence[Stage]]) -> Chain:
        for stages in classes:
            first, second = stages[0], next((one for one in stages if _language(one) != _language(stages[0])), None)
            most = self.pace.amount(first) or EXAMPLES[-1]
            asked = [(first, num) for num in EXAMPLES] + ([(second, EXAMPLES[-1])] if second else [])
            short = [
                short_stage(stage, (checkpoint.key,), int(min(num, most)), at) for at, (stage, num) in enumerate(asked)
            ]
            yield Job((checkpoint, *short), frozenset())
            records = [self.store.record(one.key) for one in short]
            taken = [(float(min(num, most)), one.seconds) for (_, num), one in zip(asked, records, strict=True) if one]
            if len(taken) < 3:
                continue
            opening = max(0.0, taken[0][1] - taken[1][1])
            share = len({stage.checkpoint for stage in stages}) / len(stages)
            for num, seconds in taken[1:]:
                self.pace.add(first, seconds + opening * share, num)

    def _correct(self, stage: Stage, record: Record) -> None:
        """Put right how many inputs trainings like this one have, once it is known what their examples become."""
        num, known, recipe = stage.spec.num_drawn(record.result), self.pace.amount(stage), stage.spec.training
        if num is None or recipe is None or recipe.num_steps is not None:
            return
        for one in self.plan.stages.values():
            if self.pace.likenesses(one)[0] == self.pace.likenesses(stage)[0]:
                own = self.amounts.get(one.key)
                self.amounts[one.key] = num if not known or not own else own * num / known

    def _is_asked(self, size: str) -> bool:
        """Whether something of this size is missing that nothing is known of."""
        return any(
            self.pace.size(stages[0]) == size and not self.pace.knows(stages[0]) for stages in self.classes.values()
        )

    def _is_of(self, stage: Stage, size: str, name: str) -> bool:
        owner = self.plan.stages[stage.checkpoint or ""]
        return owner.is_encoder and self.pace.size(stage) == size and name == str(self.pace.likenesses(owner)[0])


def _language(evaluation: Stage) -> str:
    first, *_ = evaluation.spec.uses()
    return first.language
