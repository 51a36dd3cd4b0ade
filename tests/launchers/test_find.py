"""Launchers by name: those of installed packages run studies, and whatever is wrong with them is told before."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from stepstone.catalogue.factories import describe_factory
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.launchers.find import find_launcher, sources
from stepstone.launchers.launcher import Order
from stepstone.launchers.local import Local
from stepstone.pipeline.run import run
from stepstone.planning.plan import Plan
from stepstone.store.store import Store

DOUBLE = Path(__file__).parent / "double.py"
Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a package with entry points where Python finds it, as an installer does; returns its folder."""

    def install(package: str, code: str, **entries: str) -> Path:
        folder = tmp_path / f"site-{package}"
        metadata = folder / f"{package}-1.0.dist-info"
        metadata.mkdir(parents=True)
        (folder / f"{package}.py").write_text(code)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name.replace('_', '.')} = {value}" for name, value in entries.items()]
        (metadata / "entry_points.txt").write_text("\n".join(["[stepstone]", *lines, ""]))
        monkeypatch.syspath_prepend(folder)
        monkeypatch.delitem(sys.modules, package, raising=False)
        return folder

    return install


CLUSTER = f"""
import sys
from stepstone.launchers.local import Local

class Cluster(Local):
    orders = []

    def submit(self, order):
        self.orders.append(order.line())
        super().submit(order)

def make(num_workers, logs):
    '''Machines of the institute.

    More is in the manual.'''
    return Cluster(num_workers, logs, (sys.executable, {str(DOUBLE)!r}, "none.json"))
"""


def test_the_launcher_of_this_machine_is_found(tmp_path: Path) -> None:
    launcher = find_launcher("local")(3, tmp_path)
    assert isinstance(launcher, Local) and launcher.num_slots == 3


def test_a_launcher_of_an_installed_package_runs_a_study(
    install: Install, make_plan: Callable[..., Plan], store: Store, tmp_path: Path
) -> None:
    install("institute", CLUSTER, launcher_cluster="institute:make")
    found = [(source.name, source.origin, describe_factory(source)) for source in sources()]
    assert ("cluster", "institute: launcher.cluster = institute:make", "Machines of the institute.") in found
    assert [name for name, _, _ in found] == ["cluster", "local", "ray", "slurm"]
    launcher = find_launcher("cluster")(2, tmp_path / "logs")
    planned = make_plan(seeds=[1])
    outcome = run(planned, store, launcher)
    assert (outcome.num_done, outcome.exit_status) == (len(planned.stages), 0)
    assert set(planned.stages) == {record.key for record in store.records()}


def test_orders_hold_absolute_paths_alone(
    install: Install,
    data: Path,
    make_plan: Callable[..., Plan],
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    relative = Place(folders=(Path("data"),), cache=Path("cache"), use_hub=False)
    planned = replace(make_plan(seeds=[1]), place=relative)
    install("institute", CLUSTER, launcher_cluster="institute:make")
    launcher = find_launcher("cluster")(2, Path("logs"))
    run(planned, Store(Path("store")), launcher)
    orders = [json.loads(line) for line in launcher.orders]  # type: ignore[attr-defined]
    assert orders
    for order in orders:
        assert order["store"] == str(tmp_path.resolve() / "store")
        assert order["place"]["folders"] == [str(tmp_path / "data")]
        assert order["place"]["cache"] == str(tmp_path / "cache")
        assert order["here"] == os.fspath(Path.cwd())


def test_an_order_s_paths_do_not_move_with_the_folder_that_it_is_read_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    order = Order(id="j", store=Path("s"), stages=(), place=Place(folders=(Path("d"),)), runtime=Runtime())
    (tmp_path / "else").mkdir()
    monkeypatch.chdir(tmp_path / "else")
    assert Order.model_validate_json(order.line()) == order
    assert order.store == str(tmp_path / "s") and order.place.folders == (tmp_path / "d",)


def test_an_unknown_name_comes_with_the_nearest(install: Install) -> None:
    install("institute", CLUSTER, launcher_cluster="institute:make")
    with pytest.raises(UserError, match=r'no launcher is called "clustr"\n.*did you mean "cluster"\?'):
        find_launcher("clustr")
    # What a module of the folder is called is no launcher's name.
    with pytest.raises(UserError, match='no launcher is called "process"'):
        find_launcher("process")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import nowhere_at_all", r"cannot be imported \(ModuleNotFoundError: .*nowhere_at_all"),
        ("raise OSError('no licence server')", r"cannot be imported \(OSError: no licence server\)"),
        ("mak = 3", "declares no `make`"),
        ("make = 3", "`make` is not a function"),
    ],
)
def test_a_launcher_that_cannot_be_loaded_is_told_with_package_and_entry(
    install: Install, code: str, told: str
) -> None:
    install("institute", code, launcher_cluster="institute:make")
    with pytest.raises(UserError, match=rf"institute: launcher\.cluster = institute:make: {told}") as caught:
        find_launcher("cluster")
    assert "uninstall institute" in str(caught.value)
    # It keeps nobody from the others.
    find_launcher("local")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return None", "a NoneType without close, kill, num_slots, num_threads, stop, submit, wait"),
        ("del Cluster.submit; return Cluster()", "a Cluster without submit"),
        ("Cluster.stop = True; del Cluster.num_slots; return Cluster()", "a Cluster without num_slots, stop"),
    ],
)
def test_a_factory_that_makes_no_launcher_is_told_with_what_is_missing(
    install: Install, tmp_path: Path, body: str, told: str
) -> None:
    members = "num_threads = submit = wait = stop = kill = close = lambda self, *given: None"
    code = f"class Cluster:\n    num_slots = 2\n    {members}\n\ndef make(num_workers, logs):\n    {body}\n"
    install("institute", code, launcher_cluster="institute:make")
    make = find_launcher("cluster")
    with pytest.raises(UserError) as caught:
        make(2, tmp_path)
    first, remedy = str(caught.value).splitlines()
    assert first == f"institute: launcher.cluster = institute:make: makes no launcher: {told}"
    assert "uninstall institute" in remedy


def test_two_of_one_name_are_refused_with_both_packages(install: Install) -> None:
    for package in ("institute", "faculty"):
        install(package, CLUSTER, launcher_cluster=f"{package}:make")
    both = r"faculty: launcher\.cluster = faculty:make; institute: launcher\.cluster = institute:make"
    with pytest.raises(UserError, match=f'2 declarations of a launcher are called "cluster": {both}'):
        find_launcher("cluster")


def test_a_package_cannot_take_the_name_of_stepstone_s_own(install: Install) -> None:
    install("institute", CLUSTER, launcher_local="institute:make")
    with pytest.raises(UserError, match=r'2 declarations of a launcher are called "local": institute: .*; stepstone\n'):
        find_launcher("local")
