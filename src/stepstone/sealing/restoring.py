"""Predictions of a sealed study with their golds: as the archive holds them, or from the data that was given."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.planning.plan import Plan
from stepstone.sealing.findings import Finding
from stepstone.sealing.format import predictions_name
from stepstone.sealing.golds import Gold, can_be_restored, digest_of_golds, golds_in, is_withheld, restore


class WithheldGolds:
    """The golds that an archive does not hold.

    Attributes:
        closed: labels of evaluations whose golds nobody but their store can give.
    """

    def __init__(self, planned: Plan, withheld: Mapping[str, str], data: tuple[Path, ...], cache: Path) -> None:
        """Find out which evaluations need data.

        Args:
            planned: the sealed plan.
            withheld: digests of golds by the keys of evaluations.
            data: folders of release files.
            cache: where digests of files are kept.

        Raises:
            UserError: golds are to be read from data, and none was given.
        """
        self._planned, self._withheld = planned, withheld
        self._place = Place(folders=data, cache=cache, use_hub=False)
        self._known: dict[str, Gold] = {}
        specs = {key: planned.stages[key].spec for key in withheld if key in planned.stages}
        self._specs = {key: spec for key, spec in specs.items() if isinstance(spec, EvaluateSpec)}
        tasks = {key: planned.catalogue.task(spec.data.task) for key, spec in self._specs.items()}
        needed = sorted({tasks[key].name for key, spec in self._specs.items() if can_be_restored(tasks[key], spec)})
        if needed and not data:
            raise UserError(
                f"the gold answers of {', '.join(needed)} may not be passed on: the seal holds their digests alone",
                remedy="give the folder with the release files of these tasks: --data DATA",
            )
        in_lab = planned.study.lab is not None
        self._may_be_closed = {key for key, task in tasks.items() if is_withheld(task, in_lab=in_lab)}
        self.closed = tuple(planned.stages[key].label for key in sorted(self._may_be_closed) if not self._is_open(key))

    def _is_open(self, key: str) -> bool:
        spec = self._specs[key]
        return can_be_restored(self._planned.catalogue.task(spec.data.task), spec)

    def put_back(self, key: str, sealed: bytes, findings: list[Finding]) -> bytes | None:
        """Predictions with their golds; None where that cannot be, and is no finding or has become one."""
        if key not in self._specs:
            return sealed
        where = f"{predictions_name(key)} ({self._planned.stages[key].label})"
        if not self._is_open(key):
            if key not in self._may_be_closed:
                found = Finding(
                    what="prediction", where=where, expected="gold answers, which may be passed on", found="none"
                )
                findings.append(found)
            return None
        try:
            text = restore(sealed.decode(), self._golds(self._specs[key]))
            if digest_of_golds(text) != self._withheld[key]:
                expected = f"golds with digest {self._withheld[key]}"
                findings.append(Finding(what="prediction", where=where, expected=expected, found=digest_of_golds(text)))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            findings.append(Finding(what="prediction", where=where, expected="predictions", found=str(error)[:80]))
            return None
        return text.encode()

    def _golds(self, spec: EvaluateSpec) -> Gold:
        name = f"{spec.data.task} {spec.data.split} {spec.data.language}"
        if name not in self._known:
            self._known[name] = golds_in(self._planned.catalogue.task(spec.data.task), spec, self._place)
        return self._known[name]
