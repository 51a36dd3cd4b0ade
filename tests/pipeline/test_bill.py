from pathlib import Path

import pytest

from in_memory import MemoryObjects, store_in
from invented import commit
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.launchers.launcher import Event, Order
from stepstone.pipeline.bill import find_transfer, make_bill
from stepstone.pipeline.measured import find_amounts, measured, measured_elsewhere
from stepstone.pipeline.measuring import measure_pace
from stepstone.pipeline.pace import Pace
from stepstone.pipeline.priced import Rates, bill_as_json, bill_rows, describe_bill
from stepstone.planning.plan import plan
from stepstone.store.record import Record
from stepstone.store.store import Store


class Given:
    """A launcher whose stages take given figures: a second and a half, and so much for each step and example."""

    num_slots = 1

    def __init__(self, per_step: float = 0.5, per_example: float = 0.25, failing: str = "") -> None:
        self.per_step, self.per_example, self.failing = per_step, per_example, failing
        self.events: list[Event] = []
        self.asked: list[Stage] = []

    def num_threads(self, slots: int) -> int:
        return 1

    def submit(self, order: Order) -> None:
        store = Store(order.store)
        for stage in order.stages:
            if store.complete(stage.key):
                continue
            self.asked.append(stage)
            if stage.kind == self.failing:
                self.events.append(Event("failed", order.id, stage.key, stage.label, message="not here"))
                break
            commit(store, stage, seconds=self.seconds(stage))
            self.events.append(Event("done", order.id, stage.key, stage.label))
        self.events.append(Event("idle", order.id))

    def seconds(self, stage: Stage) -> float:
        if isinstance(stage.spec, EvaluateSpec):
            return 1.5 + self.per_example * (stage.spec.data.num_examples or 0)
        return 1.5 + self.per_step * (stage.spec.training.num_steps if stage.spec.training else 0)

    def wait(self, seconds: float) -> list[Event]:
        found, self.events = self.events, []
        return found

    def stop(self) -> None:
        """Nothing runs."""

    kill = close = stop


@pytest.fixture
def planned(make_plan):
    return make_plan(seeds=[1, 2], recipe={"num_steps": 1000, "batch_size": 8})


def _measure(planned, folder: Path, launcher: Given, seconds: float = 60.0):
    amounts = find_amounts(planned, lambda use: 2000)
    pace = Pace(amounts)
    return pace, measure_pace(planned, planned.stages, pace, amounts, launcher, Runtime(), folder, seconds)


def test_short_stages_say_what_whole_ones_take(planned, tmp_path) -> None:
    launcher = Given()
    pace, found = _measure(planned, tmp_path / "scratch", launcher)
    stages = {label: planned.stages[key] for label, key in planned.labels.items()}
    # Fixed seconds, and a thousand steps of half a second, two thousand examples of a quarter.
    assert pace.expect(stages["alpha/none/xnli/s2"]) == pytest.approx(501.5, rel=0.01)
    assert pace.expect(stages["alpha/none/xnli/s2/de"]) == pytest.approx(501.5, rel=0.01)
    assert not found.reasons and not found.out_of_time
    # Of one task under one model no more is run than its ladder of steps.
    trained = [stage for stage in launcher.asked if stage.label.startswith("alpha/none/xnli/")]
    assert max(stage.spec.training.num_steps for stage in trained if stage.spec.training) <= 32


def test_an_encoder_that_is_pretrained_here_is_measured_and_trained_from_after_a_step(tmp_path) -> None:
    planned, launcher = plan(Study.load("quickstart"), Place(cache=tmp_path / "cache")), Given()
    pace, found = _measure(planned, tmp_path / "scratch", launcher)
    # 1,500 steps of half a second.
    assert pace.expect(planned.stages[planned.labels["quick"]]) == pytest.approx(751.5, rel=0.01)
    assert all(pace.knows(stage) for stage in planned.stages.values()) and not found.reasons
    assert {stage.kind for stage in launcher.asked} == {"pretrain", "finetune", "evaluate"}


def test_the_store_of_the_study_is_left_as_it_is(planned, store, tmp_path) -> None:
    launcher = Given()
    _measure(planned, tmp_path / "scratch", launcher)
    assert launcher.asked and not store.root.exists()


def test_a_model_that_is_not_here_is_named_and_in_no_figure(planned, store, tmp_path) -> None:
    pace, found = _measure(planned, tmp_path / "scratch", Given(failing="pretrained"))
    bill = make_bill(planned, set(planned.stages), pace, store, 2)
    assert list(found.reasons) == ["not here"] and bill.seconds.seconds == 0.0
    assert set(bill.unknown) == {"pretrained alpha", "finetune alpha", "evaluate alpha"}
    assert {row[2:5] for row in bill_rows(bill)} == {("not known", "", "")}
    lines = list(describe_bill(bill, found, Rates()))
    assert "could not be measured: alpha: not here" in lines
    assert "not measured, and in no figure: finetune alpha" in lines
    assert any(line.startswith("energy: not known; --watts") for line in lines)


def test_measuring_ends_at_its_bound(planned, tmp_path) -> None:
    class Hanging(Given):
        def submit(self, order: Order) -> None:
            """Nothing comes of it."""

    _, found = _measure(planned, tmp_path / "scratch", Hanging(), seconds=0.05)
    assert found.out_of_time and not found.num_stages


def test_records_are_taken_before_anything_is_measured(planned, store, fill, tmp_path) -> None:
    for stage in planned.stages.values():
        if stage.coordinates.get("seed") in (1, None):
            fill(stage, seconds=10.0)
    missing = {key for key in planned.stages if not store.complete(key)}
    amounts = find_amounts(planned, lambda use: 2000)
    pace = measured(planned, store, missing, amounts)
    launcher = Given()
    measure_pace(planned, missing, pace, amounts, launcher, Runtime(), tmp_path / "scratch", 60.0)
    assert not launcher.asked
    bill = make_bill(planned, missing, pace, store, 1)
    assert bill.seconds.seconds == pytest.approx(10.0 * len(missing)) and bill.num_records
    assert not bill.unknown and bill.disk.num_checkpoints


def test_a_bill_has_energy_and_another_device_by_the_readers_figures_alone(planned, store, fill) -> None:
    pace = Pace()
    for stage in planned.stages.values():
        pace.add(stage, 3600.0)
    bill = make_bill(planned, set(planned.stages), pace, store, 1)
    hours = len(planned.stages)
    table = bill_as_json(bill, None, Rates(watts=100.0, times_as_fast=10.0))
    assert table["kilowatt_hours"] == pytest.approx([0.1 * hours] * 3)
    assert table["seconds_there"] == pytest.approx([360.0 * hours] * 3)
    assert {one["kind"]: one["num"] for one in table["kinds"]} == planned.num_stages
    assert bill_as_json(bill, None, Rates())["kilowatt_hours"] is None
    assert bill_rows(bill)[-1][:3] == ("all, worker", f"{hours}", f"{hours} h 0 min")


def test_what_lies_on_the_hub_is_counted_by_its_declared_size(planned, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    moved = find_transfer(planned, planned.stages)
    assert (moved.models, moved.num_bytes, moved.num_tables) == (("alpha",), 4000, 0)


def test_trainings_that_share_devices_take_as_many_places_and_hours_of_devices(planned, store) -> None:
    pace = Pace()
    for stage in planned.stages.values():
        pace.add(stage, 3600.0)
    alone = make_bill(planned, set(planned.stages), pace, store, 2)
    shared = make_bill(planned, set(planned.stages), pace, store, 2, runtime=Runtime(num_devices=2))
    num = planned.num_stages["finetune"]
    assert {one.kind: one.num_devices for one in shared.kinds} == {"pretrained": 1, "finetune": 2, "evaluate": 1}
    assert shared.device_seconds.seconds == 3600 * (len(planned.stages) + num) > alone.device_seconds.seconds
    assert alone.seconds.seconds < shared.seconds.seconds
    said = list(describe_bill(shared, None, Rates()))
    assert any("of them together (from" in line and "as each training holds 2" in line for line in said)
    assert not any(line.startswith("devices: ") for line in describe_bill(alone, None, Rates()))


def test_memory_of_a_device_is_that_of_its_part_where_a_model_is_divided(make_plan, store) -> None:
    model = {"alpha": {"hub": "someone/alpha", "revision": "0a1b2c", "num_parameters": 1_000_000_000}}
    planned = make_plan(seeds=[1], model=model)
    for runtime, said in (
        (Runtime(), "16 GB"),
        (Runtime(num_devices=2), "16 GB"),
        (Runtime(num_devices=4, shard=True), "4 GB"),
    ):
        bill = make_bill(planned, set(planned.stages), Pace(), store, 4, runtime=runtime)
        assert f"memory: alpha takes {said} on each device at least: " in "\n".join(describe_bill(bill, None, Rates()))


@pytest.mark.parametrize(
    ("ran", "runtime", "is_known"),
    [
        (("cuda:0", 1, False), Runtime(), True),
        (("cuda:0", 1, False), Runtime(device="cpu"), False),
        (("cuda:0", 1, False), Runtime(device="cuda", num_devices=2), False),
        (("cuda:0", 2, True), Runtime(num_devices=2, shard=True), True),
    ],
)
def test_records_of_other_devices_say_nothing(planned, store, fill, ran, runtime, is_known) -> None:
    first = planned.stages[planned.labels["alpha/none/xnli/s1"]]
    record = fill(first, seconds=10.0)
    provenance = dict(zip(("device", "num_devices", "shard"), ran, strict=True))

    class Elsewhere(Store):
        def record(self, key: str) -> Record | None:
            return record.model_copy(update={"provenance": provenance}) if key == first.key else None

    missing = set(planned.stages) - {first.key}
    assert measured(planned, Elsewhere(store.root), missing, runtime=runtime).knows(first) is is_known


def test_hours_of_another_device_are_by_what_ran_on_it(planned, store, fill) -> None:
    there = [planned.stages[planned.labels[label]] for label in ("alpha/none/xnli/s1", "alpha/none/xquad/s1")]
    cards = dict(zip((stage.key for stage in there), ({"device_name": "NVIDIA H200"}, {}), strict=True))
    records = {stage.key: fill(stage, seconds=10.0) for stage in there}

    class Elsewhere(Store):
        def record(self, key: str) -> Record | None:
            if key not in records:
                return None
            return records[key].model_copy(update={"provenance": {"device": "cuda:0", **cards[key]}})

    missing, amounts = set(planned.stages) - set(records), find_amounts(planned, lambda use: 2000)
    # What a device that is found by itself ran on this kind of processor is of here, and in the table already.
    assert not measured_elsewhere(planned, Elsewhere(store.root), missing, amounts)
    others = measured_elsewhere(planned, Elsewhere(store.root), missing, amounts, Runtime(device="cpu"))
    bill = make_bill(planned, missing, Pace(), store, 1, others=others)
    # One more seed of the same training; a card that no record names is said by its kind.
    known, named = bill.elsewhere[1], [one.name for one in bill.elsewhere]
    assert named == ["NVIDIA H200", "cuda"] and known.num_records == 1
    num_alike = sum(stage.spec.training is not None for key, stage in planned.stages.items() if key in missing)
    assert known.seconds.seconds == pytest.approx(10.0 * num_alike)
    assert known.num_unknown == len(missing) - num_alike
    said = list(describe_bill(bill, None, Rates()))
    assert sum("of workers (from" in line and "stages not measured there" in line for line in said) == 2
    assert bill_as_json(bill, None, Rates())["elsewhere"][0]["name"] == "NVIDIA H200"


def test_a_bucket_is_billed_for_what_goes_up_and_what_comes_down(planned, tmp_path) -> None:
    bucket = store_in(MemoryObjects(), tmp_path / "copy")
    commit(bucket, planned.stages[planned.labels["alpha"]])
    missing = set(planned.stages) - {planned.labels["alpha"]}
    bill = make_bill(planned, missing, Pace(), bucket, 1)
    assert bill.traffic is not None and (bill.traffic.num_down, bill.traffic.down) == (1, 100)
    assert bill.traffic.up == bill.disk.total + round(bill.bytes_per_record * len(missing)) > 0
    said = list(describe_bill(bill, None, Rates()))
    assert any(line.endswith(f"go up to {bucket.address}") for line in said)
    assert any("of 1 checkpoints come down" in line for line in said)


def test_short_trainings_share_devices_as_whole_ones_do(planned, tmp_path) -> None:
    orders = []

    class Wide(Given):
        num_slots = 2

        def submit(self, order: Order) -> None:
            orders.append(order)
            super().submit(order)

    amounts = find_amounts(planned, lambda use: 2000)
    measure_pace(planned, planned.stages, Pace(amounts), amounts, Wide(), Runtime(num_devices=2), tmp_path / "s", 60.0)
    kinds = {(order.stages[-1].kind, order.runtime.num_devices) for order in orders}
    assert kinds == {("pretrained", 1), ("finetune", 2), ("evaluate", 1)}
